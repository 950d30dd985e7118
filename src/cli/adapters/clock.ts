import type { Clock } from '../../seams/clock.js';

/** The longest delay that a Node timer takes; a longer one would fire at once. */
const MAX_TIMER_MS = 2_147_483_647;

/**
 * The real time. `speed` above 1 makes it run that many times faster from the moment of the call, for demonstrations:
 * wall time starts at the real one and runs ahead, sleeps shorten alike.
 */
export function systemClock(options: { readonly speed?: number } = {}): Clock {
  const speed = options.speed ?? 1;
  if (!(speed > 0) || !Number.isFinite(speed)) {
    throw new RangeError(`speed must be a number above zero, got ${speed}`);
  }
  const wallStartMs = Date.now();
  const startMs = performance.now();
  const elapsedMs = (): number => (performance.now() - startMs) * speed;
  return {
    // The system's own clock, not one derived from monotonic time: that it was set must be seen.
    now: () => Math.round(wallStartMs + (Date.now() - wallStartMs) * speed),
    elapsedMs,
    sleep(ms, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted === true) {
          reject(signal.reason as Error);
          return;
        }
        const dueMs = elapsedMs() + ms;
        let timer: NodeJS.Timeout | undefined;
        const abort = (): void => {
          clearTimeout(timer);
          reject(signal?.reason as Error);
        };
        // A timer may fire early by a fraction of a millisecond, so what is left is measured and waited for again.
        const wait = (): void => {
          const restMs = (dueMs - elapsedMs()) / speed;
          timer = setTimeout(
            () => {
              if (elapsedMs() < dueMs) {
                wait();
                return;
              }
              signal?.removeEventListener('abort', abort);
              resolve();
            },
            Math.min(MAX_TIMER_MS, Math.max(0, Math.ceil(restMs))),
          );
        };
        signal?.addEventListener('abort', abort, { once: true });
        wait();
      });
    },
  };
}
