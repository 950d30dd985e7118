/**
 * How many machines a created count that changes may leave running, so that what it destroys and what it starts counts as
 * if the started count itself had changed.
 *
 * Where steps hold the started count back from a change of its own, it is what they leave. Where its range allows what
 * runs, no window says when to change: what may change is what its limits and budgets have left. A tolerance holds
 * nothing back: it says that a change is not worth while by itself.
 */
import { boundsOf, changeOf, type CountProposal } from '../model/decision.js';
import type { Draft, StepContext } from './draft.js';
import { budgets } from './steps/budgets.js';
import { stepLimits } from './steps/step-limits.js';

/** Below this no running machines are destroyed in this pass. Null: no rule of the started count but its range says so. */
export function leastRunning(draft: Draft, context: StepContext): number | null {
  const { created, started } = draft;
  const least = boundsOf(started)?.min;
  if (context.history === null || changeOf(created) >= 0 || started === null) return null;
  if (least === undefined) return null;
  const { wanted, noted = wanted } = started;
  if (changeOf(started) <= 0 && wanted > Math.max(noted, least)) return wanted;
  const left = allowed(draft, { ...started, wanted: least }, context);
  return Math.max(least, Math.min(wanted, left));
}

/** Above this no new machines are started in this pass. Null: no rule of the started count but its range says so. */
export function mostRunning(draft: Draft, context: StepContext): number | null {
  const { created, started } = draft;
  const most = boundsOf(started)?.max;
  if (context.history === null || changeOf(created) <= 0 || started === null) return null;
  if (most === undefined) return null;
  const { wanted, noted = wanted } = started;
  if (changeOf(started) >= 0 && wanted < Math.min(noted, most)) return wanted;
  const left = allowed(draft, { ...started, wanted: most }, context);
  return Math.min(most, Math.max(wanted, left));
}

/** What limits and budgets would leave of a started count by itself. */
function allowed(draft: Draft, started: CountProposal, context: StepContext): number {
  const asked: Draft = { ...draft, created: null, started };
  return budgets(stepLimits(asked, context), context).started?.wanted ?? started.wanted;
}
