import { AppError } from '../../core/model/errors.js';
import { DatabaseFailure } from '../../seams/database.js';

/** What cannot be read is damage, whatever stumbles over it: throws `state-unreadable`. `what`: in words. */
export function readable<T>(work: () => T, what = 'the record'): T {
  try {
    return work();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const isBusy = error instanceof DatabaseFailure && error.kind === 'busy';
    throw new AppError('state-unreadable', `${what} cannot be read: ${message}`, {
      owner: 'user',
      isRetryable: isBusy,
      hint: isBusy
        ? 'another process is writing; try again'
        : 'the file may be damaged, or written by another version',
      cause: error,
    });
  }
}
