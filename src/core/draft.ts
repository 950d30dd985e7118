/** The proposal on its way through the steps. */
import type { Census } from './census.js';
import type { CountProposal, DecisionInput } from './decision.js';
import type { Reason } from './reason.js';

export interface Draft {
  readonly created: CountProposal | null;
  readonly started: CountProposal | null;
  readonly mayShrinkCreated: boolean;
  readonly mayShrinkStarted: boolean;
  readonly isHeld: boolean;
  readonly reasons: readonly Reason[];
}

export interface StepContext {
  readonly input: DecisionInput;
  readonly census: Census;
}

/** Takes the draft, may lower what it changes, appends its reason; overwrites none. */
export type DecisionStep = (draft: Draft, context: StepContext) => Draft;

export type CountName = 'created' | 'started';
export const COUNT_NAMES: readonly CountName[] = ['created', 'started'];

/** Above zero: machines to add. Below: machines to take. */
export function changeOf(count: CountProposal | null): number {
  return count === null ? 0 : count.wanted - count.current;
}

/** The draft with one count limited to a change of at most `most` machines in its direction, and why. */
export function limitChange(draft: Draft, name: CountName, most: number, why: Reason): Draft {
  const count = draft[name];
  const change = changeOf(count);
  if (count === null || Math.abs(change) <= most) return draft;
  const wanted = count.current + Math.sign(change) * Math.max(0, most);
  return { ...draft, [name]: { ...count, wanted }, reasons: [...draft.reasons, why] };
}
