import {
  forbidGrowing,
  forbidShrinking,
  keepAll,
  type DecisionStep,
  type Draft,
} from '../draft.js';
import { isAmong, reason, type Reason } from '../../model/reason.js';
import { numberWithStandIns } from '../../target/stand-in.js';
import type { Verdict } from '../../target/target.js';

/**
 * Back-pressure: while its expression is above zero nothing is done. Without a number it only keeps from shrinking. Where
 * the numbers that stand in for its metrics are not the same for both directions, each has its own say.
 */
export const backOff: DecisionStep = (draft, { input, census }) => {
  const { backoff, missing } = input.policy;
  if (backoff === null || draft.isHeld) return draft;
  const { samples, now, zone } = input;
  const evaluation = { samples, counts: census.counts, now, zone };
  const verdicts = numberWithStandIns('scale-backoff-value', backoff, evaluation, missing);
  const { scaleUp: up, scaleDown: down } = verdicts;
  if (up === down && up.value <= 0 && up.isGoodToShrink) return draft;
  const reasons = [...draft.reasons, ...reasonsOf(up, down)];
  if (up.value > 0 && down.value > 0) return { ...keepAll(draft), reasons };
  let next: Draft = { ...draft, reasons };
  if (up.value > 0) next = forbidGrowing(forbidGrowing(next, 'created'), 'started');
  if (down.value > 0 || !down.isGoodToShrink) {
    next = forbidShrinking(forbidShrinking(next, 'created'), 'started');
  }
  return next;
};

function reasonsOf(up: Verdict, down: Verdict): Reason[] {
  const said = [...up.reasons, ...down.reasons.filter((each) => !isAmong(up.reasons, each))];
  if (up.value <= 0 && down.value <= 0) return said;
  const values =
    up.value === down.value
      ? `${up.value}`
      : `${up.value} for growing and ${down.value} for shrinking`;
  return [...said, reason('backing-off', `the back-off value is ${values}`)];
}
