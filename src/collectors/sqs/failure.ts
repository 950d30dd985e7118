import type { ErrorCode } from '../../core/model/errors.js';
import type { HttpResponse } from '../../seams/http.js';
import { refusal, statusMeaning, type Refusal } from '../shared/http/http-refusal.js';

/** The queue does not exist, or why there is no number. */
export type Refused = { readonly kind: 'missing' } | Refusal;

const MISSING = /QueueDoesNotExist|NonExistentQueue/;
/** SQS says so of a queue that is there, too, to who may not ask for its URL. */
const OR_FORBIDDEN = /do(es)? not have access/i;
/** Names of errors, by what they mean; some have a status that says something else. */
const MEANINGS: readonly (readonly [RegExp, ErrorCode, string])[] = [
  [/Throttl|RequestLimitExceeded|TooManyRequests/, 'source-rate-limited', 'too many requests'],
  [
    /AccessDenied|UnrecognizedClient|InvalidClientTokenId|InvalidAccessKeyId|AuthFailure|SignatureDoesNotMatch|IncompleteSignature|InvalidSecurity|InvalidSignature|ExpiredToken|TokenRefreshRequired|MissingAuthentication|RequestExpired|OptInRequired|NotAuthorized/,
    'source-unauthorized',
    'the credentials are refused, or lack the right sqs:GetQueueAttributes',
  ],
  [/InternalFailure|InternalError|ServiceUnavailable/, 'source-unavailable', 'SQS is in trouble'],
];

/** Null for a good answer. */
export function refusedIn({ status, headers, body }: HttpResponse): Refused | null {
  if (status >= 200 && status < 300) return null;
  const { type, message } = errorIn(body);
  const name = type ?? headers['x-amzn-errortype'] ?? '';
  // Clients of the older protocol know some errors by another name.
  const names = `${name} ${headers['x-amzn-query-error'] ?? ''}`;
  // It answers 400, its imitators 404 too; with another status it is trouble that speaks of the queue.
  if (MISSING.test(names) && (status === 400 || status === 404)) {
    if (!OR_FORBIDDEN.test((message ?? '').slice(0, 1000))) return { kind: 'missing' };
    const hint = `${message}: allow sqs:GetQueueUrl, or give the URL of the queue`;
    return refusal('source-query-invalid', `HTTP ${status}: ${hint}`);
  }
  const known = MEANINGS.find(([pattern]) => pattern.test(names));
  const { code, hint } = statusMeaning(status);
  const words = [`HTTP ${status}`, known?.[2] ?? hint, shortName(name), message ?? ''];
  return refusal(known?.[1] ?? code, words.filter((word) => word !== '').join(': '));
}

function errorIn(body: string): { readonly type?: string; readonly message?: string } {
  try {
    const json = JSON.parse(body) as Readonly<Record<string, unknown>> | null;
    const text = (value: unknown): string | undefined =>
      typeof value === 'string' ? value : undefined;
    const type = text(json?.['__type']);
    const message = text(json?.['message']) ?? text(json?.['Message']);
    return {
      ...(type === undefined ? {} : { type }),
      ...(message === undefined ? {} : { message }),
    };
  } catch {
    // Of proxies and of servers that know the older protocol alone.
    return { message: body.includes('<') ? '' : body };
  }
}

/** com.amazonaws.sqs#QueueDoesNotExist */
function shortName(type: string): string {
  return type.replace(/^.*#/, '').replace(/:.*$/s, '');
}
