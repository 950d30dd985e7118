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
  /no Route matched|404 Route Not Found|Requested route \([^)]*\) does not exist|default backend - 404/i;
/** What gateways say is short; a pattern takes its time for a long text. */
const MAX_WORDS = 1000;

/** Headers that only the gateway itself sends, with what they say then. */
const GATEWAY_HEADERS: readonly (readonly [string, RegExp])[] = [
  ['x-cf-routererror', /./],
  ['x-railway-fallback', /^true$/],
  ['x-render-routing', /^no-server$/],
  ['x-vercel-error', /./],
  ['ngrok-error-code', /./],
  ['x-krakend-completed', /^false$/],
];

/** True for a 404 that something before the source gave: a page for people, or the words of a gateway. */
export function isOfGateway({ headers, body }: HttpResponse): boolean {
  const start = body.slice(0, MAX_WORDS);
  const isPage = /^\s*</.test(start) || /^text\/html/i.test(headers['content-type'] ?? '');
  // Envoy, and Istio with it, says by this header that somebody behind it answered.
  const isEnvoy = /^(istio-)?envoy$/.test(headers['server'] ?? '');
  const isEnvoys = isEnvoy && !('x-envoy-upstream-service-time' in headers);
  const isMarked = GATEWAY_HEADERS.some(([name, words]) => words.test(headers[name] ?? ''));
  return isPage || isEnvoys || isMarked || GATEWAY_WORDS.test(start);
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
