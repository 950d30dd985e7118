/** Asks a server with Prometheus' HTTP API one query, and names what went wrong. */
import {
  HttpFailure,
  type HttpClient,
  type HttpRequest,
  type HttpResponse,
} from '../../seams/http.js';
import type { Clock } from '../../seams/clock.js';
import type { ErrorCode } from '../../core/model/errors.js';
import { breather, type Breathe } from '../../seams/slices.js';
import { redactor, trimmed } from '../shared/http/redact.js';
import { basicHeader, tokenHeader } from './authorization.js';
import {
  codeOfErrorType,
  errorText,
  failure,
  isRecord,
  parseAnswer,
  type Answer,
  type Failure,
} from './answer.js';
import type { Remarks } from './remarks.js';
import type { PrometheusSettings } from './settings.js';

export type ReadBody<T> = (body: string, breathe: Breathe) => Promise<T | Failure>;

export interface Server {
  /** Rejects only with the signal's reason. */
  ask(query: string, signal: AbortSignal): Promise<Answer>;
  /** The same, with a good answer read by `read`, in slices where it is long. */
  askFor<T extends Remarks & { readonly kind: string }>(
    query: string,
    read: ReadBody<T>,
    signal: AbortSignal,
  ): Promise<T | Failure>;
  /** The address as it may be printed. */
  readonly name: string;
}

export function prometheusServer(
  settings: PrometheusSettings,
  request: HttpClient,
  { userAgent, clock }: { readonly userAgent: string; readonly clock: Clock },
): Server {
  const endpoint = endpointOf(settings);
  const headers = {
    accept: 'application/json',
    'user-agent': userAgent,
    ...(endpoint.authorization === null ? {} : { authorization: endpoint.authorization }),
  };
  const redact = redactor(endpoint.secrets);
  let method = settings.method;
  const send = (query: string, signal: AbortSignal): Promise<HttpResponse> => {
    const form = new URLSearchParams({ query, ...(settings.nocache ? { nocache: '1' } : {}) });
    return request(requestFor(method, endpoint.url, headers, form), signal);
  };
  const shown = (text: string): string => trimmed(redact(text));
  const shownRemarks = ({ note, dropped }: Remarks): Remarks => ({
    ...(note === undefined ? {} : { note: shown(note) }),
    ...(dropped === undefined ? {} : { dropped: `${endpoint.name}: ${shown(dropped)}` }),
  });
  const askFor = async <T extends Remarks & { readonly kind: string }>(
    query: string,
    read: ReadBody<T>,
    signal: AbortSignal,
  ): Promise<T | Failure> => {
    let answer: T | Failure;
    try {
      let response = await send(query, signal);
      if (method === 'post' && (response.status === 405 || response.status === 501)) {
        method = 'get';
        response = await send(query, signal);
      }
      answer = await answerIn(response, read, breather(clock, signal));
    } catch (error) {
      signal.throwIfAborted();
      answer = failureOf(error);
    }
    if (!isFailure(answer)) return { ...answer, ...shownRemarks(answer) };
    return failure(answer.code, `${endpoint.name}: ${shown(answer.message)}`);
  };
  return {
    askFor,
    ask: (query, signal) => askFor(query, parseAnswer, signal),
    name: endpoint.name,
  };
}

function isFailure(answer: { readonly kind: string }): answer is Failure {
  return answer.kind === 'failure';
}

interface Endpoint {
  readonly url: string;
  readonly name: string;
  readonly authorization: string | null;
  readonly secrets: readonly (string | undefined)[];
}

/** Credentials in the address itself are honoured as Go's client does, and never printed. */
function endpointOf(settings: PrometheusSettings): Endpoint {
  const url = new URL(settings.address);
  const username = settings.username ?? decodeURIComponent(url.username);
  const password = settings.password ?? decodeURIComponent(url.password);
  url.username = '';
  url.password = '';
  url.pathname = url.pathname.replace(/\/+$/, '');
  const name = url.href.replace(/\/$/, '');
  const { token } = settings;
  const secrets = [token, ...(token?.split(',') ?? []), token?.replace(/^\S+\s+/, ''), password];
  const basic = username === '' ? null : basicHeader(username, password);
  return {
    url: `${name}/api/v1/query`,
    name,
    authorization: token === undefined ? basic : tokenHeader(token),
    secrets: [...secrets, basic?.replace('Basic ', '')],
  };
}

function requestFor(
  method: 'get' | 'post',
  url: string,
  headers: HttpRequest['headers'],
  form: URLSearchParams,
): HttpRequest {
  if (method === 'get') return { method: 'GET', url: `${url}?${form.toString()}`, headers };
  return {
    method: 'POST',
    url,
    headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
  };
}

function answerIn<T>(
  response: HttpResponse,
  read: ReadBody<T>,
  breathe: Breathe,
): Promise<T | Failure> {
  return response.status === 200
    ? read(response.body, breathe)
    : Promise.resolve(refusalIn(response));
}

function refusalIn(response: HttpResponse): Failure {
  const { code, hint } = statusMeaning(response.status);
  const { text, type } = errorIn(response.body);
  // 503 stands for an overrun evaluation as well as for a server that is down.
  const isTimeout = response.status === 503 && codeOfErrorType(type) === 'source-timeout';
  const parts = [`HTTP ${response.status}`, hint, text].filter((part) => part !== '');
  return failure(isTimeout ? 'source-timeout' : code, parts.join(': '));
}

function statusMeaning(status: number): { readonly code: ErrorCode; readonly hint: string } {
  switch (status) {
    case 400:
    case 422:
      return { code: 'source-query-invalid', hint: 'the query is refused' };
    case 401:
    case 403:
      return { code: 'source-unauthorized', hint: 'the credentials are refused' };
    case 404:
      return { code: 'source-bad-answer', hint: 'no Prometheus API at this address' };
    case 408:
    case 504:
      return { code: 'source-timeout', hint: 'the server gave up waiting' };
    case 413:
    case 414:
      return { code: 'source-query-invalid', hint: 'the query is too long' };
    case 429:
      return { code: 'source-rate-limited', hint: 'too many requests' };
    default:
      break;
  }
  if (status >= 500) return { code: 'source-unavailable', hint: 'the server is in trouble' };
  if (status >= 300 && status < 400) {
    return { code: 'source-bad-answer', hint: 'the server redirects, give the final address' };
  }
  return { code: 'source-bad-answer', hint: 'an answer that the API does not have' };
}

/** No error is as long as this. */
const MAX_ERROR = 64 * 1024;

/** The server's words: from the API's error object, or the text itself. */
function errorIn(body: string): { readonly text: string; readonly type: unknown } {
  if (body.length > MAX_ERROR) return { text: '', type: null };
  try {
    const json: unknown = JSON.parse(body);
    if (isRecord(json)) return { text: errorText(json), type: json['errorType'] };
  } catch {
    // Proxies answer in HTML or plain text.
  }
  return { text: body.includes('<') ? '' : body, type: null };
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof HttpFailure)) {
    return failure('internal', error instanceof Error ? error.message : String(error));
  }
  switch (error.kind) {
    case 'truncated':
      return failure('source-bad-answer', `the answer was cut off: ${error.message}`);
    case 'too-large':
      return failure('source-bad-answer', `the answer is too large: ${error.message}`);
    case 'refused':
    case 'unresolved':
    case 'tls':
    case 'reset':
    case 'other':
      return failure('source-unreachable', error.message);
  }
}
