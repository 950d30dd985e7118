import type { Member } from '../machines/census.js';
import type { MachineAction, RemovalGoal, Step } from '../model/decision.js';
import { isDraining } from '../model/removal-rules.js';
import type { PlanContext } from './plan-context.js';
import type { Reason } from '../model/reason.js';

/** One pass's worth of work on a machine; a removal that begins gets its mark. */
export function act(
  context: PlanContext,
  { machine, mark }: Member,
  kind: MachineAction['kind'],
  steps: readonly Step[],
  why: Reason,
): MachineAction {
  const { id: machineId, region, version } = machine;
  const base = { kind, machineId, region, version, steps, reason: why };
  if (mark !== null) return { ...base, mark };
  if (!steps.includes('mark')) return base;
  const { now, policy } = context.input;
  // The deadline is when stop is sent at the latest, never a reason to force. Without draining that is at once.
  const drainMs = isDraining(policy.removal) ? policy.removal.drainTimeoutMs : 0;
  const deadline = new Date(now.wallMs + drainMs).toISOString();
  return {
    ...base,
    mark: { machine: machineId, goal: kind as RemovalGoal, reason: why.detail, deadline },
  };
}

/** False: it goes on with a removal that an earlier pass began. */
export function isBeginning({ reason: { code } }: MachineAction): boolean {
  return code !== 'removal-under-way';
}
