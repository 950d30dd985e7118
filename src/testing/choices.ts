/** What a policy's rules make of machines, in short words for table tests of plans. */
import type { DecisionInput, Plan, RemovalGoal, Step } from '../core/model/decision.js';
import type { Machine } from '../core/model/machine.js';
import { observe } from '../core/memory/memory.js';
import { plan } from '../core/plan/plan.js';
import type { Policy } from '../core/model/policy.js';
import { propose } from '../core/decide/propose.js';
import type { Sample } from '../core/model/sample.js';
import { aMachine, anInput, aPolicy, aRange, samples, T0 } from './builders.js';
import { EMPTY_MEMORY } from '../core/model/app-memory.js';

/** The time of all these decisions. */
export const NOW = { wallMs: T0, elapsedMs: 1_000_000 };
/** Long enough ago for a zero to count. */
const SEEN_AGO_MS = 20_000;
export const DRAIN_TIMEOUT_MS = 600_000;

export type Busy = Readonly<Record<string, number>> | null;

/** Machines that were seen 20 s ago, a queue of 1, and what each of them is busy with. No caps. */
export function choiceInput(
  list: readonly Machine[],
  policy: Partial<Policy>,
  busy: Busy = null,
  rest: Partial<DecisionInput> = {},
): DecisionInput {
  const values: Record<string, Sample | number> = { queue: 1 };
  if (busy !== null) values['busy'] = { kind: 'instances', values: busy, atMs: T0 };
  const seen = { wallMs: T0, elapsedMs: NOW.elapsedMs - SEEN_AGO_MS };
  const base = anInput({
    policy: aPolicy({
      ...policy,
      caps: { maxMachinesPerApp: 1000, maxCreatePerPass: 1000, maxRemovePerPass: 1000 },
    }),
    samples: samples(values),
    look: { machines: list },
    memory: observe(EMPTY_MEMORY, list, seen),
    now: NOW,
  });
  return { ...base, ...rest };
}

export function planOf(decision: DecisionInput): Plan {
  let n = 0;
  return plan(decision, propose(decision), () => `fas-${++n}`);
}

export const want = (count: number): Partial<Policy> => ({ created: aRange(String(count)) });
export const run = (count: number): Partial<Policy> => ({ started: aRange(String(count)) });

/** Ids of the machines that the plan takes. */
export const taken = (decided: Plan): string[] => decided.removals.map((a) => a.machineId);

export const work = (actions: Plan['removals']): [string, string, readonly Step[]][] =>
  actions.map((action) => [action.machineId, action.kind, action.steps]);

/** Code -> detail. */
export const told = (decided: Plan): Record<string, string> =>
  Object.fromEntries(decided.reasons.map((r) => [r.code, r.detail]));

/** On its way out and cordoned; `agoMs`: since when. */
export function aLeaving(
  id: string,
  goal: RemovalGoal,
  agoMs: number,
  rest: Partial<Machine> = {},
): Machine {
  const deadline = new Date(T0 - agoMs + DRAIN_TIMEOUT_MS).toISOString();
  const mark = JSON.stringify({ machine: id, goal, reason: 'r', deadline });
  const metadata = { ...rest.metadata, 'fas-remove': mark };
  return aMachine({ id, isCordoned: true, ...rest, metadata });
}
