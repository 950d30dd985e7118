import { describe, expect, it } from 'vitest';
import { decideCase, type Case } from '../../../testing/behavior.js';
import { aRange, samples } from '../../../testing/builders.js';
import { checkRows, MISSING } from '../../../testing/step-table.js';
import type { MissingRule } from '../../model/missing.js';

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

  describe('with missing-data', () => {
    const hold: MissingRule = { kind: 'hold' };
    const assume = (value: number): MissingRule => ({ kind: 'assume', value });
    const fallback: MissingRule = { kind: 'fallback', afterMs: 0, use: 'count', count: 0 };
    const given = (wanted: number, scaleUp: MissingRule, scaleDown: MissingRule): Case => ({
      current: 4,
      wanted,
      policy: { ...policy, missing: { pressure: { scaleUp, scaleDown } } },
      input: input(MISSING, wanted),
    });
    checkRows([
      [
        'shrinks on what is assumed for shrinking',
        given(3, hold, assume(0)),
        '4 -> 3',
        'metric-assumed',
        'pressure: 0 for shrinking',
      ],
      [
        'does not shrink on what is assumed for growing',
        given(3, assume(0), hold),
        '4 -> 4',
        'metric-assumed',
        'pressure: 0 for growing',
      ],
      [
        'does not grow on what is assumed for growing',
        given(5, assume(1), assume(0)),
        '4 -> 4',
        'backing-off',
        'the back-off value is 1 for growing and 0 for shrinking',
      ],
      [
        'grows past what is assumed for shrinking',
        given(5, hold, assume(1)),
        '4 -> 5',
        'backing-off',
        'the back-off value is 0 for growing and 1 for shrinking',
      ],
      [
        'does nothing on what is assumed for both',
        given(5, assume(2), assume(2)),
        '4 -> 4',
        'backing-off',
        'the back-off value is 2',
      ],
      [
        'takes no count of machines for a value',
        given(3, fallback, fallback),
        '4 -> 4',
        'metric-fallback',
        null,
      ],
      [
        'does not call an expression failed that a number stands in for',
        given(3, assume(0), assume(0)),
        '4 -> 3',
        'expression-failed',
        null,
      ],
    ]);

    it('says each reason once', () => {
      const { steps } = decideCase(given(3, assume(0), assume(0)));
      const said = steps.find(({ step }) => step === 'back-off')?.reasons.map(({ code }) => code);
      expect(said).toEqual(['metric-missing', 'metric-assumed', 'metric-assumed']);
    });

    it('holds removals under way on what is assumed for both', () => {
      expect(decideCase(given(5, assume(2), assume(1))).isHeld).toBe(true);
    });
  });

  it('holds removals under way too', () => {
    expect(decideCase({ current: 3, wanted: 5, policy, input: input(1) }).isHeld).toBe(true);
  });
});
