import { expect, it } from 'vitest';
import { formatAge, formatMetric, formatMetrics, formatRange, formatStopwatch } from './wording.js';

it('shows values with as many digits as matter', () => {
  const values = [42, 0.123456, 999.9951, 12_345.678, -3.5, 'NaN', '+Inf', null, { error: 'x' }];
  expect(values.map((value) => formatMetric(value))).toEqual([
    '42',
    '0.1235',
    '1000',
    '12346',
    '-3.5',
    'NaN',
    '+Inf',
    'empty',
    'error',
  ]);
});

it('adds up a metric that has a value for each machine', () => {
  expect(formatMetric({ instances: { m1: 3, m2: 0 } })).toBe('3 in 2 machines');
});

it('names metrics where there are several', () => {
  expect(formatMetrics([['a', 1]], { isNamed: false })).toBe('1');
  expect(formatMetrics([['a', 1]], { isNamed: true })).toBe('a=1');
  expect(
    formatMetrics(
      [
        ['a', 1],
        ['b', null],
      ],
      { isNamed: false },
    ),
  ).toBe('a=1 b=empty');
  expect(formatMetrics([], { isNamed: false })).toBe('-');
});

it('shows ranges, ages and stopwatches', () => {
  expect([formatRange(3, 3), formatRange(2, 5), formatRange(null, null)]).toEqual([
    '3',
    '2-5',
    '-',
  ]);
  expect([0, 59_999, 60_000, 7_199_000, 90_000_000].map(formatAge)).toEqual([
    '0s',
    '59s',
    '1m',
    '1h',
    '1d',
  ]);
  expect([0, 3_723_999, 360_000_000].map(formatStopwatch)).toEqual([
    '00:00:00',
    '01:02:03',
    '100:00:00',
  ]);
});
