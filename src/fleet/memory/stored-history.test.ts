import { expect, it } from 'vitest';
import { formatHistory, parseHistory } from './stored-history.js';
import type { PolicyHistory } from '../../core/model/app-memory.js';

/** All that has a time has it at `atMs`. */
function aHistory(atMs: number): PolicyHistory {
  const count = {
    recommended: { count: 3, sinceMs: atMs },
    higher: [{ count: 5, untilMs: atMs }],
    lower: [{ count: 2, untilMs: atMs }],
    changes: [{ atMs, change: -1, machineIds: ['m1'] }],
  };
  return {
    created: count,
    started: count,
    lastActionAtMs: atMs,
    missingSinceMs: { queue: atMs },
    beganAtMs: atMs,
    kept: { upWindowMs: 0, downWindowMs: 60_000, periodMs: 60_000, isSpending: true },
  };
}

it.each([
  ['is as old after a restart as it was', 30_000, 40_000],
  ['may be older than the process that reads it', 500_000, -430_000],
  ['that lies in the future, by a clock that was set back, is now', -3_600_000, 70_000],
])('a stored history %s', (_name, agoMs, becomesMs) => {
  const stored = formatHistory(aHistory(50_000), { wallMs: 9_000_000, elapsedMs: 50_000 });
  const now = { wallMs: 9_000_000 + agoMs, elapsedMs: 70_000 };
  expect(parseHistory(stored, now)).toEqual(aHistory(becomesMs));
});
