/** From a request to its endpoint, and from the answer to the wire. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { toAppError } from '../../core/model/errors.js';
import { callerOf, refuseChange, refusePage, type Caller, type Tokens } from './access.js';
import type { Endpoint } from './endpoint.js';
import { EventStreams } from './event-streams.js';
import type { eventQuery } from './event-endpoints.js';
import { openApiDocument } from './openapi.js';
import type { ApiPorts } from './ports.js';
import { Refusal } from './refusal.js';
import { readJson, readQuery } from './request.js';
import { API_PREFIX, endpoints } from './table.js';
import type { z } from 'zod';

export interface Api {
  /** Answers a request whose path begins with `API_PREFIX`. `door`: where it came in; at the socket stands its owner. */
  handle(request: IncomingMessage, response: ServerResponse, door: 'tcp' | 'socket'): Promise<void>;
  /** Ends the streams. */
  close(): void;
}

/** `tokens` are asked for at each request: they may change while the process runs. */
export function createApi(ports: ApiPorts, tokens: () => Tokens): Api {
  const streams = new EventStreams(ports);
  return {
    async handle(request, response, door) {
      let answer: unknown;
      try {
        answer = await answerTo(request, door, ports, tokens());
        if (answer instanceof Stream) answer = openStream(streams, request, response, answer);
      } catch (error) {
        answer = refusalFor(error, ports);
      }
      if (answer !== null) send(request, response, answer);
    },
    close: () => streams.close(),
  };
}

/** What an endpoint of events was asked for. */
class Stream {
  constructor(readonly query: z.output<typeof eventQuery>) {}
}

async function answerTo(
  request: IncomingMessage,
  door: 'tcp' | 'socket',
  ports: ApiPorts,
  tokens: Tokens,
): Promise<unknown> {
  const { path, query: queryText } = splitTarget(request.url ?? '');
  const isDocument = path === DOCUMENT_PATH;
  const found = isDocument ? [] : matchesOf(path);
  if (found.length === 0 && !isDocument) return NO_SUCH_PATH;
  const caller: Caller | Refusal = door === 'socket' ? 'socket' : callerOf(request, tokens);
  if (caller instanceof Refusal) return caller;
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  // A page cannot send a token of its own; a proxy may add one, and a stream would be held through it too.
  const isPageRefused = caller === 'loopback' || (door === 'tcp' && isStream(found));
  const refusedPage = isPageRefused && method === 'GET' ? refusePage(request) : null;
  if (refusedPage !== null) return refusedPage;
  if (isDocument) return method === 'GET' ? openApiDocument() : wrongMethod(['GET']);
  const match = found.find(({ endpoint }) => endpoint.method === method);
  if (match === undefined) return wrongMethod(found.map(({ endpoint }) => endpoint.method));
  const { endpoint, params } = match;
  if (endpoint.access === 'change') {
    const refusal = refuseChange(caller, tokens);
    if (refusal !== null) return refusal;
  }
  const query = readQuery(queryText, endpoint.query);
  if (query instanceof Refusal) return query;
  const body = endpoint.method === 'POST' ? await readJson(request) : {};
  if (body instanceof Refusal) return body;
  const answer = await endpoint.run(ports, { params, query, body, caller });
  if (endpoint.kind === 'json' || answer instanceof Refusal) return answer;
  return new Stream(answer as z.output<typeof eventQuery>);
}

function isStream(found: readonly Match[]): boolean {
  return found.some(({ endpoint }) => endpoint.kind === 'events');
}

const DOCUMENT_PATH = `${API_PREFIX}/openapi.json`;

const NO_SUCH_PATH = new Refusal(404, 'the API has no such path', {
  hint: `GET ${DOCUMENT_PATH} says which there are`,
});

function wrongMethod(methods: readonly string[]): Refusal {
  const all = methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  return new Refusal(405, `only ${all.join(', ')}`, {
    hint: `GET ${DOCUMENT_PATH} says what each path takes`,
    headers: { allow: all.join(', ') },
  });
}

function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const mark = target.indexOf('?');
  if (mark === -1) return { path: target, query: '' };
  return { path: target.slice(0, mark), query: target.slice(mark + 1) };
}

interface Match {
  readonly endpoint: Endpoint;
  readonly params: Readonly<Record<string, string>>;
}

const TEMPLATES = endpoints.map((endpoint) => ({
  endpoint,
  segments: `${API_PREFIX}${endpoint.path}`.split('/'),
}));

/** One for each method that the path takes. */
function matchesOf(path: string): readonly Match[] {
  const given = path.split('/');
  return TEMPLATES.flatMap(({ endpoint, segments }) => {
    const params = paramsOf(segments, given);
    return params === null ? [] : [{ endpoint, params }];
  });
}

function paramsOf(
  template: readonly string[],
  given: readonly string[],
): Readonly<Record<string, string>> | null {
  if (template.length !== given.length) return null;
  const params: Record<string, string> = {};
  for (const [index, segment] of template.entries()) {
    const value = given[index] ?? '';
    const name = /^\{(\w+)\}$/.exec(segment)?.[1];
    if (name === undefined && segment !== value) return null;
    if (name === undefined) continue;
    const text = decoded(value);
    if (text === null || text === '') return null;
    params[name] = text;
  }
  return params;
}

function decoded(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}

function refusalFor(error: unknown, { onFailure }: ApiPorts): Refusal {
  const { code, message, hint } = toAppError(error);
  if (code === 'state-unwritable' || code === 'state-unreadable') {
    return new Refusal(503, message, { hint: hint ?? 'look at the disk of the data directory' });
  }
  onFailure(error);
  return new Refusal(500, 'something went wrong that nobody foresaw', {
    hint: 'the log of the autoscaler says what',
  });
}

/** Null: it is answered, or goes on being so. */
function openStream(
  streams: EventStreams,
  request: IncomingMessage,
  response: ServerResponse,
  { query }: Stream,
): Refusal | null {
  if (request.method !== 'HEAD') return streams.open(response, query);
  response.writeHead(200, { 'content-type': 'text/event-stream' }).end();
  return null;
}

function send(request: IncomingMessage, response: ServerResponse, answer: unknown): void {
  const isRefused = answer instanceof Refusal;
  const body = isRefused ? { error: answer.error, hint: answer.hint } : answer;
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(isRefused ? answer.status : 200, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(isRefused ? answer.headers : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : text);
  // What is left of a body that nobody wanted is thrown away, or its client would hold the connection.
  request.resume();
}
