/** When the periods end that limits and budgets look back on. */
import type { DecisionInput } from '../../core/model/decision.js';
import type { Instant } from '../../core/time/instant.js';
import type { CountChange } from '../../core/model/app-memory.js';

/** From a time of the monotonic clock, as the decision saw both clocks. */
export function wallMs({ now }: Pick<DecisionInput, 'now'>, elapsedMs: number): number {
  return now.wallMs + (elapsedMs - now.elapsedMs);
}

/**
 * When so many of the changes have left the period that there is room for another; null: none is in it. With a pause at
 * a count, or after a reload, more may have changed than a rule allows: then one of them is not enough.
 */
export function roomAtMs(
  changes: readonly CountChange[],
  periodMs: number,
  now: Instant,
  hasRoomAt: (then: Instant) => boolean,
): number | null {
  for (const { atMs } of changes) {
    const leftInMs = atMs + periodMs - now.elapsedMs;
    if (leftInMs <= 0) continue;
    const then = { wallMs: now.wallMs + leftInMs, elapsedMs: now.elapsedMs + leftInMs };
    if (hasRoomAt(then)) return then.wallMs;
  }
  return null;
}

export interface EndingWindow {
  /** In words, such as "cooldown of 5m". */
  readonly what: string;
  /** Wall time. */
  readonly endsAtMs: number;
}
