/** Asks a server with Prometheus' HTTP API one query, and names what went wrong. */
import { HttpFailure, type HttpClient, type HttpRequest, type HttpResponse } from '../../http.js';
import type { ErrorCode } from '../../core/errors.js';
import { redactor, trimmed } from '../redact.js';
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
import type { PrometheusSettings } from './settings.js';

/** Rejects only with the signal's reason. */
export type Ask = (query: string, signal: AbortSignal) => Promise<Answer>;

export interface Server {
  readonly ask: Ask;
  /** The address as it may be printed. */
  readonly name: string;
}

export function prometheusServer(
  settings: PrometheusSettings,
  request: HttpClient,
  userAgent: string,
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
  const ask: Ask = async (query, signal) => {
    let answer: Answer;
    try {
      let response = await send(query, signal);
      if (method === 'post' && (response.status === 405 || response.status === 501)) {
        method = 'get';
        response = await send(query, signal);
      }
      answer = answerIn(response);
    } catch (error) {
      signal.throwIfAborted();
      answer = failureOf(error);
    }
    if (answer.kind !== 'failure') return answer;
    return failure(answer.code, `${endpoint.name}: ${trimmed(redact(answer.message))}`);
  };
  return { ask, name: endpoint.name };
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

function answerIn(response: HttpResponse): Answer {
  if (response.status === 200) return parseAnswer(response.body);
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

/** The server's words: from the API's error object, or the text itself. */
function errorIn(body: string): { readonly text: string; readonly type: unknown } {
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
