/** How a policy's history goes on: after each proposal, before and after what it does. */
import type { Action, ActionOutcome, DecisionInput, Plan, Proposal } from '../model/decision.js';
import { historyOf, horizonsOf } from './history.js';
import type { Horizons } from './history.js';
import type { Instant } from '../time/instant.js';
import type { Machine } from '../model/machine.js';
import { removalMark } from '../machines/marks.js';
import { ANY_METRIC } from '../model/missing.js';
import type { CountName } from '../model/count.js';
import type {
  AppMemory,
  CountChange,
  CountHistory,
  PastRecommendation,
  PolicyHistory,
  Reach,
} from '../model/app-memory.js';

/**
 * Takes in what was recommended; where nothing is new, the memory is the same. Without rules that look back there is no
 * history: what happens meanwhile would be missing from it when such rules come back.
 */
export function afterProposal(
  memory: AppMemory,
  input: DecisionInput,
  proposal: Proposal,
): AppMemory {
  const { policy, now } = input;
  const horizons = horizonsOf(policy);
  const known = memory.histories[policy.name];
  const before = historyOf({ policy, memory, now }, proposal.counts);
  if (horizons === null || before === null) {
    return known === undefined ? memory : withoutHistory(memory, policy.name);
  }
  const created = recommend(before.created, proposal.created?.noted, horizons.reach, now);
  const started = recommend(before.started, proposal.started?.noted, horizons.reach, now);
  const missingSinceMs = missing(before.missingSinceMs, horizons, input);
  const isSame =
    before === known &&
    created === before.created &&
    started === before.started &&
    missingSinceMs === before.missingSinceMs;
  if (isSame) return memory;
  return withHistory(memory, policy.name, { ...before, created, started, missingSinceMs });
}

export function withHistory(memory: AppMemory, policy: string, history: PolicyHistory): AppMemory {
  return { ...memory, histories: { ...memory.histories, [policy]: history } };
}

export function withoutHistory(memory: AppMemory, policy: string): AppMemory {
  const { [policy]: _gone, ...histories } = memory.histories;
  return { ...memory, histories };
}

function recommend(
  history: CountHistory,
  count: number | undefined,
  reach: Reach,
  { elapsedMs: nowMs }: Instant,
): CountHistory {
  const last = history.recommended;
  if (count === undefined || count === last?.count) return withinReach(history, reach, nowMs);
  const ended = last === null ? [] : [{ count: last.count, untilMs: nowMs }];
  const recommended = { count, sinceMs: nowMs };
  const higher = descending([...history.higher, ...ended], count);
  const lower = ascending([...history.lower, ...ended], count);
  return withinReach({ ...history, recommended, higher, lower }, reach, nowMs);
}

/** What has left the windows says nothing more, and an app with a past that still says something is not left alone. */
function withinReach(
  history: CountHistory,
  { upWindowMs, downWindowMs }: Reach,
  nowMs: number,
): CountHistory {
  const within = (past: readonly PastRecommendation[], windowMs: number) =>
    past.filter(({ untilMs }) => untilMs > nowMs - windowMs);
  const higher = within(history.higher, downWindowMs);
  const lower = within(history.lower, upWindowMs);
  const isSame = higher.length === history.higher.length && lower.length === history.lower.length;
  return isSame ? history : { ...history, higher, lower };
}

/** Those that are higher than all after them. */
function descending(past: readonly PastRecommendation[], newest: number): PastRecommendation[] {
  let most = newest;
  const kept: PastRecommendation[] = [];
  for (const each of past.toReversed()) {
    if (each.count <= most) continue;
    kept.push(each);
    most = each.count;
  }
  return kept.reverse();
}

function ascending(past: readonly PastRecommendation[], newest: number): PastRecommendation[] {
  const mirror = (list: readonly PastRecommendation[]) =>
    list.map(({ count, untilMs }) => ({ count: -count, untilMs }));
  return mirror(descending(mirror(past), -newest));
}

function missing(
  before: Readonly<Record<string, number>>,
  { awaited }: Horizons,
  { samples, now }: DecisionInput,
): Readonly<Record<string, number>> {
  const names = awaited.includes(ANY_METRIC) ? [...samples.keys(), ...awaited] : awaited;
  const isMissing = (name: string): boolean =>
    name !== ANY_METRIC && samples.get(name)?.kind !== 'value';
  const after = new Map(
    names.filter(isMissing).map((name) => [name, before[name] ?? now.elapsedMs] as const),
  );
  const isSame =
    after.size === Object.keys(before).length &&
    [...after].every(([name, sinceMs]) => before[name] === sinceMs);
  return isSame ? before : Object.fromEntries(after);
}

/** What the plan may use of limits and budgets, as if all of it came to pass at `atMs`: the last moment that it can. */
export function withReserved(
  history: PolicyHistory,
  input: DecisionInput,
  plan: Plan,
  atMs: number,
): PolicyHistory {
  const actions: Action[] = [...plan.starts, ...plan.creates, ...plan.removals];
  const used = actions.flatMap((action): Deed[] => {
    const deed = deedOf(action, input);
    return deed === null || deed.isUndo ? [] : [deed];
  });
  return used.length === 0 ? history : note(history, used, input, atMs);
}

/** What was done in the end. `history`: as it was before anything of it was reserved. */
export function withOutcomes(
  history: PolicyHistory,
  input: DecisionInput,
  outcomes: readonly ActionOutcome[],
  now: Instant,
): PolicyHistory {
  const done = outcomes.flatMap((outcome): Deed[] => {
    const deed = deedOf(outcome.action, input);
    const certainty = deed === null ? 'no' : certaintyOf(outcome);
    if (deed === null || certainty === 'no') return [];
    return certainty === 'yes' ? [deed] : deed.isUndo ? [] : [{ ...deed, isInDoubt: true }];
  });
  return done.length === 0 ? history : note(history, done, input, now.elapsedMs);
}

/** What one action means for the counts; null: nothing that counts. */
interface Deed {
  readonly created: number;
  readonly started: number;
  /** The machine; null: it is yet to be made. */
  readonly machineId: string | null;
  /** Its removal is taken back. */
  readonly isUndo: boolean;
  readonly isInDoubt?: true;
}

function deedOf(action: Action, { look }: DecisionInput): Deed | null {
  const machineId = action.kind === 'create' ? null : action.machineId;
  const deed = (created: number, started: number, isUndo = false): Deed => ({
    created,
    started,
    machineId,
    isUndo,
  });
  if (action.kind === 'create') return deed(1, action.isLaunched ? 1 : 0);
  const machine = look.machines.find(({ id }) => id === machineId);
  const mark = machine === undefined ? null : removalMark(machine);
  switch (action.kind) {
    case 'start':
      return deed(0, 1);
    case 'undo':
      return deed(mark?.goal === 'destroy' ? 1 : 0, 1, true);
    case 'finish':
      return null;
    case 'destroy':
    case 'stop':
    case 'suspend':
      // A removal that goes on was counted when it began.
      if (mark !== null) return null;
      return deed(action.kind === 'destroy' ? -1 : 0, runs(machine) ? -1 : 0);
  }
}

function runs(machine: Machine | undefined): boolean {
  return machine?.state === 'started';
}

/** Answers that leave it open whether a create took effect. */
const OPEN_CODES: ReadonlySet<string> = new Set([
  'aborted',
  'fly-timeout',
  'fly-unreachable',
  'fly-unavailable',
  'fly-bad-answer',
  'fly-name-taken',
  'fly-conflict',
]);

function certaintyOf(outcome: ActionOutcome): 'yes' | 'no' | 'doubt' {
  const { action, result, stepsDone, failedStep, errorCode } = outcome;
  if (result === 'dry') return 'no';
  if (action.kind === 'create') {
    if (result === 'done') return 'yes';
    return result === 'failed' && OPEN_CODES.has(errorCode ?? '') ? 'doubt' : 'no';
  }
  if (action.kind === 'undo') return stepsDone.includes('unmark') ? 'yes' : 'no';
  if (stepsDone.length > 0) return 'yes';
  return failedStep === undefined ? 'no' : 'doubt';
}

function note(
  history: PolicyHistory,
  deeds: readonly Deed[],
  { policy, now }: DecisionInput,
  atMs: number,
): PolicyHistory {
  const horizons = horizonsOf(policy);
  if (horizons === null) return history;
  const { periodMs } = horizons.reach;
  const changed = (name: CountName): CountHistory => {
    const recent = history[name].changes.filter((each) => each.atMs > now.elapsedMs - periodMs);
    const changes =
      periodMs === 0
        ? []
        : deeds.reduce<readonly CountChange[]>((all, deed) => add(all, deed, name, atMs), recent);
    return { ...history[name], changes };
  };
  return {
    ...history,
    created: changed('created'),
    started: changed('started'),
    lastActionAtMs: atMs,
  };
}

function add(
  changes: readonly CountChange[],
  deed: Deed,
  name: CountName,
  atMs: number,
): readonly CountChange[] {
  const { [name]: change, machineId, isUndo, isInDoubt } = deed;
  if (change === 0) return changes;
  if (isUndo) return changes.flatMap((each) => withoutRemovalOf(machineId, each));
  const added: CountChange = {
    atMs,
    change,
    ...(isInDoubt === true ? { isInDoubt } : {}),
    ...(change < 0 && machineId !== null ? { machineIds: [machineId] } : {}),
  };
  const last = changes.at(-1);
  if (last === undefined || !isAlike(last, added)) return [...changes, added];
  return [...changes.slice(0, -1), joined(last, added)];
}

function isAlike(one: CountChange, other: CountChange): boolean {
  return (
    one.atMs === other.atMs &&
    Math.sign(one.change) === Math.sign(other.change) &&
    one.isInDoubt === other.isInDoubt
  );
}

function joined(one: CountChange, other: CountChange): CountChange {
  const machineIds = [...(one.machineIds ?? []), ...(other.machineIds ?? [])];
  const change = one.change + other.change;
  return { ...one, change, ...(machineIds.length === 0 ? {} : { machineIds }) };
}

/** One that no period reaches any more is not among the changes: its undo gives nothing back. */
function withoutRemovalOf(machineId: string | null, change: CountChange): CountChange[] {
  const others = change.machineIds?.filter((id) => id !== machineId);
  if (others === undefined || others.length === change.machineIds?.length) return [change];
  return others.length === 0 ? [] : [{ ...change, change: -others.length, machineIds: others }];
}
