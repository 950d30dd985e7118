/** One action on one machine that exists: read again before each step, stop as soon as something speaks against it. */
import type { ActionOutcome, MachineAction, Step } from '../../core/model/decision.js';
import { mayStep } from '../../core/plan/guard.js';
import { formatRemovalMark, REMOVE_KEY } from '../../core/machines/marks.js';
import { flyError } from '../base/failure.js';
import type { Turn } from './turn.js';

/** Answers that say that somebody else, or the machine itself, has moved on; the next pass looks again. */
const MOVED_ON: ReadonlySet<string> = new Set([
  'fly-lease-held',
  'fly-conflict',
  'fly-precondition',
  'fly-not-found',
  'aborted',
]);

export async function runMachineAction(turn: Turn, action: MachineAction): Promise<ActionOutcome> {
  const stepsDone: Step[] = [];
  const outcome = (
    result: ActionOutcome['result'],
    rest: Pick<ActionOutcome, 'detail' | 'errorCode' | 'failedStep'> = {},
  ): ActionOutcome => ({ action, result, machineId: action.machineId, stepsDone, ...rest });
  const partlyOr = (result: 'held' | 'failed'): ActionOutcome['result'] =>
    result === 'held' && stepsDone.length > 0 ? 'partly' : result;
  for (const step of action.steps) {
    let isSent = false;
    const onSend = (): void => {
      isSent = true;
    };
    try {
      const detail = await runStep(turn, action, step, onSend);
      if (detail !== null) return outcome(partlyOr('held'), { detail });
    } catch (error) {
      const { code, message } = flyError(error);
      const isHeld = MOVED_ON.has(code) || turn.reading.aborted;
      const result = partlyOr(isHeld ? 'held' : 'failed');
      const failed = isSent ? { failedStep: step } : {};
      return outcome(result, { detail: `${step}: ${message}`, errorCode: code, ...failed });
    }
    stepsDone.push(step);
  }
  return outcome('done');
}

/** Null when the step was taken; otherwise what speaks against it. */
async function runStep(
  turn: Turn,
  action: MachineAction,
  step: Step,
  onSend: () => void,
): Promise<string | null> {
  await turn.keepLease();
  const [machine, release] = await Promise.all([
    turn.readMachine(action.machineId),
    turn.readRelease(),
  ]);
  const verdict = mayStep(action, step, machine, release, turn.guard());
  if (!verdict.ok) return `${step}: ${verdict.detail}`;
  await turn.send((signal) => {
    onSend();
    return call(turn, action, step, signal);
  });
  if (step === 'destroy') turn.lease.forget(action.machineId);
  return null;
}

function call(turn: Turn, action: MachineAction, step: Step, signal: AbortSignal): Promise<void> {
  const { fly, app } = turn;
  const { machineId: id } = action;
  const nonce = turn.lease.nonceFor(id);
  switch (step) {
    case 'mark': {
      const mark = action.mark === undefined ? null : formatRemovalMark(action.mark);
      return fly.patchMetadata(app, id, { [REMOVE_KEY]: mark }, nonce, signal);
    }
    case 'unmark':
      return fly.patchMetadata(app, id, { [REMOVE_KEY]: null }, nonce, signal);
    case 'cordon':
      return fly.cordonMachine(app, id, nonce, signal);
    case 'uncordon':
      return fly.uncordonMachine(app, id, nonce, signal);
    case 'start':
      return fly.startMachine(app, id, nonce, signal);
    case 'stop':
      return fly.stopMachine(app, id, nonce, signal);
    case 'suspend':
      return fly.suspendMachine(app, id, nonce, signal);
    case 'destroy':
      return fly.destroyMachine(app, id, nonce, signal);
  }
}
