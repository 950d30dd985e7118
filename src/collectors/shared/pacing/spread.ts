import type { Clock, Random } from '../../../seams/clock.js';
import type { TakeTurn } from '../settings/budget.js';

/** Fewer are no herd. */
const FEW = 8;
const MAX_GAP_MS = 20;

/**
 * Turns that spread so many requests over up to a quarter of the interval, unevenly, so that a source sees no herd at each tick.
 * Without an interval, and for a few, every turn comes at once.
 */
export function spreadTurns(
  {
    clock,
    random,
    intervalMs,
  }: { readonly clock: Clock; readonly random: Random; readonly intervalMs?: number },
  count: number,
): TakeTurn {
  if (intervalMs === undefined || count <= FEW) return () => Promise.resolve();
  const gapMs = Math.min(MAX_GAP_MS, intervalMs / 4 / count);
  let nextAtMs = clock.elapsedMs();
  return async (signal) => {
    const waitMs = nextAtMs - clock.elapsedMs();
    nextAtMs += gapMs * (0.5 + random.next());
    if (waitMs > 0) await clock.sleep(waitMs, signal);
  };
}
