import type { Clock } from '../../seams/clock.js';
import { standsStill } from '../../seams/own-wait.js';
import { AppError } from '../../core/model/errors.js';
import { sharedController } from './abort.js';
import { aborted } from './failure.js';

/**
 * A stretch of a pass in which it may read: ends at its deadline, and at once when the process stops. The deadline is for what
 * Fly takes; while we wait by our own will it stands still.
 */
export interface Reading {
  readonly signal: AbortSignal;
  /** Monotonic time of its deadline, when we wait no more. */
  readonly endsAtMs: number;
  /** The same when we wait as long as we may. */
  readonly latestEndMs: number;
  /** Waits of ours begin and end; they may be within each other. */
  pause(): void;
  resume(): void;
  /** A wait of ours. `signal`: of this reading. */
  wait<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Frees its timer. */
  end(): void;
}

/** So long in all the deadline stands still: a lease and other apps wait for the end of the pass. */
const MOST_PAUSED_MS = 30_000;

export function beginReading(clock: Clock, limitMs: number, stopping: AbortSignal): Reading {
  const controller = sharedController();
  const stop = (): void => controller.abort(aborted('the process stops'));
  if (stopping.aborted) stop();
  stopping.addEventListener('abort', stop, { once: true });
  const deadline = new Deadline(clock, limitMs, () => controller.abort(overdue(limitMs)));
  standsStill(controller.signal, deadline);
  return {
    signal: controller.signal,
    get endsAtMs() {
      return deadline.endsAtMs;
    },
    get latestEndMs() {
      return deadline.latestEndMs;
    },
    pause: () => deadline.pause(),
    resume: () => deadline.resume(),
    wait: async (work) => {
      deadline.pause();
      try {
        return await work(controller.signal);
      } finally {
        deadline.resume();
      }
    },
    end: () => {
      deadline.end();
      stopping.removeEventListener('abort', stop);
    },
  };
}

class Deadline {
  readonly #clock: Clock;
  readonly #onEnd: () => void;
  /** Without any pause from now on. */
  #endsAtMs: number;
  /** So long it may still stand still. */
  #pauseLeftMs = MOST_PAUSED_MS;
  #pauses = 0;
  /** When it began to stand still; null: it runs. */
  #pausedAtMs: number | null = null;
  #timer = new AbortController();

  constructor(clock: Clock, limitMs: number, onEnd: () => void) {
    this.#clock = clock;
    this.#onEnd = onEnd;
    this.#endsAtMs = clock.elapsedMs() + limitMs;
    this.#arm();
  }

  get endsAtMs(): number {
    return this.#endsAtMs + this.#pausedMs;
  }

  get latestEndMs(): number {
    return this.#endsAtMs + this.#pauseLeftMs;
  }

  pause(): void {
    this.#pauses += 1;
    if (this.#pauses > 1) return;
    this.#pausedAtMs = this.#clock.elapsedMs();
    this.#arm();
  }

  resume(): void {
    this.#pauses -= 1;
    if (this.#pauses > 0) return;
    const pausedMs = this.#pausedMs;
    this.#pausedAtMs = null;
    this.#pauseLeftMs -= pausedMs;
    this.#endsAtMs += pausedMs;
    this.#arm();
  }

  end(): void {
    this.#timer.abort(DONE);
  }

  /** How long the pause under way has held it up. */
  get #pausedMs(): number {
    if (this.#pausedAtMs === null) return 0;
    return Math.min(this.#pauseLeftMs, this.#clock.elapsedMs() - this.#pausedAtMs);
  }

  #arm(): void {
    if (this.#timer.signal.aborted) return;
    const timer = new AbortController();
    this.#timer.abort(DONE);
    this.#timer = timer;
    const atMs = this.#pausedAtMs === null ? this.#endsAtMs : this.latestEndMs;
    this.#clock.sleep(atMs - this.#clock.elapsedMs(), timer.signal).then(
      () => this.#onEnd(),
      () => undefined,
    );
  }
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
