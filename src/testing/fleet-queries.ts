/** Random PromQL that mentions `$APP_NAME`, and random series for it, to compare one query for the fleet with a query for each app. */
import * as fc from 'fast-check';
import { seededRandom } from '../clock.js';

/** Some begin as others do; the last two have no series, and one that has some is nobody's. */
export const APPS = ['a', 'a-b', 'a-b-c', 'ab', 'b-a', 'worker', 'a-none', 'none'] as const;
const OUTSIDERS = ['a-outside', 'zz'];
export const APP_PATTERNS = ['a*', 'b-a', 'w*er', 'none'];

export const DATASETS = 8;
/** Samples of a series, this far apart. */
export const SAMPLES = 8;
export const STEP_MS = 15_000;

export interface TestSeries {
  /** `x{app="a"}` */
  readonly name: string;
  /** Oldest first; null: no sample at that time. */
  readonly values: readonly (number | null)[];
}

const oneOf = (...texts: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...texts);

/** Metrics: `x`, `y` and the counter `c` of apps, the histogram `h_bucket`, `quota` by app, `limits` and `total` of nobody. */
export function testSeries(dataset: number): readonly TestSeries[] {
  const random = seededRandom(1000 + dataset);
  const whole = (from: number, to: number): number =>
    from + Math.floor(random.next() * (to - from + 1));
  const is = (chance: number): boolean => random.next() < chance;
  const series: TestSeries[] = [];
  const add = (
    metric: string,
    labels: Readonly<Record<string, string>>,
    isCounter = false,
  ): void => {
    const text = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
    let value = is(0.1) ? 0 : whole(0, 40);
    const endsAt = is(0.15) ? SAMPLES - 6 : SAMPLES;
    const isBroken = !isCounter && is(0.08);
    const values = Array.from({ length: SAMPLES }, (_, index) => {
      if (isCounter) value += whole(0, 9);
      else if (is(0.4)) value = whole(0, 40);
      return index < endsAt ? (isBroken ? Number.NaN : value) : null;
    });
    series.push({ name: `d${dataset}_${metric}{${text.join(',')}}`, values });
  };
  for (const app of [...APPS.slice(0, -2), ...OUTSIDERS]) {
    for (const metric of ['x', 'y', 'c']) {
      if (is(0.15)) continue;
      const isPlain = is(0.4);
      for (const queue of isPlain ? [''] : ['q1', 'q2', 'other'].slice(0, whole(1, 3))) {
        for (const instance of is(0.6) ? ['i1'] : ['i1', 'i2']) {
          add(metric, { app, ...(queue === '' ? {} : { queue }), instance }, metric === 'c');
        }
      }
    }
    if (is(0.7)) add('quota', { app });
    for (const le of ['1', '5', '+Inf']) add('h_bucket', { app, instance: 'i1', le }, true);
  }
  for (const queue of ['q1', 'q2']) if (is(0.8)) add('limits', { queue });
  add('total', {});
  return series;
}

const labelSet = fc.subarray(['app', 'queue', 'instance']);
const labels = labelSet.map((names) => `(${names.join(', ')})`);
const modifier = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  { weight: 2, arbitrary: labels.map((list) => ` by ${list}`) },
  { weight: 2, arbitrary: labels.map((list) => ` without ${list}`) },
);
const matching = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  { weight: 2, arbitrary: labels.map((list) => `on ${list}`) },
  { weight: 2, arbitrary: labels.map((list) => `ignoring ${list}`) },
);
const grouping = fc.oneof(
  { weight: 4, arbitrary: fc.constant('') },
  {
    weight: 1,
    arbitrary: oneOf(
      'group_left ()',
      'group_right ()',
      'group_left (instance)',
      'group_left (app)',
    ),
  },
);
const aggregate = oneOf('sum', 'avg', 'min', 'max', 'count', 'group', 'stddev');
const moment = oneOf('ceil', 'abs', 'floor', 'sqrt', 'sort', 'sort_desc', 'sgn', 'timestamp', 'ln');
const overTime = oneOf(
  'rate',
  'increase',
  'max_over_time',
  'last_over_time',
  'count_over_time',
  'delta',
  'changes',
);
const operator = oneOf('+', '-', '*', '/', '%', '>', '<=', '> bool', '== bool', '!=');
const number = oneOf('0', '1', '2', '10', '0.5', '-3');

const parts = (dataset: number) => {
  const metric = oneOf('x', 'y', 'c').map((name) => `d${dataset}_${name}`);
  const matchers = oneOf('', ', queue="q1"', ', queue!="q1"', ', queue=~"q.*"', ', app!="ab"');
  const selector = fc
    .tuple(metric, matchers, oneOf('"$APP_NAME"', "'${APP_NAME}'", '`$APP_NAME`'))
    .map(([name, more, app]) => `${name}{app=${app}${more}}`);
  const shared = fc.oneof(
    oneOf(
      'vector(3)',
      'vector(0)',
      `sum(d${dataset}_limits)`,
      `d${dataset}_total`,
      `d${dataset}_limits`,
    ),
    oneOf(
      `d${dataset}_quota`,
      `sum by (app) (d${dataset}_y)`,
      `max by (queue) (d${dataset}_limits)`,
      `d${dataset}_y`,
    ),
  );
  const histogram = oneOf('le', 'le, app', 'le, instance').map(
    (by) =>
      `histogram_quantile(0.6, sum by (${by}) (rate(d${dataset}_h_bucket{app="$APP_NAME"}[2m])))`,
  );
  return { selector, shared, histogram };
};

/** Over the series of one data set. */
function vectors(dataset: number): fc.Arbitrary<string> {
  const { selector, shared, histogram } = parts(dataset);
  const { vector } = fc.letrec<{ vector: string }>((tie) => {
    const vector = tie('vector');
    const both = fc.tuple(vector, operator, matching, grouping, vector);
    const join = (texts: readonly string[]): string =>
      texts.filter((text) => text !== '').join(' ');
    const matched = (pair: readonly [string, string, string, string, string]): string =>
      join([pair[0], pair[1], pair[2], pair[2] === '' ? '' : pair[3], pair[4]]);
    return {
      vector: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        { weight: 4, arbitrary: selector },
        { weight: 1, arbitrary: histogram },
        { weight: 1, arbitrary: selector.map((text) => `${text} offset 30s`) },
        {
          weight: 3,
          arbitrary: fc.tuple(overTime, selector).map(([name, text]) => `${name}(${text}[1m])`),
        },
        {
          weight: 5,
          arbitrary: fc
            .tuple(aggregate, modifier, vector)
            .map(([name, by, text]) => `${name}${by} (${text})`),
        },
        {
          weight: 1,
          arbitrary: fc
            .tuple(oneOf('topk', 'quantile'), modifier, vector)
            .map(([name, by, text]) => `${name}${by} (1, ${text})`),
        },
        {
          weight: 2,
          arbitrary: fc.tuple(moment, vector).map(([name, text]) => `${name}(${text})`),
        },
        {
          weight: 1,
          arbitrary: fc.tuple(overTime, vector).map(([name, text]) => `${name}((${text})[1m:15s])`),
        },
        { weight: 1, arbitrary: vector.map((text) => `-(${text})`) },
        {
          weight: 1,
          arbitrary: fc.tuple(vector, number).map(([text, max]) => `clamp_max(${text}, ${max})`),
        },
        {
          weight: 2,
          arbitrary: fc
            .tuple(vector, operator, number)
            .map(([text, sign, n]) => `(${text} ${sign} ${n})`),
        },
        {
          weight: 1,
          arbitrary: fc
            .tuple(number, operator, vector)
            .map(([n, sign, text]) => `(${n} ${sign} ${text})`),
        },
        { weight: 3, arbitrary: both.map((pair) => `(${matched(pair)})`) },
        {
          weight: 2,
          arbitrary: fc
            .tuple(vector, operator, matching, grouping, shared)
            .map((pair) => `(${matched(pair)})`),
        },
        {
          weight: 2,
          arbitrary: fc
            .tuple(shared, operator, matching, grouping, vector)
            .map((pair) => `(${matched(pair)})`),
        },
        {
          weight: 2,
          arbitrary: fc
            .tuple(vector, oneOf('and', 'or', 'unless'), matching, vector)
            .map((texts) => `(${join(texts)})`),
        },
        {
          weight: 1,
          arbitrary: fc
            .tuple(vector, oneOf('and', 'or', 'unless'), matching, shared)
            .map((texts) => `(${join(texts)})`),
        },
        {
          weight: 1,
          arbitrary: fc
            .tuple(shared, oneOf('and', 'unless'), matching, vector)
            .map((texts) => `(${join(texts)})`),
        },
        {
          weight: 2,
          arbitrary: fc
            .tuple(
              vector,
              oneOf(
                '"queue", "$1", "app", "(.).*"',
                '"kind", "k", "queue", "q1"',
                '"app", "a", "", ""',
                '"instance", "", "", ""',
              ),
            )
            .map(([text, how]) => `label_replace(${text}, ${how})`),
        },
        {
          weight: 1,
          arbitrary: vector.map((text) => `label_join(${text}, "kind", "-", "queue", "instance")`),
        },
      ),
    };
  });
  return vector;
}

/** A whole query over the series of one data set. */
export function fleetQueries(dataset: number): fc.Arbitrary<string> {
  const { shared } = parts(dataset);
  const vector = vectors(dataset);
  const fallback = fc
    .tuple(
      vector,
      oneOf('', '', 'on ()', 'on (queue)'),
      fc.oneof(oneOf('vector(0)', 'vector(4)'), shared),
    )
    .map(([text, how, other]) => `${text} or ${how} ${other}`);
  return fc.oneof(
    { weight: 4, arbitrary: vector },
    { weight: 3, arbitrary: fallback },
    {
      weight: 1,
      arbitrary: fc.tuple(oneOf('ceil', 'abs', '-'), fallback).map(([f, text]) => `${f}(${text})`),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fallback, oneOf('+ 2', '* 3', '/ 4', '> bool 1', '> 1', '/ 0'))
        .map(([text, rest]) => `(${text}) ${rest}`),
    },
    { weight: 1, arbitrary: fallback.map((text) => `${text} or vector(9)`) },
  );
}
