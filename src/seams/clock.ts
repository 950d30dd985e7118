import { setMaxListeners } from 'node:events';
import type { Instant } from '../core/time/instant.js';
import { isUnsent } from './own-wait.js';

/**
 * The one seam for time and chance. Everything that waits, measures or draws lots takes these,
 * so that a simulated day of a fleet runs in seconds and repeats exactly from its seed.
 */

export interface Clock {
  /** Wall time in milliseconds since the Unix epoch. Compare it only with times that others wrote. */
  now(): number;
  /** Monotonic time in milliseconds. Deadlines, back-offs and ages of our own are measured with it. */
  elapsedMs(): number;
  /** Resolves after `ms`; rejects with the signal's reason as soon as it aborts. Leaves no timer behind. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** A source of chance; production seeds it from the system, tests from a number. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
}

export function instant(clock: Clock): Instant {
  return { wallMs: clock.now(), elapsedMs: clock.elapsedMs() };
}

/** The reason of a signal that `withDeadline` aborted. */
export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded';
  constructor(
    readonly limitMs: number,
    /** True when what was to be answered was not on its way by then. */
    readonly isUnsent = false,
  ) {
    super(`no answer within ${limitMs} ms`);
  }
}

/** Made once: without a reason, `abort` makes an exception with a stack for each call. */
const DONE = new Error('done in time');

/**
 * Runs `work` with a signal that aborts after `limitMs`, or when `parent` does.
 * Rejects with `DeadlineExceeded` or the parent's reason at that moment, even if `work` ignores its signal:
 * a hung server must not hold a pass.
 */
export async function withDeadline<T>(
  clock: Clock,
  limitMs: number,
  parent: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  parent?.throwIfAborted();
  const timer = new AbortController();
  const controller = new AbortController();
  // Any number of calls may share one deadline; Node would take more than ten for a leak.
  setMaxListeners(0, controller.signal);
  const forward = (): void => controller.abort(parent?.reason);
  parent?.addEventListener('abort', forward, { once: true });
  clock.sleep(limitMs, timer.signal).then(
    () => controller.abort(new DeadlineExceeded(limitMs, isUnsent(controller.signal))),
    () => undefined,
  );
  try {
    return await abortable(controller.signal, work(controller.signal));
  } finally {
    // A cancelled wait must release its timer, or the process stays alive.
    timer.abort(DONE);
    parent?.removeEventListener('abort', forward);
  }
}

/** Settles as `promise` does, or rejects with the signal's reason as soon as it aborts. */
export function abortable<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/**
 * A seeded generator (mulberry32): small, fast, and the same sequence everywhere.
 * Not for secrets.
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return {
    next() {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = Math.imul(state ^ (state >>> 15), 1 | state);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
    },
  };
}
