/** Which machines go: those that cost nobody anything first. */
import type { Member } from './census.js';
import type { MachineAction, Step } from './decision.js';
import { act, fitByGroup, isIdle } from './machine-action.js';
import { isInOtherHands, type PlanContext } from './plan-context.js';
import { reason, type Reason } from './reason.js';

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
  const leftByGroup = fitByGroup(context);
  let spare = startedToSpare;
  const candidates = removable(context);
  while (chosen.length < wanted) {
    const next = pickNext(context, candidates, chosen);
    if (next === null) break;
    candidates.splice(candidates.indexOf(next), 1);
    const isFit = context.standing.isFit(next);
    const left = leftByGroup.get(next.group) ?? 0;
    if (isFit && left <= 1) {
      blocked.push(reason('last-machine', next.machine.id));
    } else if (next.heading === 'started' && spare <= 0) {
      blocked.push(reason('started-floor', next.machine.id));
    } else {
      if (isFit) leftByGroup.set(next.group, left - 1);
      if (next.heading === 'started') spare -= 1;
      chosen.push(next);
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
  while (chosen.length < wanted) {
    const next = pickNext(context, candidates, chosen);
    if (next === null) break;
    candidates.splice(candidates.indexOf(next), 1);
    chosen.push(next);
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

/** Failed machines are of no use; idle ones serve nobody; a started one costs somebody something. */
const RANK: Readonly<Record<string, number>> = {
  failed: 0,
  created: 1,
  stopped: 2,
  suspended: 3,
  started: 4,
};

/** Next to go: by use, then from the most crowded region, then the oldest release, then by id. */
function pickNext(
  context: PlanContext,
  candidates: readonly Member[],
  chosen: readonly Member[],
): Member | null {
  const crowd = new Map<string, number>();
  for (const member of context.members) {
    if (member.mark !== null || chosen.includes(member)) continue;
    crowd.set(member.machine.region, (crowd.get(member.machine.region) ?? 0) + 1);
  }
  const key = (m: Member): [number, number, number, string] => [
    RANK[m.heading] ?? 9,
    -(crowd.get(m.machine.region) ?? 0),
    Number(m.machine.metadata['fly_release_version'] ?? 0) || 0,
    m.machine.id,
  ];
  let best: Member | null = null;
  for (const member of candidates) {
    if (best === null || isBefore(key(member), key(best))) best = member;
  }
  return best;
}

function isBefore(a: readonly (number | string)[], b: readonly (number | string)[]): boolean {
  for (const [index, value] of a.entries()) {
    const other = b[index];
    if (other !== undefined && value !== other) return value < other;
  }
  return false;
}
