import { reason } from '../../model/reason.js';
import { type DecisionStep, limitChange } from '../draft.js';
import { changeOf } from '../../model/decision.js';

/**
 * A host outage must not clone a fleet: at most max(1, a tenth) of an app's machines
 * are replaced a minute. Growth that is due with the lost ones counted as present is not limited.
 */
export const replaceLostSlowly: DecisionStep = (draft, { input, census }) => {
  const growth = changeOf(draft.created);
  const { lost, created, unseen } = census.counts;
  if (growth <= 0 || lost === 0) return draft;
  const replacing = Math.min(growth, lost);
  const perMinute = Math.max(1, Math.floor((created + unseen + lost) / 10));
  const allowed = Math.max(0, perMinute - input.memory.replacedAtMs.length);
  const detail = `${lost} out of sight for too long; at most ${perMinute} replaced a minute`;
  const why = reason('replacing-unreachable', detail);
  const next = limitChange(
    draft,
    'created',
    growth - replacing + Math.min(replacing, allowed),
    why,
  );
  return next === draft ? { ...draft, reasons: [...draft.reasons, why] } : next;
};
