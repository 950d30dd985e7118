/** Every error that leaves a room. Expected outcomes are union values, not errors. */
export const ERROR_CODES = [
  'config-invalid',
  'usage',
  'bind-failed',
  'fly-unauthorized',
  'fly-forbidden',
  'fly-not-found',
  'fly-bad-request',
  'fly-rate-limited',
  'fly-lease-held',
  'fly-conflict',
  'fly-precondition',
  'fly-name-taken',
  'fly-no-capacity',
  'fly-quota',
  'fly-volume-unavailable',
  'fly-unavailable',
  'fly-timeout',
  'fly-unreachable',
  'fly-bad-answer',
  'source-unauthorized',
  'source-query-invalid',
  'source-rate-limited',
  'source-unavailable',
  'source-timeout',
  'source-unreachable',
  'source-bad-answer',
  'source-partial',
  'source-ambiguous',
  'state-unreadable',
  'state-unwritable',
  'source-suspect',
  'control-unreachable',
  'control-refused',
  'aborted',
  'internal',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export interface AppErrorDetails {
  /** Trying the same again later may work. */
  readonly isRetryable?: boolean;
  /** Who can mend it. */
  readonly owner: 'user' | 'remote' | 'internal';
  /** What to do about it, one sentence. */
  readonly hint?: string;
  /** True when the request may have taken effect although no good answer came. */
  readonly isAmbiguous?: boolean;
  /** HTTP status of the answer, if there was one. */
  readonly status?: number;
  /** `fly-request-id` of the answer, if there was one. */
  readonly requestId?: string;
  /** The wait that the server asked for (Retry-After), in milliseconds. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** The one exception type. Its message never holds a secret. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly isRetryable: boolean;
  readonly owner: 'user' | 'remote' | 'internal';
  readonly hint: string | undefined;
  readonly isAmbiguous: boolean;
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(
    readonly code: ErrorCode,
    message: string,
    details: AppErrorDetails,
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.isRetryable = details.isRetryable ?? false;
    this.owner = details.owner;
    this.hint = details.hint;
    this.isAmbiguous = details.isAmbiguous ?? false;
    this.status = details.status;
    this.requestId = details.requestId;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** Any thrown value as an `AppError`; what we do not know is `internal`. Never throws. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new AppError('internal', message, { owner: 'internal', cause: error });
}
