import { forbidShrinking, keepAll, type DecisionStep } from '../draft.js';
import { reason } from '../reason.js';
import { evaluateNumber } from '../target.js';

/** Back-pressure: while its expression is above zero nothing is done. Without a number it only keeps from shrinking. */
export const backOff: DecisionStep = (draft, { input, census }) => {
  const { backoff } = input.policy;
  if (backoff === null || draft.isHeld) return draft;
  const { samples, now, zone } = input;
  const evaluation = { samples, counts: census.counts, now, zone };
  const verdict = evaluateNumber('scale-backoff-value', backoff, evaluation);
  const reasons = [...draft.reasons, ...verdict.reasons];
  if (verdict.value > 0) {
    const why = reason('backing-off', `the back-off value is ${verdict.value}`);
    return { ...keepAll(draft), reasons: [...reasons, why] };
  }
  if (verdict.isGoodToShrink) return draft;
  const still = forbidShrinking(forbidShrinking(draft, 'created'), 'started');
  return { ...still, reasons };
};
