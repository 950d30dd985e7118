import { describe } from 'vitest';
import { aBehavior, aHistory, MINUTE_MS, NOW_MS } from '../../../testing/behavior.js';
import { checkRows } from '../../../testing/step-table.js';

describe('cooldown', () => {
  const policy = { behavior: aBehavior({ cooldownMs: 5 * MINUTE_MS }) };
  const acted = (agoMs: number) => aHistory({ lastActionAtMs: NOW_MS - agoMs });
  checkRows([
    [
      'waits after the last action',
      { current: 5, wanted: 3, policy, history: acted(2 * MINUTE_MS) },
      '5 -> 5',
      'cooling-down',
      'created 5 to 3 waits for 3m: a cooldown of 5m after the last action',
    ],
    [
      'ends on time',
      { current: 5, wanted: 3, policy, history: acted(5 * MINUTE_MS) },
      '5 -> 3',
      'cooling-down',
      null,
    ],
    [
      'is of one direction',
      { current: 5, wanted: 7, policy, history: acted(0) },
      '5 -> 7',
      'cooling-down',
      null,
    ],
    [
      'waits where nothing is known of before',
      { current: 5, wanted: 3, policy },
      '5 -> 5',
      'cooling-down',
      'created 5 to 3 waits for 5m: a cooldown of 5m after the beginning of the history',
    ],
    [
      'does not wait when nothing was done',
      { current: 5, wanted: 3, policy, history: aHistory() },
      '5 -> 3',
      'cooling-down',
      null,
    ],
  ]);
});
