import { describe } from 'vitest';
import {
  aBehavior,
  aCountHistory,
  aHistory,
  MINUTE_MS,
  NOW_MS,
  SECOND_MS,
} from '../../../testing/behavior.js';
import { checkRows } from '../../../testing/step-table.js';

describe('stabilization', () => {
  const policy = {
    behavior: aBehavior(
      { stabilizationWindowMs: 5 * MINUTE_MS },
      { stabilizationWindowMs: MINUTE_MS },
    ),
  };
  const ended = (count: number, agoMs: number) => [{ count, untilMs: NOW_MS - agoMs }];
  const created = (history: Parameters<typeof aCountHistory>[0]) =>
    aHistory({ created: aCountHistory(history) });
  const recommended = { count: 3, sinceMs: NOW_MS - 200 * SECOND_MS };
  checkRows([
    [
      'shrinks to the highest recommendation of the window',
      {
        current: 12,
        wanted: 3,
        policy,
        history: created({ recommended, higher: ended(9, 200 * SECOND_MS) }),
      },
      '12 -> 9',
      'stabilizing',
      'highest recommendation of the last 5m was 9 created, 3m20s ago',
    ],
    [
      'lets go when the window has passed',
      {
        current: 12,
        wanted: 3,
        policy,
        history: created({ recommended, higher: ended(9, 5 * MINUTE_MS) }),
      },
      '12 -> 3',
      'stabilizing',
      null,
    ],
    [
      'takes a recommendation as holding until the next decision',
      {
        current: 12,
        wanted: 3,
        policy,
        history: created({ recommended: { count: 8, sinceMs: 0 } }),
      },
      '12 -> 8',
      'stabilizing',
      'highest recommendation of the last 5m was 8 created, just before',
    ],
    [
      'never grows by it when shrinking',
      {
        current: 5,
        wanted: 3,
        policy,
        history: created({ recommended, higher: ended(9, MINUTE_MS) }),
      },
      '5 -> 5',
      'stabilizing',
      'highest recommendation of the last 5m was 9 created, 1m ago',
    ],
    [
      'grows to the lowest recommendation of its own window',
      {
        current: 2,
        wanted: 9,
        policy,
        history: created({
          recommended: { count: 9, sinceMs: 0 },
          lower: ended(4, 20 * SECOND_MS),
        }),
      },
      '2 -> 4',
      'stabilizing',
      'lowest recommendation of the last 1m was 4 created, 20s ago',
    ],
    [
      'begins with the count that is there',
      { current: 12, wanted: 3, policy },
      '12 -> 12',
      'stabilizing',
      'highest recommendation of the last 5m was 12 created, just before',
    ],
  ]);
});
