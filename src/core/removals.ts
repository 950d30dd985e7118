/** Which machines go: those that cost nobody anything first. */
import type { Member } from './census.js';
import type { MachineAction, Step } from './decision.js';
import { act, isIdle } from './machine-action.js';
import { isInOtherHands, type PlanContext } from './plan-context.js';
import { reason, type Reason } from './reason.js';
import { RemovalOrder } from './removal-order.js';
import { Stock } from './stock.js';

export interface PlannedRemovals {
  readonly actions: readonly MachineAction[];
  readonly reasons: readonly Reason[];
}

/** Chooses `wanted` machines to destroy: idle ones at once, started ones over several passes. */
export function planDestroys(
  context: PlanContext,
  wanted: number,
  startedToSpare: number,
): PlannedRemovals {
  const chosen: Member[] = [];
  const blocked: Reason[] = [];
  const stock = new Stock(context);
  let spare = startedToSpare;
  const order = new RemovalOrder(context.members, removable(context));
  while (chosen.length < wanted) {
    const next = order.next();
    if (next === null) break;
    if (stock.isLast(next)) {
      blocked.push(reason('last-machine', next.machine.id));
    } else if (next.heading === 'started' && spare <= 0) {
      blocked.push(reason('started-floor', next.machine.id));
    } else {
      stock.take(next);
      if (next.heading === 'started') spare -= 1;
      chosen.push(next);
      order.take(next);
    }
  }
  const actions = chosen.map((member) => {
    const steps: Step[] = isIdle(member) ? ['destroy'] : ['mark', 'cordon', 'stop'];
    return act(context, member, 'destroy', steps, context.shrink);
  });
  return { actions, reasons: [...blocked.slice(0, 1), ...short(wanted, chosen.length, blocked)] };
}

/** Chooses `wanted` machines to stop. */
export function planStops(
  context: PlanContext,
  wanted: number,
  destroyed: ReadonlySet<string>,
): PlannedRemovals {
  const candidates = removable(context).filter(
    (m) => m.heading === 'started' && !destroyed.has(m.machine.id),
  );
  const chosen: Member[] = [];
  const order = new RemovalOrder(context.members, candidates);
  while (chosen.length < wanted) {
    const next = order.next();
    if (next === null) break;
    chosen.push(next);
    order.take(next);
  }
  const actions = chosen.map((member) =>
    act(context, member, 'stop', ['mark', 'cordon', 'stop'], context.shrink),
  );
  return { actions, reasons: short(wanted, chosen.length, []) };
}

function short(wanted: number, chosen: number, blocked: readonly Reason[]): Reason[] {
  if (chosen >= wanted || blocked.length > 0) return [];
  return [reason('no-removal-candidate', `${wanted} wanted, ${chosen} possible`)];
}

function removable(context: PlanContext): Member[] {
  return context.members.filter(
    (m) =>
      m.isHealthy &&
      m.mark === null &&
      m.machine.state === m.heading &&
      !isInOtherHands(context, m),
  );
}
