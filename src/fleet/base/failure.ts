/** What is thrown on the way through a pass, as one kind of error. */
import { DeadlineExceeded } from '../../seams/clock.js';
import { AppError, toAppError } from '../../core/model/errors.js';

/** A call to Fly that failed. A deadline of ours leaves open whether the call took effect, if it was on its way. */
export function flyError(error: unknown): AppError {
  if (!(error instanceof DeadlineExceeded)) return toAppError(error);
  return new AppError('fly-timeout', error.message, {
    owner: 'remote',
    isRetryable: true,
    isAmbiguous: !error.isUnsent,
    cause: error,
  });
}

/** Nothing new is begun. `isAmbiguous`: a call under way was cut off. */
export function aborted(why: string, isAmbiguous = false): AppError {
  return new AppError('aborted', why, { owner: 'internal', isRetryable: true, isAmbiguous });
}
