/** What ends by itself of a policy's schedules, removal budgets and waits for missing metrics. */
import type { DecisionInput, Proposal } from '../../core/model/decision.js';
import { formatDurationMs } from '../../core/time/duration.js';
import { unknownForMs } from '../../core/memory/history.js';
import { missingRules } from '../../core/model/missing.js';
import type { ScheduleRule } from '../../core/model/scheduled.js';
import { leftOf } from '../../core/decide/steps/budgets.js';
import { type EndingWindow, roomAtMs, wallMs } from './periods.js';
import type { PolicyHistory } from '../../core/model/app-memory.js';

/** Some may have ended by the time of the decision. */
export function ruleWindows(
  input: DecisionInput,
  history: PolicyHistory | null,
  proposal: Proposal,
): readonly EndingWindow[] {
  if (history === null) return scheduleWindows(input);
  return [
    ...scheduleWindows(input),
    ...startWindows(input, history, proposal),
    ...budgetWindows(input, history, proposal),
    ...missingWindows(input, history),
  ];
}

function scheduleWindows({ policy, now }: DecisionInput): EndingWindow[] {
  return policy.schedules.flatMap((rule) => {
    const { isOpen, untilMs } = rule.when.stateAt(now.wallMs);
    return isOpen ? [{ what: `schedule ${rule.when.text}: ${said(rule)}`, endsAtMs: untilMs }] : [];
  });
}

function said({ created, started, freeze }: ScheduleRule): string {
  const parts = Object.entries({ created, started }).flatMap(([name, { min, max }]) => [
    ...(min === null ? [] : [`at least ${min} ${name}`]),
    ...(max === null ? [] : [`at most ${max} ${name}`]),
  ]);
  if (freeze !== null) parts.push(`freeze ${freeze}`);
  return parts.join(', ');
}

function wantsToShrink({ created, started }: Proposal): boolean {
  return [created, started].some((count) => count !== null && count.recommended < count.current);
}

/** Where nothing is known of before, what limits removals counts as spent. */
function startWindows(
  input: DecisionInput,
  history: PolicyHistory,
  proposal: Proposal,
): EndingWindow[] {
  if (!wantsToShrink(proposal)) return [];
  const { behavior, budgets } = input.policy;
  const periods = [...behavior.scaleDown.limits, ...budgets].map(({ periodMs }) => periodMs);
  if (history.lastActionAtMs === null) periods.push(behavior.scaleDown.cooldownMs);
  const leftMs = unknownForMs(history, Math.max(0, ...periods), input.now);
  if (leftMs === 0) return [];
  const what = 'beginning of the history: limits, budgets and cooldown of removals count as spent';
  return [{ what, endsAtMs: input.now.wallMs + leftMs }];
}

function budgetWindows(
  input: DecisionInput,
  history: PolicyHistory,
  proposal: Proposal,
): EndingWindow[] {
  const { now, policy } = input;
  const applying = policy.budgets.flatMap((budget) => {
    const { kind, amount, periodMs, when } = budget;
    const state = when?.stateAt(now.wallMs) ?? null;
    if (state?.isOpen === false) return [];
    const size = `${amount}${kind === 'percent' ? ' %' : ''} in ${formatDurationMs(periodMs)}`;
    const what = `removal budget of ${size}`;
    return [{ what, budget, untilMs: state?.untilMs ?? null }];
  });
  return (['created', 'started'] as const).flatMap((name) => {
    const count = proposal[name];
    if (count === null || count.recommended >= count.current) return [];
    return applying.flatMap(({ what, budget, untilMs }) => {
      const { kind, periodMs, when } = budget;
      // Percents are of the count at the beginning of the period, which what was added since is not part of.
      const used = history[name].changes.filter(({ change }) => change < 0 || kind === 'percent');
      const roomMs = roomAtMs(used, periodMs, now, (then) => {
        return leftOf(budget, count.current, history, history[name], then).left > 0;
      });
      return [
        ...(roomMs === null ? [] : [{ what: `${what} (${name})`, endsAtMs: roomMs }]),
        ...(untilMs === null
          ? []
          : [{ what: `${what} (${name}, ${when?.text})`, endsAtMs: untilMs }]),
      ];
    });
  });
}

function missingWindows(input: DecisionInput, history: PolicyHistory): EndingWindow[] {
  return Object.entries(history.missingSinceMs).flatMap(([metric, sinceMs]) => {
    const rules = missingRules(input.policy.missing, metric);
    return (['scaleUp', 'scaleDown'] as const).flatMap((direction) => {
      const rule = rules?.[direction];
      if (rule?.kind !== 'fallback') return [];
      const way = direction === 'scaleUp' ? 'scale-up' : 'scale-down';
      const what = `wait for ${metric} before the fallback (${way})`;
      return [{ what, endsAtMs: wallMs(input, sinceMs + rule.afterMs) }];
    });
  });
}
