import { isIdle, isLeasedByOthers, type Member } from '../machines/census.js';
import type { DecisionInput } from '../model/decision.js';
import { hasJustFailedToReturn } from '../memory/memory.js';
import type { CountName } from '../model/count.js';

/**
 * Removals under way that can be taken back now, in that order: those that still run are back soonest, those that are
 * stopping come last. One that has failed, or that is out of reach just now, is not waited for: others are started or
 * created in its place.
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
        !isOutOfReach(input, m),
    )
    .sort((a, b) => rank(a) - rank(b) || (a.machine.id < b.machine.id ? -1 : 1));
}

/** Somebody else holds it, or it could not be brought back a moment ago. */
export function isOutOfReach(input: DecisionInput, member: Member): boolean {
  const { memory, now } = input;
  return isLeasedByOthers(input, member) || hasJustFailedToReturn(memory, member.machine.id, now);
}

function rank(member: Member): number {
  if (member.heading === 'started') return 0;
  return isIdle(member) ? 1 : 2;
}
