import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { SteeredServer } from './collector-contract.js';
import { onceNotSlow } from './slow-answers.js';

/** What reached the server. */
export interface QuerySeen {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly form: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface FakePrometheus extends SteeredServer {
  readonly address: string;
  readonly seen: readonly QuerySeen[];
  /** Answers in the place of the usual one when it is set. */
  respond: ((query: QuerySeen, response: ServerResponse) => void) | null;
}

/**
 * Prometheus' query API with answers that a real server gives only when it is ill. It knows one metric by the label `app`,
 * which a query names or matches.
 */
export async function fakePrometheus(): Promise<FakePrometheus> {
  const seen: QuerySeen[] = [];
  const sockets = new Set<Socket>();
  let server: Server | null = null;
  let port = 0;
  const fake: FakePrometheus = {
    values: new Map(),
    mood: 'answering',
    respond: null,
    seen,
    get address() {
      return `http://127.0.0.1:${port}`;
    },
    get roundTrips() {
      return seen.length;
    },
    get openConnections() {
      return sockets.size;
    },
    async start() {
      const listening = createServer(
        (request, response) => void answer(fake, seen, request, response),
      );
      listening.on('connection', (socket) => {
        sockets.add(socket);
        socket.on('close', () => sockets.delete(socket));
      });
      await new Promise<void>((resolve) => listening.listen(port, '127.0.0.1', resolve));
      port = (listening.address() as AddressInfo).port;
      server = listening;
    },
    async stop() {
      const stopping = server;
      server = null;
      if (stopping === null) return;
      const closed = new Promise((resolve) => stopping.close(resolve));
      stopping.closeAllConnections();
      await closed;
    },
  };
  // Takes a port, so that the address is known while nothing listens there.
  await fake.start();
  await fake.stop();
  return fake;
}

async function answer(
  fake: FakePrometheus,
  seen: QuerySeen[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const url = new URL(request.url ?? '/', 'http://localhost');
  const isPost = request.method === 'POST';
  const body = Buffer.concat(chunks).toString();
  const query: QuerySeen = {
    headers: request.headers,
    body,
    method: request.method ?? '',
    path: url.pathname,
    authorization: request.headers.authorization,
    form: isPost ? new URLSearchParams(body) : url.searchParams,
  };
  seen.push(query);
  if (fake.mood === 'silent') return;
  onceNotSlow(fake, () => respond(fake, query, response));
}

function respond(fake: FakePrometheus, query: QuerySeen, response: ServerResponse): void {
  if (fake.mood === 'refusing credentials') {
    // Some proxies echo what they were sent.
    response.writeHead(401).end(`bad header "${query.authorization ?? ''}"`);
  } else if (fake.respond !== null) fake.respond(query, response);
  else response.end(vectorBody(fake.values, query.form.get('query') ?? ''));
}

function vectorBody(values: ReadonlyMap<string, number>, query: string): string {
  const [, operator, text = ''] = /app=(~?)["']([^"']*)["']/.exec(query) ?? [];
  const pattern = new RegExp(`^(?:${text})$`);
  const apps = operator === '~' ? [...values.keys()].filter((app) => pattern.test(app)) : [text];
  const result = apps.flatMap((app) => {
    const value = values.get(app);
    return value === undefined ? [] : [{ metric: { app }, value: [1_767_225_600, `${value}`] }];
  });
  return JSON.stringify({ status: 'success', data: { resultType: 'vector', result } });
}
