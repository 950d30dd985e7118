import { bring, type DecisionStep, type Draft } from '../draft.js';
import { reason } from '../../model/reason.js';
import { COUNT_NAMES } from '../../model/count.js';
import { changeOf } from '../../model/decision.js';

/** Products such as 0.29 x 100 are a little less than they should be. */
const ROUNDING = 1e-9;

/** A change of at most a share of the current count is not worth it: |recommended - current| <= tolerance x current. */
export const tolerance: DecisionStep = (draft, { input }) => {
  const { scaleUp, scaleDown } = input.policy.behavior;
  if (draft.isHeld || scaleUp.tolerance + scaleDown.tolerance === 0) return draft;
  return COUNT_NAMES.reduce<Draft>((next, name) => {
    const count = next[name];
    const change = changeOf(count);
    const share = change > 0 ? scaleUp.tolerance : scaleDown.tolerance;
    if (count === null || change === 0 || share === 0) return next;
    if (Math.abs(change) > share * count.current + ROUNDING) return next;
    const percent = Math.round(share * 1000) / 10;
    const detail = `${name} ${count.current} to ${count.wanted} is within ${percent} %`;
    return bring(next, name, count.current, reason('within-tolerance', detail));
  }, draft);
};
