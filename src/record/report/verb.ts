/** How actions and what came of them are called. */
import type { Action, ActionOutcome } from '../../core/model/decision.js';

export const VERBS: Readonly<
  Record<Action['kind'], { readonly base: string; readonly done: string; readonly doing: string }>
> = {
  create: { base: 'create', done: 'created', doing: 'creating' },
  start: { base: 'start', done: 'started', doing: 'starting' },
  stop: { base: 'stop', done: 'stopped', doing: 'stopping' },
  suspend: { base: 'suspend', done: 'suspended', doing: 'suspending' },
  destroy: { base: 'destroy', done: 'destroyed', doing: 'removing' },
  undo: { base: 'take back', done: 'taken back', doing: 'taking back' },
  finish: { base: 'make ready', done: 'ready again', doing: 'making ready' },
};

/** `message` is the log message; `short` goes before a number of machines: "created 2". */
export function actionVerb(outcome: ActionOutcome): {
  readonly message: string;
  readonly short: string;
} {
  const verb = VERBS[outcome.action.kind];
  const result = isUnfinished(outcome) ? 'partly' : outcome.result;
  switch (result) {
    case 'done':
      return { message: `machine ${verb.done}`, short: verb.done };
    case 'partly':
      return { message: `${verb.doing} machine, more in a later pass`, short: verb.doing };
    case 'held':
      return { message: `machine left alone`, short: `held ${verb.base}` };
    case 'failed':
      return { message: `cannot ${verb.base} machine`, short: `cannot ${verb.base}` };
    case 'undone':
      return { message: 'created machine undone', short: 'undid' };
    case 'dry':
      return { message: `would ${verb.base} machine`, short: `would ${verb.base}` };
  }
}

/** The machine is where the action was to bring it. */
export function isComplete(outcome: ActionOutcome): boolean {
  return outcome.result === 'done' && !isUnfinished(outcome);
}

/** All steps of this pass are done, and the machine is still on its way out. */
function isUnfinished({ action: { kind }, result, stepsDone }: ActionOutcome): boolean {
  if (result !== 'done') return false;
  if (kind === 'destroy') return !stepsDone.includes('destroy');
  // One that is waited for is marked and cordoned first; one that Fly refuses to suspend is stopped.
  const isLeaving = kind === 'stop' || kind === 'suspend';
  return isLeaving && !stepsDone.includes('stop') && !stepsDone.includes('suspend');
}
