/** Removals under way: on to their next steps, or taken back. */
import type { Member } from './census.js';
import type { MachineAction, Proposal, Step } from './decision.js';
import type { CountName } from './draft.js';
import { act, isIdle } from './machine-action.js';
import { isInOtherHands, isLeasedByOthers, type PlanContext } from './plan-context.js';
import { reason, type Reason } from './reason.js';
import { Stock } from './stock.js';
import { undoable } from './undoable.js';

/*
 *   marked, started ──► cordon, stop ──► stopping ──► stopped ──► destroy                 (goal destroy)
 *        │                                               ├──────► uncordon, unmark        (goal stop, suspend)
 *        └──── undo: uncordon, unmark                    └──────► undo: uncordon, start, unmark
 *
 * The mark in the machine's metadata is all that is needed to go on after a restart.
 */

export interface Leaving {
  readonly undos: readonly MachineAction[];
  readonly going: readonly MachineAction[];
  readonly reasons: readonly Reason[];
}

export function advanceRemovals(context: PlanContext): Leaving {
  const { proposal, input } = context;
  const marked = context.members.filter((m) => m.mark !== null && m.isHealthy);
  const [destroys, stops] = [true, false].map((isDestroy) =>
    marked.filter((m) => (m.mark?.goal === 'destroy') === isDestroy),
  );
  const parts = [
    advance(context, destroys ?? [], {
      needed: undoable(input, marked, 'created').slice(0, proposal.undoCreated),
      mayGoOn: proposal.mayShrinkCreated && !isShort(proposal, 'created'),
      isOrphan: input.policy.created === null,
    }),
    advance(context, stops ?? [], {
      needed: undoable(input, marked, 'started').slice(0, proposal.undoStarted),
      mayGoOn: proposal.mayShrinkStarted && !isShort(proposal, 'started'),
      isOrphan: input.policy.started === null,
    }),
  ];
  const undone = parts.flatMap((part) => part.undone);
  const waiting = parts.flatMap((part) => part.waiting);
  return {
    undos: undone.map((m) => undo(context, m)).filter((action) => action.steps.length > 0),
    going: parts.flatMap((part) => part.going),
    reasons: [
      ...(undone.length > 0 ? [reason('removal-undone', ids(undone))] : []),
      ...(waiting.length > 0 ? [reason('removal-waits', ids(waiting))] : []),
    ],
  };
}

/**
 * Even with all that can be taken back, fewer stay than are wanted: nothing goes on meanwhile. It may be taken back
 * later, when it is no longer leased or its host has room again, unless others stand in for it by then.
 */
function isShort({ counts, ...proposal }: Proposal, name: CountName): boolean {
  const undos = name === 'created' ? proposal.undoCreated : proposal.undoStarted;
  const least = proposal[name]?.target?.min ?? 0;
  return counts[name] + undos < least;
}

interface Terms {
  /** These are needed again. */
  readonly needed: readonly Member[];
  readonly mayGoOn: boolean;
  /** No policy wants this count any more. */
  readonly isOrphan: boolean;
}

function advance(
  context: PlanContext,
  leaving: readonly Member[],
  terms: Terms,
): { undone: Member[]; waiting: Member[]; going: MachineAction[] } {
  const stock = new Stock(context);
  const isLast = (m: Member): boolean => m.mark?.goal === 'destroy' && stock.isLast(m);
  const undone: Member[] = [...terms.needed];
  const waiting: Member[] = [];
  const going: MachineAction[] = [];
  for (const member of leaving) {
    if (terms.needed.includes(member)) continue;
    if (isLeasedByOthers(context.input, member)) waiting.push(member);
    else if (!terms.mayGoOn && member.heading === 'started') undone.push(member);
    else if (isFinished(member) || (terms.isOrphan && isIdle(member)))
      going.push(finish(context, member));
    else if (!terms.mayGoOn || isInOtherHands(context, member) || isLast(member))
      waiting.push(member);
    else going.push(...goOn(context, member));
  }
  return { undone, waiting, going };
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

function goOn(context: PlanContext, member: Member): MachineAction[] {
  const { machine, mark } = member;
  if (mark === null) return [];
  if (isIdle(member)) return [act(context, member, 'destroy', ['destroy'], underWay(member))];
  if (machine.state !== 'started') return [];
  const leave: Step = mark.goal === 'suspend' ? 'suspend' : 'stop';
  const steps: Step[] = machine.isCordoned ? [leave] : ['cordon', leave];
  return [act(context, member, mark.goal, steps, underWay(member))];
}
