/** What an outcome did to machines. */
import type { Action, ActionOutcome, Step } from '../../core/model/decision.js';

export const EFFECTS = ['create', 'destroy', 'start', 'stop', 'suspend'] as const;
export type Effect = (typeof EFFECTS)[number];

/** The step that makes an action count. Taking a machine back counts when it had to be started again. */
const COUNTED: Readonly<
  Record<Exclude<Action['kind'], 'create'>, { readonly step: Step; readonly effect: Effect } | null>
> = {
  start: { step: 'start', effect: 'start' },
  undo: { step: 'start', effect: 'start' },
  stop: { step: 'stop', effect: 'stop' },
  suspend: { step: 'suspend', effect: 'suspend' },
  destroy: { step: 'destroy', effect: 'destroy' },
  finish: null,
};

/** A removal takes several passes: only the step that reaches its goal counts. */
export function effectsOf(
  outcome: ActionOutcome,
): readonly { readonly effect: Effect; readonly status: 'ok' | 'failed' }[] {
  const { action, result, stepsDone } = outcome;
  if (action.kind === 'create') {
    if (result === 'done') return [{ effect: 'create', status: 'ok' }];
    if (result === 'failed') return [{ effect: 'create', status: 'failed' }];
    if (result !== 'undone') return [];
    return [
      { effect: 'create', status: 'ok' },
      { effect: 'destroy', status: 'ok' },
    ];
  }
  const counted = COUNTED[action.kind];
  if (counted === null || !action.steps.includes(counted.step)) return [];
  if (stepsDone.includes(counted.step)) return [{ effect: counted.effect, status: 'ok' }];
  return result === 'failed' ? [{ effect: counted.effect, status: 'failed' }] : [];
}
