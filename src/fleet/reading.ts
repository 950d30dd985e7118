import type { Clock } from '../clock.js';
import { AppError } from '../core/errors.js';
import { sharedController } from './abort.js';
import { aborted } from './failure.js';

/** A stretch of a pass in which it may read: ends at its deadline, and at once when the process stops. */
export interface Reading {
  readonly signal: AbortSignal;
  /** Monotonic time of its deadline. */
  readonly endsAtMs: number;
  /** Frees its timer. */
  end(): void;
}

export function beginReading(clock: Clock, limitMs: number, stopping: AbortSignal): Reading {
  const controller = sharedController();
  const timer = new AbortController();
  const stop = (): void => controller.abort(aborted('the process stops'));
  if (stopping.aborted) stop();
  stopping.addEventListener('abort', stop, { once: true });
  clock.sleep(limitMs, timer.signal).then(
    () => controller.abort(overdue(limitMs)),
    () => undefined,
  );
  return {
    signal: controller.signal,
    endsAtMs: clock.elapsedMs() + limitMs,
    end: () => {
      timer.abort(DONE);
      stopping.removeEventListener('abort', stop);
    },
  };
}

/** Made once: without a reason, `abort` makes an exception with a stack for each call. */
const DONE = new Error('done in time');

function overdue(limitMs: number): AppError {
  return new AppError('fly-timeout', `not done after ${limitMs} ms`, {
    owner: 'remote',
    isRetryable: true,
    hint: 'Fly answers slowly, or the timeout is short.',
  });
}
