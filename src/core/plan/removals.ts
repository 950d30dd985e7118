/** Which machines go: those that cost nobody anything first. */
import { isIdle, type Member } from '../machines/census.js';
import type { MachineAction, RemovalGoal, Step } from '../model/decision.js';
import { act } from './machine-action.js';
import { isInOtherHands, isProtectedNow, type PlanContext } from './plan-context.js';
import { reason, type Reason } from '../model/reason.js';
import { existsInRegion, RegionFloor, runsInRegion } from './regions.js';
import { RemovalOrder } from './removal-order.js';
import { isDraining } from '../model/removal-rules.js';
import { Stock } from './stock.js';
import { whyNotSuspend } from '../machines/suspend.js';
import type { RegionLimits } from '../model/region-limits.js';

export interface PlannedRemovals {
  readonly actions: readonly MachineAction[];
  readonly reasons: readonly Reason[];
}

const NONE: PlannedRemovals = { actions: [], reasons: [] };

/** Chooses `wanted` machines to destroy: idle ones at once, started ones over several passes. */
export function planDestroys(
  context: PlanContext,
  wanted: number,
  startedToSpare: number,
): PlannedRemovals {
  if (wanted <= 0) return NONE;
  const stock = new Stock(context);
  const stand = { limits: context.input.policy.regionLimits, counts: existsInRegion };
  const floor = new RegionFloor(stand.limits, context.members, stand.counts);
  let spare = startedToSpare;
  const { chosen, blocked } = choose(context, removable(context), wanted, {
    ...stand,
    whyNot(member) {
      const { id } = member.machine;
      if (stock.isLast(member)) return reason('last-machine', id);
      if (floor.holds(member)) return reason('region-minimum', atMinimum(member));
      const isTooMany = member.heading === 'started' && spare <= 0;
      return isTooMany ? reason('started-floor', id) : null;
    },
    take(member) {
      stock.take(member);
      floor.take(member);
      if (member.heading === 'started') spare -= 1;
    },
  });
  const actions = chosen.map((member) => {
    const steps: Step[] = isIdle(member) ? ['destroy'] : leaveSteps(context, 'stop');
    return act(context, member, 'destroy', steps, context.shrink.created);
  });
  const reasons = [...spared(context, () => true), ...short(wanted, chosen.length, blocked)];
  return { actions, reasons };
}

/** Chooses `wanted` machines to stop, or to suspend where the policy says so and Fly can. */
export function planStops(
  context: PlanContext,
  wanted: number,
  destroyed: ReadonlySet<string>,
): PlannedRemovals {
  if (wanted <= 0) return NONE;
  const { policy } = context.input;
  // Where machines are created too, a region's limits are those of machines that exist.
  const limits = policy.created === null && policy.spare === null ? policy.regionLimits : {};
  const staysUp = (m: Member): boolean => runsInRegion(m) && !destroyed.has(m.machine.id);
  const stand = { limits, counts: staysUp };
  const floor = new RegionFloor(stand.limits, context.members, stand.counts);
  const candidates = removable(context).filter((m) => isRunning(m) && !destroyed.has(m.machine.id));
  const { chosen, blocked } = choose(context, candidates, wanted, {
    ...stand,
    whyNot: (member) => (floor.holds(member) ? reason('region-minimum', atMinimum(member)) : null),
    take: (member) => floor.take(member),
  });
  const obstacles = chosen.map((member) => obstacleToSuspend(context, member));
  const actions = chosen.map((member, index) => {
    const isSuspended = policy.removal.scaleIn === 'suspend' && obstacles[index] === null;
    const goal: RemovalGoal = isSuspended ? 'suspend' : 'stop';
    return act(context, member, goal, leaveSteps(context, goal), context.shrink.started);
  });
  const reasons = [...spared(context, isRunning), ...short(wanted, chosen.length, blocked)];
  const stopped = chosen.flatMap(({ machine }, index) => {
    const why = obstacles[index] ?? null;
    return why === null ? [] : [`${machine.id}: ${why}`];
  });
  if (stopped.length > 0) reasons.push(reason('cannot-suspend', stopped.join('; ')));
  return { actions, reasons };
}

/** Why a machine that should be suspended is stopped; null: it is suspended, or nobody wants that. */
function obstacleToSuspend({ input }: PlanContext, { machine }: Member): string | null {
  if (input.policy.removal.scaleIn !== 'suspend') return null;
  const isRefused = input.memory.suspendRefused[machine.id] === machine.version;
  return isRefused ? 'Fly refused to suspend it' : whyNotSuspend(machine);
}

interface Choice {
  readonly limits: RegionLimits;
  /** Which machines stand for their region. */
  readonly counts: (member: Member) => boolean;
  /** Null when nothing speaks against it. */
  readonly whyNot: (member: Member) => Reason | null;
  readonly take: (member: Member) => void;
}

function choose(
  context: PlanContext,
  candidates: readonly Member[],
  wanted: number,
  { limits, counts, whyNot, take }: Choice,
): { readonly chosen: readonly Member[]; readonly blocked: readonly Reason[] } {
  const chosen: Member[] = [];
  const blocked: Reason[] = [];
  const preferences = { busy: context.busy, limits, counts };
  const order = new RemovalOrder(context.members, candidates, preferences);
  while (chosen.length < wanted) {
    const next = order.next();
    if (next === null) break;
    const why = whyNot(next);
    if (why !== null) {
      blocked.push(why);
      continue;
    }
    take(next);
    chosen.push(next);
    order.take(next);
  }
  return { chosen, blocked };
}

/** A machine that is waited for stops in a later pass, on values from after its cordon. */
function leaveSteps({ input }: PlanContext, leave: Step): Step[] {
  return isDraining(input.policy.removal) ? ['mark', 'cordon'] : ['mark', 'cordon', leave];
}

/** Names those that would be candidates, were they not protected. */
function spared(context: PlanContext, isMeant: (member: Member) => boolean): Reason[] {
  const ids = context.members
    .filter((m) => isMeant(m) && isAvailable(context, m) && isProtectedNow(context.input, m))
    .map((m) => m.machine.id);
  return ids.length > 0 ? [reason('protected', ids.join(', '))] : [];
}

/** Why fewer go than are too many. */
function short(wanted: number, chosen: number, blocked: readonly Reason[]): Reason[] {
  if (blocked.length > 0) return blocked.slice(0, 1);
  if (chosen >= wanted) return [];
  return [reason('no-removal-candidate', `${wanted} wanted, ${chosen} possible`)];
}

function isRunning(member: Member): boolean {
  return member.heading === 'started';
}

function atMinimum({ machine: { id, region } }: Member): string {
  return `${id} stays: ${region} has no more than its minimum`;
}

function removable(context: PlanContext): Member[] {
  return context.members.filter(
    (m) => isAvailable(context, m) && !isProtectedNow(context.input, m),
  );
}

function isAvailable(context: PlanContext, member: Member): boolean {
  return (
    member.isHealthy &&
    member.mark === null &&
    member.machine.state === member.heading &&
    !isInOtherHands(context, member)
  );
}
