/** Walks a plan once, from taking back to taking away. */
import { instant } from '../../seams/clock.js';
import type { ActionOutcome, MachineAction, Plan } from '../../core/model/decision.js';
import {
  afterDestroy,
  afterMark,
  afterReturnFailed,
  afterSuspendRefused,
} from '../../core/memory/memory.js';
import { sharedController } from '../base/abort.js';
import { runCreates } from './creates.js';
import type { Effects } from './effects.js';
import { Slots } from '../base/slots.js';
import { runMachineAction } from './steps.js';
import type { Turn } from './turn.js';

/** Machines of one app acted on at once; Fly's rates are per machine. */
const MACHINES_AT_ONCE = 16;

/** Answers to a suspend that mean that the machine cannot be suspended as it is. */
const REFUSALS: ReadonlySet<string> = new Set(['fly-precondition', 'fly-bad-request']);

/** What brings a machine back. */
const RETURNS: ReadonlySet<string> = new Set(['start', 'undo']);

/**
 * Undos come first, and when one of them does not come to its end, nothing else is begun. Starts and creates do not
 * block each other. The machine that holds the app's lease is removed last: after it nobody is sure to act alone.
 */
export async function applyPlan(
  turn: Turn,
  plan: Plan,
  effects: Effects,
): Promise<ActionOutcome[]> {
  const undone = await runAll(turn, plan.undos);
  for (const outcome of undone) takeNote(turn, outcome, effects);
  const stuck = undone.find((outcome) => outcome.result !== 'done');
  if (stuck !== undefined) {
    const rest = [...plan.starts, ...plan.creates, ...plan.removals];
    const detail = `the machine ${stuck.machineId} could not be taken back`;
    return [
      ...undone,
      ...rest.map((action): ActionOutcome => {
        const machineId = action.kind === 'create' ? null : action.machineId;
        return { action, result: 'held', machineId, stepsDone: [], detail };
      }),
    ];
  }
  const [started, created] = await Promise.all([
    runAll(turn, plan.starts),
    runCreates(turn, plan.creates, effects),
  ]);
  const isLeased = (action: MachineAction): boolean => action.machineId === turn.lease.machineId;
  const removed = await runAll(
    turn,
    plan.removals.filter((action) => !isLeased(action)),
  );
  const last = await runAll(turn, plan.removals.filter(isLeased));
  const outcomes = [...started, ...created, ...removed, ...last];
  for (const outcome of outcomes) takeNote(turn, outcome, effects);
  return [...undone, ...outcomes];
}

function takeNote(
  turn: Turn,
  { action, stepsDone, failedStep, errorCode }: ActionOutcome,
  effects: Effects,
): void {
  if (action.kind === 'create') return;
  const { machineId, version } = action;
  const { mark } = action;
  if (mark !== undefined && stepsDone.includes('mark')) {
    const now = instant(turn.clock);
    effects.remember((memory) => afterMark(memory, mark, now));
  }
  if (failedStep === 'suspend' && REFUSALS.has(errorCode ?? '')) {
    effects.remember((memory) => afterSuspendRefused(memory, machineId, version));
  }
  if (stepsDone.includes('start')) effects.started(machineId);
  if (stepsDone.includes('destroy')) {
    effects.gone(machineId);
    effects.remember((memory) => afterDestroy(memory, machineId));
  }
  // A release that begins in the midst of it says nothing of the machine.
  const hasFailed = failedStep !== undefined && errorCode !== 'aborted';
  if (hasFailed && RETURNS.has(action.kind)) {
    // The next pass tries others first, so that one machine that cannot be had holds nobody up.
    const now = instant(turn.clock);
    effects.remember((memory) => afterReturnFailed(memory, machineId, now));
  }
}

/** Actions catch their own failures; only a place in the queue is waited for here, and none is ever refused. */
function runAll(turn: Turn, actions: readonly MachineAction[]): Promise<ActionOutcome[]> {
  const places = new Slots(MACHINES_AT_ONCE);
  const never = sharedController().signal;
  return places.forEach(actions, never, (action) => runMachineAction(turn, action));
}
