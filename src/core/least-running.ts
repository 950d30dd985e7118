import { boundsOf } from './decision.js';
import { changeOf, type Draft, type StepContext } from './draft.js';
import { budgets } from './steps/budgets.js';
import { stepLimits } from './steps/step-limits.js';

/**
 * Below this a created count destroys no running machines in this pass, so that what it takes counts as if the started
 * count itself had fallen. Null: no rule of the started count but its range says so.
 *
 * Where steps hold the started count back from a fall of its own, it is what they leave. Where its range allows what
 * runs, no window says when to fall: what can be taken is what its limits and budgets have left. A tolerance holds
 * nothing back: it says that a change is not worth while by itself.
 */
export function leastRunning(draft: Draft, context: StepContext): number | null {
  const { created, started } = draft;
  const least = boundsOf(started)?.min;
  if (context.history === null || changeOf(created) >= 0 || started === null) return null;
  if (least === undefined) return null;
  const { wanted, noted = wanted } = started;
  if (changeOf(started) <= 0 && wanted > Math.max(noted, least)) return wanted;
  const asked: Draft = { ...draft, created: null, started: { ...started, wanted: least } };
  const left = budgets(stepLimits(asked, context), context).started?.wanted ?? least;
  return Math.max(least, Math.min(wanted, left));
}
