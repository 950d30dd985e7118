/** The rules of a policy in words, one row each; what is left at its default has none. */
import type { Behavior, DirectionRules, StepLimit } from '../core/model/behavior.js';
import type { MissingRule } from '../core/model/missing.js';
import type { Policy } from '../core/model/policy.js';
import type { ScheduleRule } from '../core/model/scheduled.js';
import { formatDurationMs } from '../core/time/duration.js';

export type Row = readonly [name: string, value: string];

const FREEZES = { in: 'nothing is removed', out: 'nothing is added', all: 'nothing changes' };

export function describeRules(policy: Policy): readonly Row[] {
  const { behavior, schedules, budgets, missing, backoff } = policy;
  return [
    ...describeBehavior(behavior),
    ...(backoff === null ? [] : [['waits while', `${backoff.source} is above 0`] as const]),
    ...schedules.map((rule) => ['schedule', describeSchedule(rule)] as const),
    ...budgets.map(
      (budget) =>
        [
          'removal budget',
          `${amountOf(budget)}${budget.when === null ? '' : `, ${budget.when.text}`}`,
        ] as const,
    ),
    ...Object.entries(missing).map(
      ([metric, { scaleUp, scaleDown }]) =>
        [
          'without data',
          `${metric}: ${describeMissing(scaleUp)} to grow, ${describeMissing(scaleDown)} to shrink`,
        ] as const,
    ),
    ...describeCaps(policy),
  ];
}

function describeBehavior({ scaleUp, scaleDown }: Behavior): readonly Row[] {
  const of = (name: string, rules: DirectionRules): readonly Row[] => {
    const text = describeDirection(rules);
    return text === '' ? [] : [[name, text]];
  };
  return [...of('grows', scaleUp), ...of('shrinks', scaleDown)];
}

function describeDirection(rules: DirectionRules): string {
  const { stabilizationWindowMs, tolerance, cooldownMs, limits, select } = rules;
  if (select === 'disabled') return 'never';
  const parts: string[] = [];
  if (limits.length > 0) {
    const which = limits.length === 1 ? '' : `the ${select === 'max' ? 'most' : 'least'} of `;
    parts.push(`by ${which}${limits.map(amountOf).join(' and ')}`);
  }
  if (stabilizationWindowMs > 0)
    parts.push(`what ${formatDurationMs(stabilizationWindowMs)} have asked for`);
  if (tolerance > 0) parts.push(`not by ${Math.round(tolerance * 1000) / 10} % or less`);
  if (cooldownMs > 0) parts.push(`${formatDurationMs(cooldownMs)} after the last action`);
  return parts.join(', ');
}

function amountOf({ kind, amount, periodMs }: StepLimit): string {
  const what = kind === 'percent' ? `${amount} %` : String(amount);
  return periodMs === 0 ? what : `${what} in ${formatDurationMs(periodMs)}`;
}

function describeSchedule({ when, created, started, freeze }: ScheduleRule): string {
  const parts = [
    ...(
      [
        ['created', created],
        ['started', started],
      ] as const
    ).flatMap(([name, { min, max }]) => [
      ...(min === null ? [] : [`at least ${min} ${name}`]),
      ...(max === null ? [] : [`at most ${max} ${name}`]),
    ]),
    ...(freeze === null ? [] : [FREEZES[freeze]]),
  ];
  return `${when.text}: ${parts.join(', ')}`;
}

function describeMissing(rule: MissingRule): string {
  switch (rule.kind) {
    case 'hold':
      return 'held';
    case 'assume':
      return `taken for ${rule.value}`;
    case 'fallback': {
      const to = {
        count: String(rule.count),
        current: 'the current count',
        higher: `the higher of ${rule.count} and the current count`,
        lower: `the lower of ${rule.count} and the current count`,
      }[rule.use];
      return `after ${formatDurationMs(rule.afterMs)} ${to}`;
    }
  }
}

/** The default of `max-machines-per-app`. */
const USUAL_MACHINES = 1000;

function describeCaps({ caps }: Policy): readonly Row[] {
  const { maxMachinesPerApp, maxCreatePerPass, maxRemovePerPass } = caps;
  const parts = [
    ...(maxMachinesPerApp === USUAL_MACHINES ? [] : [`${maxMachinesPerApp} machines an app`]),
    ...(maxCreatePerPass === null ? [] : [`${maxCreatePerPass} creates a pass`]),
    ...(maxRemovePerPass === null ? [] : [`${maxRemovePerPass} removals a pass`]),
  ];
  return parts.length === 0 ? [] : [['at most', parts.join(', ')]];
}
