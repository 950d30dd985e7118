import type { ErrorCode } from '../../core/model/errors.js';
import {
  grpcMeaning,
  INVALID_ARGUMENT,
  NOT_FOUND,
  RESOURCE_EXHAUSTED,
  statusOf,
  UNIMPLEMENTED,
  wordsOf,
} from '../shared/grpc/grpc-failure.js';

/** True when Temporal says that the namespace does not exist: "Namespace x is not found." */
export function isNoNamespace(error: unknown, namespace: string): boolean {
  if (statusOf(error) !== NOT_FOUND) return false;
  const words = wordsOf(error);
  return /namespace/i.test(words) && /not found/i.test(words) && words.includes(namespace);
}

/** Of an error of a call or of what read its answer, in the words of Temporal. */
export function meaningOf(error: unknown): { readonly code: ErrorCode; readonly hint: string } {
  if (error instanceof RangeError) return { code: 'source-bad-answer', hint: 'not understood' };
  const status = statusOf(error);
  const meaning = grpcMeaning(status);
  switch (status) {
    case INVALID_ARGUMENT:
      return { ...meaning, hint: 'the server refuses what is asked' };
    case NOT_FOUND:
      return { ...meaning, hint: 'no such namespace, or no Temporal server that says so' };
    case RESOURCE_EXHAUSTED:
      return { ...meaning, hint: 'more than the limits of the namespace allow' };
    case UNIMPLEMENTED:
      return { ...meaning, hint: 'no Temporal server at this address' };
    default:
      return meaning;
  }
}
