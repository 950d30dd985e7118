import type { ErrorCode } from '../../core/errors.js';
import {
  grpcMeaning,
  INVALID_ARGUMENT,
  NOT_FOUND,
  RESOURCE_EXHAUSTED,
  statusOf,
  UNIMPLEMENTED,
} from '../grpc-failure.js';

/** Of an error of a call or of what read its answer, in the words of Temporal. */
export function meaningOf(error: unknown): { readonly code: ErrorCode; readonly hint: string } {
  if (error instanceof RangeError) return { code: 'source-bad-answer', hint: 'not understood' };
  const status = statusOf(error);
  const meaning = grpcMeaning(status);
  switch (status) {
    case INVALID_ARGUMENT:
      return { ...meaning, hint: 'the server refuses what is asked' };
    case NOT_FOUND:
      return { ...meaning, hint: 'no such namespace' };
    case RESOURCE_EXHAUSTED:
      return { ...meaning, hint: 'more than the limits of the namespace allow' };
    case UNIMPLEMENTED:
      return { ...meaning, hint: 'no Temporal server at this address' };
    default:
      return meaning;
  }
}
