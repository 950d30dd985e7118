import type { Clock } from '../clock.js';

/** Resolves when one more request may be sent; rejects with the signal's reason. */
export type TakeTurn = (signal: AbortSignal) => Promise<void>;

/** A token bucket as deep as one second: so many requests at once after a pause, and never more than that in any second on the average. */
export function requestBudget(clock: Clock, perSecond: number): TakeTurn {
  const gapMs = 1000 / perSecond;
  const burstMs = Math.max(0, 1000 - gapMs);
  let nextAtMs = Number.NEGATIVE_INFINITY;
  return async (signal) => {
    signal.throwIfAborted();
    const nowMs = clock.elapsedMs();
    const turnAtMs = Math.max(nextAtMs, nowMs - burstMs);
    nextAtMs = turnAtMs + gapMs;
    if (turnAtMs <= nowMs) return;
    try {
      await clock.sleep(turnAtMs - nowMs, signal);
    } catch (error) {
      // The turns of a collection that ended at its deadline belong to the next one.
      nextAtMs -= gapMs;
      throw error;
    }
  };
}
