/** Whether a decision would come out the same later, as long as what it was decided on stays the same. */
import type { Proposal } from '../model/decision.js';
import { programsOf, type Policy } from '../model/policy.js';
import { meaningOf } from '../model/reason.js';
import type { AppMemory, CountHistory, PolicyHistory } from '../model/app-memory.js';

/**
 * True when the same samples and machines give this proposal again later, and leave nothing more to remember; for how
 * long says `nextChangeAtMs`.
 * `memory`: as it is after the decision.
 */
export function isTimeless(policy: Policy, proposal: Proposal, memory: AppMemory): boolean {
  return (
    !proposal.isWorthALook &&
    !proposal.isHeld &&
    proposal.reasons.every(({ code }) => meaningOf(code).ends === 'change') &&
    !readsTime(policy) &&
    isAtRest(memory)
  );
}

function readsTime(policy: Policy): boolean {
  return programsOf(policy).some(({ readsTime: reads }) => reads);
}

/** True when nothing is remembered that ends with time. What is not known here counts as such. */
export function isAtRest(memory: AppMemory): boolean {
  return Object.entries(memory).every(([key, value]) => {
    // It matters to releases that run, and with those nothing is at rest.
    if (key === 'clockJumpedAtMs') return true;
    // It changes with what is read only.
    if (key === 'oldProtects') return true;
    if (key === 'histories') return Object.values(memory.histories).every(isSteady);
    return isEmpty(value);
  });
}

/** True when nothing of any kind is remembered. */
export function isBlank(memory: AppMemory): boolean {
  return Object.entries(memory).every(
    ([key, value]) => key === 'clockJumpedAtMs' || isEmpty(value),
  );
}

/** Nothing that was recommended earlier speaks against the newest; what was done limits nothing while there is nothing to do. */
function isSteady({ created, started, missingSinceMs }: PolicyHistory): boolean {
  return isLevel(created) && isLevel(started) && isEmpty(missingSinceMs);
}

function isLevel({ higher, lower }: CountHistory): boolean {
  return higher.length === 0 && lower.length === 0;
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
