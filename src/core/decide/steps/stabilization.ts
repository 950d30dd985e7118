import { bring, mayShrink } from '../draft.js';
import type { DecisionStep, Draft, StepContext } from '../draft.js';
import { formatDurationMs } from '../../time/duration.js';
import { extremeWithin, type Extreme } from '../../memory/history.js';
import { reason, type Reason } from '../../model/reason.js';
import { COUNT_NAMES, type CountName } from '../../model/count.js';
import { changeOf } from '../../model/decision.js';

/**
 * The most cautious recommendation of a window counts, the present one among them: the highest for shrinking, the lowest
 * for growing. After kubernetes pkg/controller/podautoscaler/horizontal.go, stabilizeRecommendationWithBehaviors.
 */
export const stabilization: DecisionStep = (draft, context) => {
  if (context.history === null) return draft;
  return COUNT_NAMES.reduce<Draft>(
    (next, name) => stabilize(note(next, name), name, context),
    draft,
  );
};

/** What windows of later decisions take in. On data that is not good enough, only growth is a recommendation. */
function note(draft: Draft, name: CountName): Draft {
  const count = draft[name];
  if (count === null || count.target === null) return draft;
  const { recommended, current, wanted } = count;
  if (recommended < current && draft.unsure.has(name)) return draft;
  // What a release holds back is recommended all the same.
  const isHeldBack = draft.isHeld || (recommended < current && !mayShrink(draft, name));
  const taken = isHeldBack ? recommended : wanted;
  // Removals that are taken back and machines that cannot be seen make up for what healthy ones lack.
  const noted = recommended > current ? taken : Math.max(taken, count.target.min);
  return { ...draft, [name]: { ...count, noted } };
}

function stabilize(draft: Draft, name: CountName, { input, history }: StepContext): Draft {
  const count = draft[name];
  const change = changeOf(count);
  if (count === null || change === 0 || history === null || draft.isHeld) return draft;
  const isGrowth = change > 0;
  const { scaleUp, scaleDown } = input.policy.behavior;
  const windowMs = (isGrowth ? scaleUp : scaleDown).stabilizationWindowMs;
  if (windowMs === 0) return draft;
  const which = isGrowth ? 'lowest' : 'highest';
  const found = extremeWithin(history[name], which, windowMs, input.now);
  if (found === null) return draft;
  const wanted = isGrowth
    ? Math.max(count.current, Math.min(count.wanted, found.count))
    : Math.min(count.current, Math.max(count.wanted, found.count));
  return bring(draft, name, wanted, why(which, windowMs, found, name));
}

function why(which: string, windowMs: number, { count, agoMs }: Extreme, name: CountName): Reason {
  const when = agoMs === 0 ? 'just before' : `${formatDurationMs(wholeSeconds(agoMs))} ago`;
  const window = formatDurationMs(windowMs);
  const detail = `${which} recommendation of the last ${window} was ${count} ${name}, ${when}`;
  return reason('stabilizing', detail);
}

function wholeSeconds(ms: number): number {
  return Math.round(ms / 1000) * 1000;
}
