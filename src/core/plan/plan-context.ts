import { isLeasedByOthers, type Member } from '../machines/census.js';
import type { DecisionInput, Proposal } from '../model/decision.js';
import type { BusyOf } from '../machines/drain.js';
import { BLUE_GREEN_KEY } from '../machines/marks.js';
import { protectionOf } from '../machines/protect.js';
import type { Reason } from '../model/reason.js';
import type { Standing } from '../machines/source.js';
import type { CountName } from '../model/count.js';

export interface PlanContext {
  readonly input: DecisionInput;
  readonly proposal: Proposal;
  readonly members: readonly Member[];
  readonly standing: Standing;
  /** What each machine is busy with, by the policy's metric. */
  readonly busy: BusyOf;
  /** What the actions give as their reason, by the count that asks for them. */
  readonly growth: Readonly<Record<CountName, Reason>>;
  readonly shrink: Readonly<Record<CountName, Reason>>;
}

/**
 * Machines that others are at work on are never removed: leased, cordoned by somebody else,
 * or part of a blue-green deploy that is not complete.
 */
export function isInOtherHands(context: PlanContext, member: Member): boolean {
  const { release } = context.input.look;
  const isDeployed = release === 'unread' || release === null || release.status === 'complete';
  return (
    isLeasedByOthers(context.input, member) ||
    (member.machine.isCordoned && member.mark === null) ||
    (member.machine.metadata[BLUE_GREEN_KEY] !== undefined && !isDeployed)
  );
}

/** True when its users ask us to leave it alone. */
export function isProtectedNow({ now, memory }: DecisionInput, { machine }: Member): boolean {
  return protectionOf(machine, now.wallMs, memory.oldProtects) === 'own';
}
