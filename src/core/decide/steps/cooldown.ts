import { bring, type DecisionStep, type Draft } from '../draft.js';
import { formatDurationMs } from '../../time/duration.js';
import { reason } from '../../model/reason.js';
import { COUNT_NAMES } from '../../model/count.js';
import { changeOf } from '../../model/decision.js';

/**
 * The least time since the last action in either direction; ours, not the HPA's. Where nothing is known of before,
 * shrinking waits as if there had been an action.
 */
export const cooldown: DecisionStep = (draft, { input, history }) => {
  if (history === null || draft.isHeld) return draft;
  const { scaleUp, scaleDown } = input.policy.behavior;
  return COUNT_NAMES.reduce<Draft>((next, name) => {
    const count = next[name];
    const change = changeOf(count);
    if (count === null || change === 0) return next;
    const { cooldownMs } = change > 0 ? scaleUp : scaleDown;
    const unknownSinceMs = change > 0 ? null : history.beganAtMs;
    const lastMs = history.lastActionAtMs ?? unknownSinceMs;
    if (cooldownMs === 0 || lastMs === null) return next;
    const leftMs = lastMs + cooldownMs - input.now.elapsedMs;
    if (leftMs <= 0) return next;
    const left = formatDurationMs(Math.ceil(leftMs / 1000) * 1000);
    const last = history.lastActionAtMs === null ? 'beginning of the history' : 'last action';
    const detail = `${name} ${count.current} to ${count.wanted} waits for ${left}: a cooldown of ${formatDurationMs(cooldownMs)} after the ${last}`;
    return bring(next, name, count.current, reason('cooling-down', detail));
  }, draft);
};
