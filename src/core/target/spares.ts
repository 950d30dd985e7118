/** `spare`: so many machines exist beside those that run. */
import type { Counts, TargetRange } from '../model/decision.js';
import type { Target } from './target.js';

/**
 * The created count that goes with a started one: as many as run once the started count has had its way, and the spares.
 * A machine of which nobody can tell yet whether it will run counts as running, so that no spare is taken for it.
 */
export function withSpares(started: Target, spare: number, counts: Counts): Target {
  const { range } = started;
  return {
    range: range === null ? null : exactly(runningIn(range, counts) + spare),
    isGoodToShrink: started.isGoodToShrink,
    missing: started.missing,
    // What the started count has to say is said there.
    reasons: [],
  };
}

function runningIn({ min, max }: TargetRange, counts: Counts): number {
  return Math.min(max, Math.max(min, counts.started + counts.unclear));
}

function exactly(count: number): TargetRange {
  const floor = Math.max(1, count);
  return { min: floor, max: floor };
}
