import type { ErrorCode } from '../../core/model/errors.js';
import { ApiError, BadAnswer } from './jetstream.js';

/** The driver's errors have names and, where it wraps them, a cause. */
export function meaningOf(error: unknown): { readonly code: ErrorCode; readonly hint: string } {
  if (error instanceof BadAnswer) return { code: 'source-bad-answer', hint: 'no answer' };
  if (error instanceof ApiError) {
    if (error.status >= 500) return { code: 'source-unavailable', hint: 'JetStream is in trouble' };
    return { code: 'source-query-invalid', hint: 'JetStream refuses' };
  }
  const { name, cause } = error as { readonly name?: unknown; readonly cause?: unknown };
  if (name === 'RequestError' && cause !== undefined) return meaningOf(cause);
  switch (name) {
    case 'AuthorizationError':
    case 'UserAuthenticationExpiredError':
    case 'PermissionViolationError':
      return { code: 'source-unauthorized', hint: 'the credentials are refused' };
    // The class has another name.
    case 'NoResponders':
      return {
        code: 'source-unavailable',
        hint: 'no JetStream answers here: is it on at this server, or in another domain',
      };
    case 'TimeoutError':
      return { code: 'source-timeout', hint: 'no answer' };
    default:
      return { code: 'source-unreachable', hint: 'the server cannot be reached' };
  }
}
