/** From what is there and what it may be to a count and what it is compared with. */
import type { Census } from '../machines/census.js';
import type { CountProposal, Counts, DecisionInput, TargetRange } from '../model/decision.js';
import { undoable } from './undoable.js';
import type { CountName } from '../model/count.js';

/** All that counts as there for growth. */
export function presentOf(counts: Counts, name: CountName): number {
  return name === 'created'
    ? counts.created + counts.unseen
    : counts.started + counts.unclear + counts.unseenStarted;
}

/**
 * Growing starts from all that is present, removals that will be undone among it; shrinking from healthy machines only,
 * so that a machine that we cannot see well never justifies removing another.
 */
export function clampCount(
  input: DecisionInput,
  range: TargetRange | null,
  name: CountName,
  census: Census,
): CountProposal {
  const healthy = census.counts[name];
  const present = presentOf(census.counts, name);
  if (range === null || census.members.length === 0) {
    return { current: present, target: range, recommended: present, wanted: present };
  }
  const base = present + undoDue(input, range, name, census);
  if (base < range.min) {
    return { current: base, target: range, recommended: range.min, wanted: range.min };
  }
  const recommended = Math.min(healthy, range.max);
  return { current: healthy, target: range, recommended, wanted: recommended };
}

/** How many removals under way must be taken back so that the machines that stay meet the least that is wanted. */
export function undoDue(
  input: DecisionInput,
  range: TargetRange | null | undefined,
  name: CountName,
  census: Census,
): number {
  if (range == null || range.min <= census.counts[name]) return 0;
  const leaving = undoable(input, census.members, name);
  return Math.min(leaving.length, range.min - census.counts[name]);
}
