/** Which machines go, and how far each of them gets in one pass. */
import type { Member } from './census.js';
import type { MachineAction, RemovalGoal, Step } from './decision.js';
import { isInOtherHands, type PlanContext } from './plan-context.js';
import { reason, type Reason } from './reason.js';

export interface PlannedRemovals {
  readonly actions: readonly MachineAction[];
  readonly reasons: readonly Reason[];
}

function act(
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
  // Draining ends at once: the deadline is when stop is sent, never a reason to force.
  const deadline = new Date(context.input.now.wallMs).toISOString();
  return {
    ...base,
    mark: { machine: machineId, goal: kind as RemovalGoal, reason: why.detail, deadline },
  };
}

/** A machine that can be destroyed as it is. */
function isIdle({ machine, heading }: Member): boolean {
  return machine.state === heading && heading !== 'started';
}

/** Removals under way, on to their next steps, or taken back. */
export function advanceRemovals(context: PlanContext): {
  readonly undos: readonly MachineAction[];
  readonly going: readonly MachineAction[];
  readonly reasons: readonly Reason[];
} {
  const { proposal } = context;
  const marked = context.members.filter((m) => m.mark !== null && m.isHealthy);
  const undos: MachineAction[] = [];
  const going: MachineAction[] = [];
  const waiting: string[] = [];
  const staying = fitByGroup(context);
  const isLastFit = (m: Member): boolean =>
    m.mark?.goal === 'destroy' && context.standing.isFit(m) && (staying.get(m.group) ?? 0) === 0;
  for (const isDestroy of [true, false]) {
    const leaving = marked
      .filter((m) => (m.mark?.goal === 'destroy') === isDestroy)
      .sort((a, b) => undoRank(a) - undoRank(b) || (a.machine.id < b.machine.id ? -1 : 1));
    const due = isDestroy ? proposal.undoCreated : proposal.undoStarted;
    const mayGoOn = isDestroy ? proposal.mayShrinkCreated : proposal.mayShrinkStarted;
    const isOrphan = isDestroy
      ? context.input.policy.created === null
      : context.input.policy.started === null;
    for (const [index, member] of leaving.entries()) {
      if (index < due || (!mayGoOn && member.heading === 'started')) {
        undos.push(undo(context, member));
      } else if (isFinished(member) || (isOrphan && isIdle(member)))
        going.push(finish(context, member));
      else if (!mayGoOn || isInOtherHands(context, member) || isLastFit(member)) {
        waiting.push(member.machine.id);
      } else going.push(...goOn(context, member));
    }
  }
  const reasons = [
    ...(undos.length > 0 ? [reason('removal-undone', ids(undos))] : []),
    ...(waiting.length > 0 ? [reason('removal-waits', waiting.join(', '))] : []),
  ];
  return { undos: undos.filter((action) => action.steps.length > 0), going, reasons };
}

function ids(actions: readonly MachineAction[]): string {
  return actions.map((action) => action.machineId).join(', ');
}

/** Those that still run are back soonest, those that stop come last. */
function undoRank(member: Member): number {
  if (member.heading === 'started') return 0;
  return isIdle(member) ? 1 : 2;
}

/** Taking a removal back: uncordon, start, unmark, in that order; a machine that is stopping must stop first. */
function undo(context: PlanContext, member: Member): MachineAction {
  const { machine, heading } = member;
  const steps: Step[] = machine.isCordoned ? ['uncordon'] : [];
  if (heading !== 'started') {
    if (isIdle(member)) steps.push('start', 'unmark');
  } else {
    steps.push('unmark');
  }
  return act(context, member, 'undo', steps, reason('removal-undone', machine.id));
}

function isFinished(member: Member): boolean {
  return member.mark?.goal !== 'destroy' && isIdle(member);
}

function finish(context: PlanContext, member: Member): MachineAction {
  const steps: Step[] = member.machine.isCordoned ? ['uncordon', 'unmark'] : ['unmark'];
  return act(context, member, 'finish', steps, context.shrink);
}

function goOn(context: PlanContext, member: Member): MachineAction[] {
  const { machine, mark } = member;
  if (mark === null) return [];
  if (isIdle(member)) return [act(context, member, 'destroy', ['destroy'], context.shrink)];
  if (machine.state !== 'started') return [];
  const leave: Step = mark.goal === 'suspend' ? 'suspend' : 'stop';
  const steps: Step[] = machine.isCordoned ? [leave] : ['cordon', leave];
  return [act(context, member, mark.goal, steps, context.shrink)];
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

/** How many machines fit to be cloned each group keeps, not counting those that are leaving. */
function fitByGroup(context: PlanContext): Map<string, number> {
  const left = new Map<string, number>();
  for (const member of context.members) {
    if (member.mark?.goal === 'destroy' || !context.standing.isFit(member)) continue;
    left.set(member.group, (left.get(member.group) ?? 0) + 1);
  }
  return left;
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
