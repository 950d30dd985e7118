import { clampCount } from '../../target/clamp.js';
import { forbidGrowing, forbidShrinking } from '../draft.js';
import type { DecisionStep, Draft, StepContext } from '../draft.js';
import { formatDurationMs } from '../../time/duration.js';
import type { Pause } from '../../model/orders.js';
import { reason, type Reason } from '../../model/reason.js';
import { COUNT_NAMES, type CountName } from '../../model/count.js';

/**
 * What operators have told to leave alone. Of several pauses at a count the newest holds; `in`, `out` and `all` add up, and
 * what they forbid is not done for a count either. A pause at a count acts without samples.
 */
export const pauses: DecisionStep = (draft, context) => {
  const orders = context.input.orders.pauses;
  if (orders.length === 0 || draft.isHeld) return draft;
  const at = orders.find((pause) => pause.mode === 'at' && pause.count !== null);
  const held = at === undefined ? draft : holdAt(draft, at, context);
  const forbidding = orders.filter((pause) => pause.mode !== 'at');
  const stopped = forbidding.reduce(
    (next, pause) => COUNT_NAMES.reduce<Draft>((each, name) => forbid(each, name, pause), next),
    held,
  );
  const told = [...(at === undefined ? [] : [at]), ...forbidding];
  const reasons = told.map((pause) => why(pause, context.input.now.wallMs));
  return { ...stopped, reasons: [...stopped.reasons, ...reasons] };
};

function forbid(draft: Draft, name: CountName, { mode }: Pause): Draft {
  const still = mode === 'out' ? draft : forbidShrinking(draft, name);
  return mode === 'in' ? still : forbidGrowing(still, name);
}

function holdAt(draft: Draft, { count: at }: Pause, { input, census }: StepContext): Draft {
  let next = draft;
  for (const name of COUNT_NAMES) {
    const count = next[name];
    if (count === null || at === null || census.members.length === 0) continue;
    // New machines are cloned from one that exists, so there is always one.
    const least = name === 'created' ? Math.max(1, at + (input.policy.spare ?? 0)) : at;
    const bounds = { min: least, max: least };
    const { current, wanted } = clampCount(input, bounds, name, census);
    const flag = name === 'created' ? 'mayShrinkCreated' : 'mayShrinkStarted';
    const mayShrink = !draft.isReleaseOverdue;
    const isTaken = wanted < current && !mayShrink;
    next = {
      ...next,
      [name]: { ...count, bounds, current, wanted: isTaken ? current : wanted },
      [flag]: mayShrink,
    };
  }
  return next;
}

function why(pause: Pause, nowMs: number): Reason {
  const what = { all: 'all', in: 'shrinking', out: 'growing', at: `at ${pause.count}` }[pause.mode];
  const leftMs = pause.untilMs === null ? null : Math.max(0, pause.untilMs - nowMs);
  const left =
    leftMs === null
      ? 'until resumed'
      : `for ${formatDurationMs(Math.ceil(leftMs / 1000) * 1000)} more`;
  const said = pause.reason === '' ? '' : `: ${pause.reason}`;
  return reason('paused', `${what}, ${left}${said}`, pause.mode);
}
