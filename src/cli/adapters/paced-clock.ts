import type { Clock } from '../../seams/clock.js';

/** Of simulated time, at most so much passes before everything that is due has had its turn. */
const MOST_AT_ONCE_MS = 200;
/** Of real time; turns are more frequent where that much of simulated time passes sooner. */
const LONGEST_TURN_MS = 10;

interface Sleeper {
  readonly dueMs: number;
  readonly wake: () => void;
}

/**
 * Time for a demonstration whose two sides are played by this process: `speed` times as fast as in reality, and slower
 * while there is so much to do, here or on a busy machine, that the work could not follow. Otherwise deadlines would pass
 * while answers wait to be read. It stands still while nobody sleeps.
 */
export function pacedClock(speed: number): Clock {
  if (!(speed > 0) || !Number.isFinite(speed)) {
    throw new RangeError(`speed must be a number above zero, got ${speed}`);
  }
  const wallStartMs = Date.now();
  const turnMs = Math.max(1, Math.min(LONGEST_TURN_MS, MOST_AT_ONCE_MS / speed / 2));
  const sleepers = new Set<Sleeper>();
  let elapsedMs = 0;
  let turnedAtMs = performance.now();
  let timer: NodeJS.Timeout | null = null;

  const turn = (): void => {
    const realMs = performance.now();
    elapsedMs += Math.min(MOST_AT_ONCE_MS, (realMs - turnedAtMs) * speed);
    turnedAtMs = realMs;
    const due = [...sleepers].filter(({ dueMs }) => dueMs <= elapsedMs);
    for (const sleeper of due.toSorted((a, b) => a.dueMs - b.dueMs)) {
      sleepers.delete(sleeper);
      sleeper.wake();
    }
    timer = sleepers.size === 0 ? null : setTimeout(turn, turnMs);
  };
  const add = (sleeper: Sleeper): void => {
    sleepers.add(sleeper);
    if (timer !== null) return;
    turnedAtMs = performance.now();
    timer = setTimeout(turn, turnMs);
  };
  const remove = (sleeper: Sleeper): void => {
    sleepers.delete(sleeper);
    if (sleepers.size > 0 || timer === null) return;
    clearTimeout(timer);
    timer = null;
  };

  return {
    now: () => Math.round(wallStartMs + elapsedMs),
    elapsedMs: () => elapsedMs,
    sleep(ms, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted === true) {
          reject(signal.reason as Error);
          return;
        }
        const abort = (): void => {
          remove(sleeper);
          reject(signal?.reason as Error);
        };
        const sleeper: Sleeper = {
          dueMs: elapsedMs + ms,
          wake() {
            signal?.removeEventListener('abort', abort);
            resolve();
          },
        };
        signal?.addEventListener('abort', abort, { once: true });
        add(sleeper);
      });
    },
  };
}
