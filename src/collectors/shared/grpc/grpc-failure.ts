/** What gRPC's status codes stand for (github.com/grpc/grpc/blob/master/doc/statuscodes.md). */
import type { ErrorCode } from '../../../core/model/errors.js';

/** The status of an error of the driver; null when it has none. */
export function statusOf(error: unknown): number | null {
  const code = (error as { readonly code?: unknown } | null)?.code;
  return typeof code === 'number' ? code : null;
}

export const INVALID_ARGUMENT = 3;
export const NOT_FOUND = 5;
export const RESOURCE_EXHAUSTED = 8;
export const UNIMPLEMENTED = 12;
export const UNAVAILABLE = 14;

export function grpcMeaning(status: number | null): {
  readonly code: ErrorCode;
  readonly hint: string;
} {
  switch (status) {
    case null:
      return { code: 'internal', hint: '' };
    case INVALID_ARGUMENT:
      return { code: 'source-query-invalid', hint: 'the query is refused' };
    case 4:
      return { code: 'source-timeout', hint: 'the server gave up waiting' };
    case NOT_FOUND:
      return { code: 'source-query-invalid', hint: 'not found' };
    case 7:
    case 16:
      return { code: 'source-unauthorized', hint: 'the credentials are refused' };
    case RESOURCE_EXHAUSTED:
      return { code: 'source-rate-limited', hint: 'too many requests' };
    case UNIMPLEMENTED:
      return { code: 'source-bad-answer', hint: 'the server does not know this service' };
    case UNAVAILABLE:
      return { code: 'source-unreachable', hint: 'the server cannot be reached' };
    default:
      return { code: 'source-unavailable', hint: 'the server is in trouble' };
  }
}

/** The server's words, or the driver's. */
export function wordsOf(error: unknown): string {
  const { details, message } = error as { readonly details?: unknown; readonly message?: unknown };
  // The driver ends with this heading also where nothing follows it.
  if (typeof details === 'string' && details !== '')
    return details.replace(/ Resolution note:\s*$/, '');
  return typeof message === 'string' ? message : String(error);
}
