import { describe } from 'vitest';
import {
  aCountHistory,
  aHistory,
  aRecurrence,
  aSchedule,
  HOUR_MS,
  MINUTE_MS,
  NOW_MS,
} from '../../../testing/behavior.js';
import { checkRows } from '../../../testing/step-table.js';
import type { RemovalBudget } from '../../model/budget.js';
import type { CountChange } from '../../model/app-memory.js';

describe('removal budgets', () => {
  const budget = (overrides: Partial<RemovalBudget> = {}): RemovalBudget => ({
    kind: 'machines',
    amount: 2,
    periodMs: HOUR_MS,
    when: null,
    ...overrides,
  });
  const with_ = (...budgets: RemovalBudget[]) => ({ budgets });
  const changed = (...changes: readonly CountChange[]) =>
    aHistory({ created: aCountHistory({ changes }) });
  const removed = (count: number, agoMs: number) =>
    changed({ atMs: NOW_MS - agoMs, change: -count });
  const added = changed({ atMs: NOW_MS - 1, change: -2 }, { atMs: NOW_MS - 1, change: 5 });
  checkRows([
    [
      'allow so many',
      { current: 9, wanted: 3, policy: with_(budget()), history: aHistory() },
      '9 -> 7',
      'budget-spent',
      '6 fewer created wanted, 2 allowed: 2 within 1h, 0 removed in it',
    ],
    [
      'count what was removed in the period',
      { current: 9, wanted: 3, policy: with_(budget()), history: removed(1, MINUTE_MS) },
      '9 -> 8',
      'budget-spent',
      '6 fewer created wanted, 1 allowed: 2 within 1h, 1 removed in it',
    ],
    [
      'count a removal in doubt as one',
      {
        current: 9,
        wanted: 3,
        policy: with_(budget()),
        history: changed({ atMs: NOW_MS - MINUTE_MS, change: -1, isInDoubt: true }),
      },
      '9 -> 8',
      'budget-spent',
      '6 fewer created wanted, 1 allowed: 2 within 1h, 1 removed in it',
    ],
    [
      'forget what is a whole period ago',
      { current: 9, wanted: 7, policy: with_(budget()), history: removed(2, HOUR_MS) },
      '9 -> 7',
      'budget-spent',
      null,
    ],
    [
      'get nothing back for machines that were added',
      { current: 9, wanted: 3, policy: with_(budget()), history: added },
      '9 -> 9',
      'budget-spent',
      '6 fewer created wanted, 0 allowed: 2 within 1h, 2 removed in it',
    ],
    [
      'take percents of the count at the beginning, rounded up',
      {
        current: 19,
        wanted: 3,
        policy: with_(budget({ kind: 'percent', amount: 10 })),
        history: removed(2, 1),
      },
      '19 -> 18',
      'budget-spent',
      '16 fewer created wanted, 1 allowed: 10 % within 1h, 2 removed in it',
    ],
    [
      'take no percents of machines that were added in the period, or perhaps were',
      {
        current: 21,
        wanted: 1,
        policy: with_(budget({ kind: 'percent', amount: 25 })),
        history: changed(
          { atMs: NOW_MS - MINUTE_MS, change: 10 },
          { atMs: NOW_MS - 1, change: 3, isInDoubt: true },
        ),
      },
      '21 -> 19',
      'budget-spent',
      '20 fewer created wanted, 2 allowed: 25 % within 1h, 0 removed in it',
    ],
    [
      'allow no percents where more was added than is there',
      {
        current: 5,
        wanted: 1,
        policy: with_(budget({ kind: 'percent', amount: 25 })),
        history: changed({ atMs: NOW_MS - 1, change: 10 }),
      },
      '5 -> 5',
      'budget-spent',
      '4 fewer created wanted, 0 allowed: 25 % within 1h, 0 removed in it',
    ],
    [
      'take the tightest',
      {
        current: 9,
        wanted: 3,
        policy: with_(budget({ amount: 5 }), budget({ amount: 1 }), budget()),
        history: aHistory(),
      },
      '9 -> 8',
      'budget-spent',
      '6 fewer created wanted, 5 allowed: 5 within 1h, 0 removed in it',
    ],
    [
      'of nothing allow nothing, with or without history',
      { current: 9, wanted: 3, policy: with_(budget({ amount: 0, periodMs: 0 })) },
      '9 -> 9',
      'budget-spent',
      '6 fewer created wanted, 0 allowed: none may be removed',
    ],
    [
      'hold only while their window is open',
      {
        current: 9,
        wanted: 3,
        policy: with_(budget({ amount: 0, periodMs: 0, when: aRecurrence('0 5 * * *', HOUR_MS) })),
      },
      '9 -> 3',
      'budget-spent',
      null,
    ],
    [
      'name their window',
      {
        current: 9,
        wanted: 3,
        policy: with_(budget({ amount: 0, periodMs: 0, when: aRecurrence('0 0 * * *', HOUR_MS) })),
      },
      '9 -> 9',
      'budget-spent',
      '6 fewer created wanted, 0 allowed: none may be removed (0 0 * * * for 1h, UTC)',
    ],
    [
      'begin as spent without history',
      { current: 9, wanted: 3, policy: with_(budget()) },
      '9 -> 9',
      'budget-spent',
      '6 fewer created wanted, 0 allowed: 2 within 1h, counted as spent for 1h more, as nothing is known of before',
    ],
    [
      'leave growth alone',
      { current: 3, wanted: 9, policy: with_(budget({ amount: 0, periodMs: 0 })) },
      '3 -> 9',
      'budget-spent',
      null,
    ],
    [
      'hold for a ceiling of a schedule too',
      {
        current: 9,
        wanted: 9,
        policy: { ...with_(budget()), schedules: [aSchedule({ created: { min: null, max: 3 } })] },
        history: aHistory(),
      },
      '9 -> 7',
      'budget-spent',
      '6 fewer created wanted, 2 allowed: 2 within 1h, 0 removed in it',
    ],
  ]);
});
