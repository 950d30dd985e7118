/** What an action gives as its reason: the count that asked for it, and the rule where it was not an expression. */
import { changeOf, type Proposal } from '../model/decision.js';
import { reason, type Reason } from '../model/reason.js';
import type { CountName } from '../model/count.js';

/** "started 2 to 1", "created 3 to 5 by schedules"; without a detail where the proposal gives none. */
export function askedBy(
  proposal: Proposal,
  name: CountName,
  code: 'scale-up' | 'scale-down',
): Reason {
  const said = proposal.reasons.find((each) => each.code === code && each.subject === name);
  if (said === undefined) return reason(code, '', name);
  const rule = ruleOf(proposal, name);
  return rule === null ? said : reason(code, `${said.detail} by ${rule}`, name);
}

/** The last step that moved the count further the way that it goes now; null: the expressions did. */
function ruleOf(proposal: Proposal, name: CountName): string | null {
  const way = Math.sign(changeOf(proposal[name]));
  const last = proposal.steps.findLast(({ [name]: change }) => {
    return change !== null && Math.sign(change.after - change.before) === way;
  });
  return last?.step ?? null;
}
