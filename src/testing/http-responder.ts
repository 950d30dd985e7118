import type { HttpClient, HttpFailure, HttpRequest, HttpResponse } from '../seams/http.js';

/** An answer in short: `json` or `body`, status 200 unless told; a failure to reject with; or silence. */
export type Reply =
  | {
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly json?: unknown;
      readonly body?: string;
    }
  | HttpFailure
  | 'silence';

export interface HttpResponder {
  readonly http: HttpClient;
  /** All requests in order of arrival. */
  readonly requests: readonly HttpRequest[];
}

/** A server in process: `reply` is asked for each request; `index` counts from 0. */
export function createHttpResponder(
  reply: (request: HttpRequest, index: number) => Reply,
): HttpResponder {
  const requests: HttpRequest[] = [];
  const http: HttpClient = (request, signal) => {
    signal.throwIfAborted();
    const answer = reply(request, requests.length);
    requests.push(request);
    if (answer === 'silence') {
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
    }
    if (answer instanceof Error) return Promise.reject(answer);
    return Promise.resolve(toResponse(answer));
  };
  return { http, requests };
}

function toResponse(reply: Exclude<Reply, HttpFailure | 'silence'>): HttpResponse {
  return {
    status: reply.status ?? 200,
    headers: reply.headers ?? {},
    body: reply.body ?? (reply.json === undefined ? '' : JSON.stringify(reply.json)),
  };
}
