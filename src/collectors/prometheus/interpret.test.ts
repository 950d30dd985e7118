import { describe, expect, it } from 'vitest';
import type { Series } from './answer.js';
import { compareLabels, sampleOf, type SeriesRule } from './interpret.js';

const series: readonly Series[] = [
  { labels: { __name__: 'q', app: 'b' }, value: 4, atMs: 10 },
  { labels: { __name__: 'q', app: 'a' }, value: 3, atMs: 10 },
  { labels: { __name__: 'q', app: 'c' }, value: 5, atMs: 10 },
];
const of = (rule: SeriesRule, values = series): ReturnType<typeof sampleOf> =>
  sampleOf({ kind: 'series', series: values }, { rule, defaultValue: undefined }, 99);

describe('several series', () => {
  it('give the first in label order, with a warning that names it', () => {
    expect(of('first')).toEqual({
      kind: 'value',
      value: 3,
      atMs: 10,
      warning: '3 series, the first is used: q{app="a"} of q{app="a"}, q{app="b"}, q{app="c"}',
    });
  });

  it.each([
    ['sum', 12],
    ['max', 5],
    ['min', 3],
    ['avg', 4],
  ] as const)('give their %s', (rule, value) => {
    expect(of(rule)).toEqual({ kind: 'value', value, atMs: 10 });
  });

  it('are an error when told so', () => {
    expect(of('error')).toMatchObject({ kind: 'error', code: 'source-ambiguous', atMs: 99 });
    expect(of('error', series.slice(0, 1))).toMatchObject({ kind: 'value', value: 4 });
  });

  it.each(['sum', 'max', 'min', 'avg'] as const)('with a NaN have no %s', (rule) => {
    const values = [...series, { labels: {}, value: Number.NaN, atMs: 10 }];
    expect(of(rule, values)).toMatchObject({ kind: 'not-a-number', value: Number.NaN });
  });

  it('are named up to a few', () => {
    const many = Array.from({ length: 50 }, (_, index) => ({
      labels: { i: String(index).padStart(2, '0') },
      value: 1,
      atMs: 0,
    }));
    expect(of('error', many)).toMatchObject({
      message: expect.stringMatching(/"04"} and 45 more$/),
    });
  });
});

it('orders labels as Prometheus does', () => {
  const labels: Series['labels'][] = [{ b: '1' }, { a: '2' }, { a: '1', b: '0' }, {}, { a: '1' }];
  expect(labels.sort(compareLabels)).toEqual([
    {},
    { a: '1' },
    { a: '1', b: '0' },
    { a: '2' },
    { b: '1' },
  ]);
});

it('puts the default in the place of nothing only', () => {
  const how = { rule: 'first' as const, defaultValue: 0 };
  expect(sampleOf({ kind: 'series', series: [] }, how, 5)).toEqual({
    kind: 'value',
    value: 0,
    atMs: 5,
    isDefault: true,
  });
  const failure = { kind: 'failure', code: 'source-timeout', message: 'late' } as const;
  expect(sampleOf(failure, how, 5)).toEqual({
    kind: 'error',
    code: 'source-timeout',
    message: 'late',
    atMs: 5,
  });
});
