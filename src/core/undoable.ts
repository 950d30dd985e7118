import type { Member } from './census.js';
import type { DecisionInput } from './decision.js';
import type { CountName } from './draft.js';
import { isIdle } from './machine-action.js';
import { hasJustFailedToStart } from './memory.js';
import { isLeasedByOthers } from './plan-context.js';

/**
 * Removals under way that can be taken back now, in that order: those that still run are back soonest, those that are
 * stopping come last. One that somebody else holds, that has failed or that would not start just now is not waited for:
 * others are started or created in its place.
 */
export function undoable(
  input: DecisionInput,
  members: readonly Member[],
  name: CountName,
): readonly Member[] {
  return members
    .filter(
      (m) =>
        m.isHealthy &&
        m.mark !== null &&
        (m.mark.goal === 'destroy') === (name === 'created') &&
        m.heading !== 'failed' &&
        !isLeasedByOthers(input, m) &&
        !(isIdle(m) && hasJustFailedToStart(input.memory, m.machine.id, input.now)),
    )
    .sort((a, b) => rank(a) - rank(b) || (a.machine.id < b.machine.id ? -1 : 1));
}

function rank(member: Member): number {
  if (member.heading === 'started') return 0;
  return isIdle(member) ? 1 : 2;
}
