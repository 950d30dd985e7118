import { type DecisionStep, limitChange } from '../draft.js';
import { reason } from '../../model/reason.js';
import { changeOf } from '../../model/decision.js';

/** While running machines are held back from stopping, they and their spares are kept too. */
export const keepSpares: DecisionStep = (draft, { input: { policy } }) => {
  const { created, started } = draft;
  if (policy.spare === null || created === null || started === null) return draft;
  const removals = -changeOf(created);
  if (removals <= 0) return draft;
  const least = started.wanted + policy.spare;
  const detail = `${started.wanted} run, ${policy.spare} are spares`;
  return limitChange(
    draft,
    'created',
    Math.max(0, created.current - least),
    reason('spares-kept', detail),
  );
};
