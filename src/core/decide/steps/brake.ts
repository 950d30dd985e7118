import { type DecisionStep, type Draft, forbidShrinking } from '../draft.js';
import { rangeBehind } from '../../model/policy.js';
import { reason } from '../../model/reason.js';
import { COUNT_NAMES } from '../../model/count.js';

/** Nothing shrinks on an expression that reads a source which the fleet brake holds. */
export const brake: DecisionStep = (draft, { input }) => {
  const braked = Object.entries(input.orders.braked);
  if (braked.length === 0 || draft.isHeld) return draft;
  return COUNT_NAMES.reduce<Draft>((next, name) => {
    const range = rangeBehind(input.policy, name);
    if (range === null) return next;
    const read = braked.filter(
      ([metric]) => range.min.variables.has(metric) || range.max.variables.has(metric),
    );
    if (read.length === 0) return next;
    const reasons = read.map(([metric, why]) => reason('fleet-brake', `${metric}: ${why}`));
    const held = forbidShrinking(next, name);
    return { ...held, reasons: [...held.reasons, ...reasons] };
  }, draft);
};
