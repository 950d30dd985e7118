/** The proposal on its way through the steps. */
import type { Census } from '../machines/census.js';
import { changeOf, type CountProposal, type DecisionInput } from '../model/decision.js';
import type { Reason } from '../model/reason.js';
import type { CountName } from '../model/count.js';
import type { PolicyHistory } from '../model/app-memory.js';

export interface Draft {
  readonly created: CountProposal | null;
  readonly started: CountProposal | null;
  readonly mayShrinkCreated: boolean;
  readonly mayShrinkStarted: boolean;
  /** False: not even by taking removals back. */
  readonly mayGrowCreated: boolean;
  readonly mayGrowStarted: boolean;
  /** Counts whose metrics are not good enough to shrink on. */
  readonly unsure: ReadonlySet<CountName>;
  /** A release has been running for too long to be believed: nothing shrinks, whoever says so. */
  readonly isReleaseOverdue: boolean;
  readonly isHeld: boolean;
  readonly reasons: readonly Reason[];
}

export interface StepContext {
  readonly input: DecisionInput;
  readonly census: Census;
  /** Null: the policy has no rules that look back. */
  readonly history: PolicyHistory | null;
}

/** Takes the draft, may lower what it changes, appends its reason; overwrites none. */
export type DecisionStep = (draft: Draft, context: StepContext) => Draft;

/** The draft with one count limited to a change of at most `most` machines in its direction, and why. */
export function limitChange(draft: Draft, name: CountName, most: number, why: Reason): Draft {
  const count = draft[name];
  const change = changeOf(count);
  if (count === null || Math.abs(change) <= most) return draft;
  const wanted = count.current + Math.sign(change) * Math.max(0, most);
  return { ...draft, [name]: { ...count, wanted }, reasons: [...draft.reasons, why] };
}

/** The draft with one count brought to another number, and why. */
export function bring(draft: Draft, name: CountName, wanted: number, why: Reason): Draft {
  const count = draft[name];
  if (count === null || count.wanted === wanted) return draft;
  return { ...draft, [name]: { ...count, wanted }, reasons: [...draft.reasons, why] };
}

export function mayShrink(draft: Draft, name: CountName): boolean {
  return name === 'created' ? draft.mayShrinkCreated : draft.mayShrinkStarted;
}

/** The draft without the change of one count, and without any removal under way going on. */
export function forbidShrinking(draft: Draft, name: CountName): Draft {
  const flag = name === 'created' ? 'mayShrinkCreated' : 'mayShrinkStarted';
  return { ...keepIf(draft, name, changeOf(draft[name]) < 0), [flag]: false };
}

/** The draft without any growth of one count. */
export function forbidGrowing(draft: Draft, name: CountName): Draft {
  const flag = name === 'created' ? 'mayGrowCreated' : 'mayGrowStarted';
  return { ...keepIf(draft, name, changeOf(draft[name]) > 0), [flag]: false };
}

function keepIf(draft: Draft, name: CountName, isKept: boolean): Draft {
  const count = draft[name];
  return count === null || !isKept
    ? draft
    : { ...draft, [name]: { ...count, wanted: count.current } };
}

/** The draft with nothing to do, not even to go on with removals under way or to take them back. */
export function keepAll(draft: Draft): Draft {
  const keep = (count: CountProposal | null): CountProposal | null =>
    count === null ? null : { ...count, wanted: count.current };
  return {
    ...draft,
    created: keep(draft.created),
    started: keep(draft.started),
    mayShrinkCreated: false,
    mayShrinkStarted: false,
    isHeld: true,
  };
}
