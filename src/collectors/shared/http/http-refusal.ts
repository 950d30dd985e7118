/** What collectors that speak HTTP make of answers that are none. */
import type { ErrorCode } from '../../../core/model/errors.js';
import { HttpFailure, type HttpResponse } from '../../../seams/http.js';

/** Why there is no number. */
export interface Refusal {
  readonly kind: 'refusal';
  readonly code: ErrorCode;
  /** Without secrets, once it has been redacted. */
  readonly message: string;
}

export function refusal(code: ErrorCode, message: string): Refusal {
  return { kind: 'refusal', code, message };
}

/** Of a status that is no success. */
export function statusMeaning(status: number): { readonly code: ErrorCode; readonly hint: string } {
  switch (status) {
    case 401:
    case 403:
      return { code: 'source-unauthorized', hint: 'the credentials are refused' };
    case 408:
    case 504:
      return { code: 'source-timeout', hint: 'the server gave up waiting' };
    case 429:
      return { code: 'source-rate-limited', hint: 'too many requests' };
    default:
      break;
  }
  if (status >= 500) return { code: 'source-unavailable', hint: 'the server is in trouble' };
  if (status >= 400) return { code: 'source-query-invalid', hint: 'the request is refused' };
  return { code: 'source-bad-answer', hint: 'the server redirects, give the final address' };
}

/** The words of Kong, APISIX, Cloud Foundry's router and Kubernetes' ingress. */
const GATEWAY_WORDS =
  /no Route matched|404 Route Not Found|Requested route \(.*\) does not exist|default backend - 404/i;

/** True for a 404 that something before the source gave: a page for people, or the words of a gateway. */
export function isOfGateway({ headers, body }: HttpResponse): boolean {
  const isPage = /^\s*</.test(body) || (headers['content-type'] ?? '').startsWith('text/html');
  // Envoy says by this header that somebody behind it answered.
  const isEnvoys = headers['server'] === 'envoy' && !('x-envoy-upstream-service-time' in headers);
  return isPage || isEnvoys || GATEWAY_WORDS.test(body);
}

/** Of what an `HttpClient` rejected with. */
export function refusalOfError(error: unknown): Refusal {
  if (!(error instanceof HttpFailure)) {
    return refusal('internal', error instanceof Error ? error.message : String(error));
  }
  const isBody = error.kind === 'truncated' || error.kind === 'too-large';
  const words =
    error.kind === 'too-large' ? `the answer is too large: ${error.message}` : error.message;
  return refusal(isBody ? 'source-bad-answer' : 'source-unreachable', words);
}
