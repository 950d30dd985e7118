import type { ErrorCode } from '../../core/errors.js';
import { grpcMeaning, NOT_FOUND, UNIMPLEMENTED } from '../grpc-failure.js';

/** Of a gRPC status, in the words of Temporal. */
export function meaningOf(status: number | null): {
  readonly code: ErrorCode;
  readonly hint: string;
} {
  const meaning = grpcMeaning(status);
  if (status === NOT_FOUND) return { ...meaning, hint: 'no such namespace' };
  if (status === UNIMPLEMENTED) return { ...meaning, hint: 'no Temporal server at this address' };
  return meaning;
}
