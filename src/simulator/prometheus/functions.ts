import { computed, QueryError, vectorOf } from './values.js';
import type { Evaluation, RangeSeries, Sample, Value } from './values.js';

type PromFunction = (args: readonly Value[], at: Evaluation) => Value;

function vector(samples: readonly Sample[]): Value {
  return { kind: 'vector', samples };
}

function scalar(value: Value | undefined): number {
  if (value?.kind !== 'scalar') throw new QueryError('expected a scalar');
  return value.value;
}

function first(args: readonly Value[]): Value {
  const [value] = args;
  if (value === undefined) throw new QueryError('missing argument');
  return value;
}

function mapping(map: (value: number, ...rest: number[]) => number): PromFunction {
  return (args, at) => {
    const [, ...rest] = args;
    const numbers = rest.map(scalar);
    return vector(
      vectorOf(first(args), 'the function').map((sample) =>
        computed(sample, map(sample.value, ...numbers), at),
      ),
    );
  };
}

/** `reduce` sees the points of the range, at least one; null leaves the series out. */
function overTime(
  reduce: (values: readonly number[], series: RangeSeries, rangeMs: number) => number | null,
): PromFunction {
  return (args, at) => {
    const range = first(args);
    if (range.kind !== 'range') throw new QueryError('expected a range vector');
    return vector(
      range.series.flatMap((series) => {
        const values = series.points.map(({ value }) => value);
        const value = values.length === 0 ? null : reduce(values, series, range.rangeMs);
        return value === null ? [] : [{ name: '', labels: series.labels, value, tMs: at.tMs }];
      }),
    );
  };
}

/** What a counter grew by between its points, resets taken as starts from zero; not extrapolated. */
function growth(values: readonly number[]): number {
  let total = 0;
  for (let i = 1; i < values.length; i++) {
    const step = (values[i] ?? 0) - (values[i - 1] ?? 0);
    total += step >= 0 ? step : (values[i] ?? 0);
  }
  return total;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

export const FUNCTIONS: Readonly<Record<string, PromFunction>> = {
  vector: (args, at) => vector([{ name: '', labels: {}, value: scalar(first(args)), tMs: at.tMs }]),
  scalar: (args) => {
    const samples = vectorOf(first(args), 'scalar()');
    return {
      kind: 'scalar',
      value: samples.length === 1 ? (samples[0]?.value ?? Number.NaN) : Number.NaN,
    };
  },
  time: (_args, at) => ({ kind: 'scalar', value: (at.epochMs + at.tMs) / 1000 }),
  timestamp: (args, at) =>
    vector(
      vectorOf(first(args), 'timestamp()').map((sample) =>
        computed(sample, (at.epochMs + sample.tMs) / 1000, at),
      ),
    ),
  abs: mapping(Math.abs),
  ceil: mapping(Math.ceil),
  floor: mapping(Math.floor),
  round: mapping((value, to = 1) => Math.round(value / to) * to),
  clamp: mapping((value, low = 0, high = 0) => Math.min(Math.max(value, low), high)),
  clamp_min: mapping((value, low = 0) => Math.max(value, low)),
  clamp_max: mapping((value, high = 0) => Math.min(value, high)),
  last_over_time: overTime((values) => values.at(-1) ?? null),
  sum_over_time: overTime(sum),
  avg_over_time: overTime((values) => sum(values) / values.length),
  min_over_time: overTime((values) => Math.min(...values)),
  max_over_time: overTime((values) => Math.max(...values)),
  count_over_time: overTime((values) => values.length),
  increase: overTime((values) => (values.length < 2 ? null : growth(values))),
  rate: overTime((values, _series, rangeMs) =>
    values.length < 2 ? null : growth(values) / (rangeMs / 1000),
  ),
};

export const AGGREGATES: Readonly<Record<string, (values: readonly number[]) => number>> = {
  sum,
  avg: (values) => sum(values) / values.length,
  min: (values) => Math.min(...values),
  max: (values) => Math.max(...values),
  count: (values) => values.length,
  group: () => 1,
};
