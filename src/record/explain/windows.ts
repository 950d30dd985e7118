/** What of a decision ends by itself, and when. */
import type { DirectionRules } from '../../core/model/behavior.js';
import type { CountProposal, DecisionInput, Proposal } from '../../core/model/decision.js';
import { formatDurationMs } from '../../core/time/duration.js';
import { historyOf } from '../../core/memory/history.js';
import type { Pause } from '../../core/model/orders.js';
import { countAllowed } from '../../core/decide/steps/step-limits.js';
import { type EndingWindow, roomAtMs, wallMs } from './periods.js';
import { ruleWindows } from './rule-windows.js';
import type { CountHistory, PolicyHistory } from '../../core/model/app-memory.js';

/** Those that are open at the time of the decision, the first to end first. */
export function windowsOf(input: DecisionInput, proposal: Proposal): readonly EndingWindow[] {
  const { now } = input;
  // The first decision after a start begins one, as `propose` does.
  const history = historyOf(input, proposal.counts);
  const windows = [
    ...(history === null ? [] : historyWindows(input, history, proposal)),
    ...memoryWindows(input),
    ...ruleWindows(input, history, proposal),
    ...input.orders.pauses
      .filter((pause) => pause.untilMs !== null)
      .map((pause) => ({ what: pauseText(pause), endsAtMs: pause.untilMs ?? 0 })),
  ];
  return windows
    .filter(({ endsAtMs }) => endsAtMs > now.wallMs)
    .sort((a, b) => a.endsAtMs - b.endsAtMs);
}

function pauseText({ mode, count, reason }: Pause): string {
  const what = {
    all: 'of growing and shrinking',
    in: 'of shrinking',
    out: 'of growing',
    at: `at ${count}`,
  }[mode];
  return `pause ${what}${reason === '' ? '' : ` (${reason})`}`;
}

function memoryWindows(input: DecisionInput): EndingWindow[] {
  const { createBackoff, regionBackoff } = input.memory;
  return [
    ...Object.entries(createBackoff).map(([group, { untilMs }]) => ({
      what: `wait after failed creates of group ${group}`,
      endsAtMs: wallMs(input, untilMs),
    })),
    ...Object.entries(regionBackoff).map(([region, untilMs]) => ({
      what: `region ${region} left out for want of room`,
      endsAtMs: wallMs(input, untilMs),
    })),
  ];
}

function historyWindows(
  input: DecisionInput,
  history: PolicyHistory,
  proposal: Proposal,
): EndingWindow[] {
  return (['created', 'started'] as const).flatMap((name) => {
    const count = proposal[name];
    if (count === null || count.recommended === count.current) return [];
    return countWindows(input, history, name, count);
  });
}

function countWindows(
  input: DecisionInput,
  history: PolicyHistory,
  name: 'created' | 'started',
  count: CountProposal,
): EndingWindow[] {
  const isUp = count.recommended > count.current;
  const rules = isUp ? input.policy.behavior.scaleUp : input.policy.behavior.scaleDown;
  const way = `${name}, scale-${isUp ? 'up' : 'down'}`;
  const found: EndingWindow[] = [];
  if (rules.cooldownMs > 0 && history.lastActionAtMs !== null) {
    const endsAtMs = wallMs(input, history.lastActionAtMs + rules.cooldownMs);
    found.push({ what: `cooldown of ${formatDurationMs(rules.cooldownMs)} (${way})`, endsAtMs });
  }
  const steadyMs = stabilizedUntilMs(history[name], rules, count.recommended, isUp, input);
  if (steadyMs !== null) {
    const length = formatDurationMs(rules.stabilizationWindowMs);
    const what = `stabilization window of ${length} (${way})`;
    found.push({ what, endsAtMs: wallMs(input, steadyMs) });
  }
  return [...found, ...limitWindows(input, history, name, count)];
}

function limitWindows(
  { policy, now }: DecisionInput,
  history: PolicyHistory,
  name: 'created' | 'started',
  { current, recommended }: CountProposal,
): EndingWindow[] {
  const isGrowth = recommended > current;
  const { limits } = isGrowth ? policy.behavior.scaleUp : policy.behavior.scaleDown;
  const used = history[name].changes.filter(({ change }) => change > 0 === isGrowth);
  return limits.flatMap((rule) => {
    const { kind, amount, periodMs } = rule;
    const endsAtMs = roomAtMs(used, periodMs, now, (then) => {
      const count = countAllowed({ rule, isGrowth, current, undone: 0, history, name, now: then });
      return isGrowth ? count > current : count < current;
    });
    if (endsAtMs === null) return [];
    const size = kind === 'percent' ? `${amount} %` : `${amount} machines`;
    const way = `${name}, scale-${isGrowth ? 'up' : 'down'}`;
    return [{ what: `limit of ${size} in ${formatDurationMs(periodMs)} (${way})`, endsAtMs }];
  });
}

/** When the last recommendation that speaks against the present one leaves the window; null when none does. */
function stabilizedUntilMs(
  { recommended: newest, higher, lower }: CountHistory,
  { stabilizationWindowMs }: DirectionRules,
  recommended: number,
  isUp: boolean,
  { now }: DecisionInput,
): number | null {
  if (stabilizationWindowMs === 0) return null;
  // The newest of before held until now.
  const newer = newest === null ? [] : [{ count: newest.count, untilMs: now.elapsedMs }];
  const past = [...(isUp ? lower : higher), ...newer];
  const against = past.filter(({ count }) => (isUp ? count < recommended : count > recommended));
  const heldUntilMs = Math.max(...against.map(({ untilMs }) => untilMs));
  const endsAtMs = heldUntilMs + stabilizationWindowMs;
  return endsAtMs > now.elapsedMs ? endsAtMs : null;
}
