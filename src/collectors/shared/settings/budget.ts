import type { Clock } from '../../../seams/clock.js';
import { RateBucket } from '../../../seams/rate-bucket.js';

/** Resolves when one more request may be sent; rejects with the signal's reason. */
export type TakeTurn = (signal: AbortSignal) => Promise<void>;

/** As many requests at once after a pause as in a second, and never more than that in any second on the average. */
export function requestBudget(clock: Clock, perSecond: number): TakeTurn {
  const burst = Math.max(1, Math.floor(perSecond));
  const bucket = new RateBucket(clock, { intervalMs: 1000 / perSecond, burst });
  return (signal) => bucket.take(signal);
}
