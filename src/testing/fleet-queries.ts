/** Random PromQL that mentions `$APP_NAME`, and random series for it, to compare one query for the fleet with a query for each app. */
import * as fc from 'fast-check';
import { seededRandom } from '../seams/clock.js';

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

/** A template whose holes are drawn. */
function text(
  parts: TemplateStringsArray,
  ...holes: readonly fc.Arbitrary<string>[]
): fc.Arbitrary<string> {
  return fc
    .tuple(...holes)
    .map((values) => parts.map((part, index) => part + (values[index] ?? '')).join(''));
}

/** One of these, each as often as its number says. */
function mixed(
  ...choices: readonly (readonly [weight: number, arbitrary: fc.Arbitrary<string>])[]
): fc.Arbitrary<string> {
  const weighted = choices.map(([weight, arbitrary]) => ({ weight, arbitrary }));
  return fc.oneof({ depthSize: 'small', withCrossShrink: true }, ...weighted);
}

const labels = fc.subarray(['app', 'queue', 'instance']).map((names) => `(${names.join(', ')})`);
const modifier = mixed([3, oneOf('')], [2, text` by ${labels}`], [2, text` without ${labels}`]);
const matching = mixed([3, oneOf('')], [2, text`on ${labels}`], [2, text`ignoring ${labels}`]);
const grouping = mixed(
  [4, oneOf('')],
  [1, oneOf('group_left ()', 'group_right ()', 'group_left (instance)', 'group_left (app)')],
);
const joining = mixed(
  [3, oneOf('')],
  [2, text`on ${labels} ${grouping}`],
  [2, text`ignoring ${labels} ${grouping}`],
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
const relabelling = oneOf(
  '"queue", "$1", "app", "(.).*"',
  '"queue", "$1", "app", "(.*)"',
  '"kind", "k", "queue", "q1"',
  '"app", "a", "", ""',
  '("queue"), "$1", ("app"), "(.*)"',
  '("app"), "a", "", ""',
  '"app" offset 5s, "a", "", ""',
  '"instance", "", "", ""',
);

interface Leaves {
  /** Of the app. */
  readonly selector: fc.Arbitrary<string>;
  /** Of no app. */
  readonly shared: fc.Arbitrary<string>;
  readonly histogram: fc.Arbitrary<string>;
}

function leavesOf(dataset: number): Leaves {
  const named = (...names: readonly string[]): fc.Arbitrary<string> =>
    oneOf(...names.map((name) => name.replaceAll('#', `d${dataset}_`)));
  const matchers = oneOf('', ', queue="q1"', ', queue!="q1"', ', queue=~"q.*"', ', app!="ab"');
  const app = oneOf('"$APP_NAME"', "'${APP_NAME}'", '`$APP_NAME`');
  return {
    selector: text`${named('#x', '#y', '#c')}{app=${app}${matchers}}`,
    shared: mixed(
      [1, named('vector(3)', 'vector(0)', 'sum(#limits)', '#total', '#limits')],
      [1, named('#quota', 'sum by (app) (#y)', 'max by (queue) (#limits)', '#y')],
    ),
    histogram: text`histogram_quantile(0.6, sum by (${oneOf('le', 'le, app', 'le, instance')}) (rate(${named('#h_bucket')}{app="$APP_NAME"}[2m])))`,
  };
}

/** Few series of an app: what meets others, or gives way to them, has often gone through one of these. */
function reduced(vector: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return text`${oneOf('sum', 'max', 'count')}${oneOf('', ' by (app)', ' by (queue)', ' by (instance)')} (${vector})`;
}

/** Over the series of one data set. */
function vectorsOf({ selector, shared, histogram }: Leaves): fc.Arbitrary<string> {
  const { vector } = fc.letrec<{ vector: string }>((tie) => {
    const vector = tie('vector');
    const operand = mixed([1, vector], [1, reduced(vector)]);
    return {
      vector: mixed(
        [4, selector],
        [1, histogram],
        [1, text`${selector} offset 30s`],
        [3, text`${overTime}(${selector}[1m])`],
        [5, text`${aggregate}${modifier} (${vector})`],
        [1, text`${oneOf('topk', 'quantile')}${modifier} (1, ${vector})`],
        [2, text`${moment}(${vector})`],
        [1, text`${overTime}((${vector})[1m:15s])`],
        [1, text`-(${vector})`],
        [1, text`${aggregate}${modifier} (${vector}, ${operand})`],
        [1, text`clamp_max(${vector}, ${number})`],
        [1, text`clamp_max(${number}, ${vector})`],
        [2, text`(${vector} ${operator} ${number})`],
        [1, text`(${number} ${operator} ${vector})`],
        [3, text`(${operand} ${operator} ${joining} ${operand})`],
        [2, text`(${operand} ${operator} ${joining} ${shared})`],
        [2, text`(${shared} ${operator} ${joining} ${operand})`],
        [2, text`(${operand} ${oneOf('and', 'or', 'unless')} ${matching} ${operand})`],
        [1, text`(${operand} ${oneOf('and', 'or', 'unless')} ${matching} ${shared})`],
        [1, text`(${shared} ${oneOf('and', 'unless')} ${matching} ${operand})`],
        [2, text`label_replace(${operand}, ${relabelling})`],
        [1, text`label_join(${operand}, "kind", "-", "queue", ${oneOf('"instance"', '"app"')})`],
      ),
    };
  });
  return vector;
}

/** What chance meets too seldom: several series of an app for one of all, and a label that only the answer for the fleet has. */
function corners({ selector, shared }: Leaves): fc.Arbitrary<string> {
  const groups = text`sum by (${oneOf('queue', 'instance')}) (${selector})`;
  return mixed(
    [
      1,
      text`${groups} ${oneOf('+', '> bool')} on () ${mixed([2, oneOf('vector(3)')], [1, shared])}`,
    ],
    [1, text`label_replace(${groups}, "kind", "$1", "app", "(.*)")`],
  );
}

/** A whole query over the series of one data set. */
export function fleetQueries(dataset: number): fc.Arbitrary<string> {
  const leaves = leavesOf(dataset);
  const vector = vectorsOf(leaves);
  const left = mixed([1, vector], [2, reduced(vector)]);
  const other = mixed([1, oneOf('vector(0)', 'vector(4)')], [1, leaves.shared]);
  const fallback = text`${left} or ${oneOf('', '', 'on ()', 'on (queue)')} ${other}`;
  const rest = oneOf('+ 2', '* 3', '/ 4', '> bool 1', '> 1', '/ 0', '% 5');
  return mixed(
    [4, vector],
    [3, fallback],
    [1, text`${oneOf('ceil', 'abs', '-', 'ln')}(${fallback})`],
    [1, text`(${fallback}) ${rest}`],
    [1, text`${fallback} or vector(9)`],
    [1, text`${overTime}((${fallback})[1m:15s])`],
    [1, text`${reduced(vector)} ${operator} ${joining} ${leaves.shared}`],
    [2, corners(leaves)],
  );
}
