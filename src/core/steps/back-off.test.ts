import { describe, expect, it } from 'vitest';
import { decideCase } from '../../testing/behavior.js';
import { aRange, samples } from '../../testing/builders.js';
import { checkRows, MISSING } from '../../testing/step-table.js';

describe('the back-off', () => {
  const policy = { backoff: aRange('pressure', undefined, ['pressure']).min };
  const input = (pressure: number | typeof MISSING, queue = 3) => ({
    samples: samples({ queue, pressure }),
  });
  checkRows([
    [
      'above zero does nothing',
      { current: 3, wanted: 5, policy, input: input(0.5, 5) },
      '3 -> 3',
      'backing-off',
      'the back-off value is 0.5',
    ],
    [
      'at zero has no say',
      { current: 5, wanted: 3, policy, input: input(0) },
      '5 -> 3',
      'backing-off',
      null,
    ],
    [
      'without a value keeps from shrinking',
      { current: 5, wanted: 3, policy, input: input(MISSING) },
      '5 -> 5',
      'metric-missing',
      'pressure: the source has no value',
    ],
    [
      'without a value lets growth be',
      { current: 3, wanted: 5, policy, input: input(MISSING, 5) },
      '3 -> 5',
      'metric-missing',
      'pressure: the source has no value',
    ],
  ]);

  it('holds removals under way too', () => {
    expect(decideCase({ current: 3, wanted: 5, policy, input: input(1) }).isHeld).toBe(true);
  });
});
