/** How many machines of an app may be removed over a longer time. */
import { z } from 'zod';
import type { RemovalBudget } from '../../core/model/budget.js';
import { duration, setting } from '../../seams/schema.js';
import { optionalWindowShape, recurrenceOf } from './windows.js';

const budget = z
  .strictObject({
    machines: setting(z.number().int().min(0).optional(), {
      description: 'At most so many machines within the period; 0: none.',
    }),
    percent: setting(z.number().gt(0).optional(), {
      description:
        'Instead of `machines`: at most so many percent of the count at the beginning of the period, rounded up.',
    }),
    period: setting(duration().optional(), {
      description: 'Over how long removals are added up. Not needed for 0 machines.',
    }),
    ...optionalWindowShape,
  })
  .superRefine(({ machines, percent, period, cron, duration: length }, context) => {
    const refuse = (message: string): void => context.addIssue({ code: 'custom', message });
    if ((machines === undefined) === (percent === undefined)) {
      refuse('must have either machines or percent');
    }
    if (machines !== 0 && period === undefined) refuse('must have a period');
    if ((cron === undefined) !== (length === undefined)) {
      refuse('must have both cron and duration, or neither');
    }
  });

export const budgetsShape = {
  'removal-budgets': setting(z.array(budget).default([]), {
    description:
      'How many machines of an app may be removed within a period, always or in windows of time. The tightest that applies holds.',
    isFileOnly: true,
    example:
      '[{ percent: 10, period: 1h }, { machines: 0, cron: "0 9 * * 1-5", duration: 8h, time-zone: Europe/Berlin }]',
  }),
};

const shape = z.object(budgetsShape);
export type BudgetSettings = z.output<typeof shape>;

export function budgetsOf({
  'removal-budgets': written,
}: BudgetSettings): readonly RemovalBudget[] {
  return written.map(
    ({ machines, percent, period, cron, duration: length, 'time-zone': zone }) => ({
      kind: machines === undefined ? 'percent' : 'machines',
      amount: machines ?? percent ?? 0,
      periodMs: period ?? 0,
      when: cron === undefined || length === undefined ? null : recurrenceOf(cron, length, zone),
    }),
  );
}
