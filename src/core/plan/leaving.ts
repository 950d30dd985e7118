/** Removals under way: on to their next steps, or taken back. */
import { isIdle, type Member } from '../machines/census.js';
import { boundsOf, type MachineAction, type Proposal, type Step } from '../model/decision.js';
import { drainOf } from '../machines/drain.js';
import { act } from './machine-action.js';
import { isInOtherHands, isProtectedNow, type PlanContext } from './plan-context.js';
import { reason, type Reason } from '../model/reason.js';
import { existsInRegion, RegionFloor, runsInRegion } from './regions.js';
import { isDraining } from '../model/removal-rules.js';
import { Stock } from './stock.js';
import { isOutOfReach, undoable } from '../target/undoable.js';
import type { CountName } from '../model/count.js';

/*
 *   marked, started ──► cordon, drain, stop ──► stopping ──► stopped ──► destroy          (goal destroy)
 *        │                                                      ├──────► uncordon, unmark (goal stop, suspend)
 *        └──── undo: uncordon, unmark                           └──────► undo: uncordon, start, unmark
 *
 * The mark in the machine's metadata is all that is needed to go on after a restart.
 */

export interface Leaving {
  readonly undos: readonly MachineAction[];
  readonly going: readonly MachineAction[];
  readonly reasons: readonly Reason[];
}

const NONE_LEAVING: Leaving = { undos: [], going: [], reasons: [] };

export function advanceRemovals(context: PlanContext): Leaving {
  const { proposal, input } = context;
  const marked = context.members.filter((m) => m.mark !== null && m.isHealthy);
  if (marked.length === 0) return NONE_LEAVING;
  const [destroys, stops] = [true, false].map((isDestroy) =>
    marked.filter((m) => (m.mark?.goal === 'destroy') === isDestroy),
  );
  const parts = [
    advance(context, destroys ?? [], {
      needed: neededAgain(context, marked, 'created'),
      mayGoOn: proposal.mayShrinkCreated && !isShort(proposal, 'created'),
      isOrphan: input.policy.created === null && input.policy.spare === null,
    }),
    advance(context, stops ?? [], {
      needed: neededAgain(context, marked, 'started'),
      mayGoOn: proposal.mayShrinkStarted && !isShort(proposal, 'started'),
      isOrphan: input.policy.started === null,
    }),
  ];
  const undone = parts.flatMap((part) => part.undone);
  const waiting = parts.flatMap((part) => part.waiting);
  const draining = parts.flatMap((part) => part.draining);
  const spared = marked.filter((m) => isProtectedNow(input, m));
  return {
    undos: undone.map((m) => undo(context, m)).filter((action) => action.steps.length > 0),
    going: parts.flatMap((part) => part.going),
    reasons: [
      ...(undone.length > 0 ? [reason('removal-undone', ids(undone))] : []),
      ...(waiting.length > 0 ? [reason('removal-waits', ids(waiting))] : []),
      ...(draining.length > 0 ? [reason('draining', draining.join('; '))] : []),
      ...(spared.length > 0 ? [reason('protected', ids(spared))] : []),
    ],
  };
}

/** Those that are taken back: the count needs them, their region does, or somebody has protected them since. */
function neededAgain(
  { input, proposal, members }: PlanContext,
  marked: readonly Member[],
  name: CountName,
): readonly Member[] {
  const isDestroy = name === 'created';
  const candidates = undoable(input, marked, name);
  const counted = candidates.slice(0, isDestroy ? proposal.undoCreated : proposal.undoStarted);
  const rest = candidates.slice(counted.length);
  const { policy } = input;
  const isOfRunning = policy.created === null && policy.spare === null;
  const stands = isDestroy ? existsInRegion : runsInRegion;
  const limits = isDestroy || isOfRunning ? policy.regionLimits : {};
  const floor = new RegionFloor(
    limits,
    members.filter((m) => stands(m) || counted.includes(m)),
    () => true,
  );
  // A machine that has come to rest where it should has been taken already.
  const open = rest.filter((m) => isDestroy || m.heading === 'started');
  const spared = open.filter((m) => isProtectedNow(input, m));
  return [...counted, ...spared, ...floor.lacking(open.filter((m) => !spared.includes(m)))];
}

/**
 * Even with all that can be taken back, fewer stay than are wanted: nothing goes on meanwhile. It may be taken back
 * later, when it is no longer leased or its host has room again, unless others stand in for it by then.
 */
function isShort({ counts, ...proposal }: Proposal, name: CountName): boolean {
  const undos = name === 'created' ? proposal.undoCreated : proposal.undoStarted;
  const least = boundsOf(proposal[name])?.min ?? 0;
  return counts[name] + undos < least;
}

interface Terms {
  /** These are needed again. */
  readonly needed: readonly Member[];
  readonly mayGoOn: boolean;
  /** No policy wants this count any more. */
  readonly isOrphan: boolean;
}

interface Advance {
  readonly undone: readonly Member[];
  readonly waiting: readonly Member[];
  readonly going: readonly MachineAction[];
  /** Those that are waited for, each with what it is busy with. */
  readonly draining: readonly string[];
}

function advance(context: PlanContext, leaving: readonly Member[], terms: Terms): Advance {
  const stock = new Stock(context);
  const isLast = (m: Member): boolean => m.mark?.goal === 'destroy' && stock.isLast(m);
  const undone: Member[] = [...terms.needed];
  const waiting: Member[] = [];
  const going: MachineAction[] = [];
  const draining: string[] = [];
  for (const member of leaving) {
    if (terms.needed.includes(member)) continue;
    // What could not be taken back may be needed still when it can be, so it does not go on meanwhile.
    if (isOutOfReach(context.input, member)) waiting.push(member);
    else if (!terms.mayGoOn && member.heading === 'started') undone.push(member);
    else if (isFinished(member) || (terms.isOrphan && isIdle(member)))
      going.push(finish(context, member));
    else if (
      !terms.mayGoOn ||
      context.proposal.areRemovalsHeld === true ||
      isInOtherHands(context, member) ||
      isLast(member) ||
      isProtectedNow(context.input, member)
    )
      waiting.push(member);
    else {
      const next = goOn(context, member);
      if (typeof next === 'string') draining.push(next);
      else going.push(...next);
    }
  }
  return { undone, waiting, going, draining };
}

function ids(members: readonly Member[]): string {
  return members.map((m) => m.machine.id).join(', ');
}

/** Uncordon, start, unmark, in that order; a machine that is stopping must stop first. */
function undo(context: PlanContext, member: Member): MachineAction {
  const { machine } = member;
  const back: Step[] = isIdle(member) ? ['start', 'unmark'] : [];
  const steps: Step[] = [
    ...(machine.isCordoned ? (['uncordon'] as const) : []),
    ...(member.heading === 'started' ? (['unmark'] as const) : back),
  ];
  return act(context, member, 'undo', steps, reason('removal-undone', machine.id));
}

function isFinished(member: Member): boolean {
  return member.mark?.goal !== 'destroy' && isIdle(member);
}

function finish(context: PlanContext, member: Member): MachineAction {
  const steps: Step[] = member.machine.isCordoned ? ['uncordon', 'unmark'] : ['unmark'];
  return act(context, member, 'finish', steps, underWay(member));
}

/** Why it was begun; the pass that goes on with it may have no shrinking of its own. */
function underWay({ machine, mark }: Member): Reason {
  return reason('removal-under-way', mark?.reason || machine.id);
}

/** The next steps; a text when the machine is still draining. */
function goOn(context: PlanContext, member: Member): MachineAction[] | string {
  const { machine, mark } = member;
  if (mark === null) return [];
  if (isIdle(member)) return [act(context, member, 'destroy', ['destroy'], underWay(member))];
  if (machine.state !== 'started') return [];
  const { policy, memory, now } = context.input;
  if (isDraining(policy.removal)) {
    if (!machine.isCordoned) return [act(context, member, mark.goal, ['cordon'], underWay(member))];
    const { busy } = context;
    const drain = drainOf(mark, { rules: policy.removal, busy, drains: memory.drains, now });
    if (!drain.isOver) return `${machine.id}: ${drain.detail}`;
  }
  const isRefused = memory.suspendRefused[machine.id] === machine.version;
  const leave: Step = mark.goal === 'suspend' && !isRefused ? 'suspend' : 'stop';
  const steps: Step[] = machine.isCordoned ? [leave] : ['cordon', leave];
  return [act(context, member, mark.goal, steps, underWay(member))];
}
