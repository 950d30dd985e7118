import { describe } from 'vitest';
import { HOUR_MS } from '../../../testing/behavior.js';
import { aRelease, samples, T0 } from '../../../testing/builders.js';
import { checkRows, MISSING } from '../../../testing/step-table.js';
import type { Pause, PauseMode } from '../../model/orders.js';

describe('pauses', () => {
  const pause = (
    mode: PauseMode,
    count: number | null = null,
    overrides: Partial<Pause> = {},
  ): Pause => ({
    id: '1',
    app: null,
    policy: null,
    mode,
    count,
    reason: 'migration',
    createdAtMs: T0,
    untilMs: null,
    ...overrides,
  });
  const orders = (...pauses: Pause[]) => ({ orders: { pauses, braked: {} } });
  const blind = { samples: samples({ queue: MISSING }) };
  checkRows([
    [
      'in keeps from shrinking',
      { current: 5, wanted: 3, input: orders(pause('in')) },
      '5 -> 5',
      'paused',
      'shrinking, until resumed: migration',
    ],
    [
      'out keeps from growing',
      { current: 3, wanted: 5, input: orders(pause('out')) },
      '3 -> 3',
      'paused',
      'growing, until resumed: migration',
    ],
    [
      'all keeps everything',
      { current: 3, wanted: 5, input: orders(pause('all', null, { untilMs: T0 + 90_000 })) },
      '3 -> 3',
      'paused',
      'all, for 1m30s more: migration',
    ],
    [
      'at grows to its count',
      { current: 3, wanted: 1, input: orders(pause('at', 6)) },
      '3 -> 6',
      'paused',
      'at 6, until resumed: migration',
    ],
    [
      'at shrinks to its count',
      { current: 9, wanted: 20, input: orders(pause('at', 6)) },
      '9 -> 6',
      'paused',
      'at 6, until resumed: migration',
    ],
    [
      'at acts without samples',
      { current: 9, wanted: 0, input: { ...blind, ...orders(pause('at', 6)) } },
      '9 -> 6',
      'paused',
      'at 6, until resumed: migration',
    ],
    [
      'of two counts the newest holds',
      { current: 9, wanted: 0, input: orders(pause('at', 7), pause('at', 2)) },
      '9 -> 7',
      'paused',
      'at 7, until resumed: migration',
    ],
    [
      'at obeys one that forbids',
      { current: 9, wanted: 0, input: orders(pause('at', 7), pause('in')) },
      '9 -> 9',
      'paused',
      'at 7, until resumed: migration',
    ],
    [
      'at keeps one machine to clone',
      { current: 2, wanted: 5, input: orders(pause('at', 0)) },
      '2 -> 1',
      'paused',
      'at 0, until resumed: migration',
    ],
    [
      'at takes nothing in an overdue deploy',
      {
        current: 9,
        wanted: 9,
        input: {
          look: { release: aRelease({ status: 'running', createdAtMs: T0 - 2 * HOUR_MS }) },
          ...orders(pause('at', 6)),
        },
      },
      '9 -> 9',
      'paused',
      'at 6, until resumed: migration',
    ],
    [
      'at keeps to the ceilings',
      {
        current: 9,
        wanted: 9,
        policy: { caps: { maxMachinesPerApp: 99, maxCreatePerPass: null, maxRemovePerPass: 2 } },
        input: orders(pause('at', 3)),
      },
      '9 -> 7',
      'capped',
      '6 removals wanted, at most 2 in a pass',
    ],
  ]);
});
