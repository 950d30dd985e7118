import type { SyntaxNode } from '@lezer/common';
import { argumentsOf, unquoted } from './nodes.js';
import { plainNumber, seriesWise } from './series-wise.js';
import {
  isSplit,
  refused,
  shapeOf,
  union,
  visitAll,
  without,
  type Analysis,
  type Outcome,
  type Value,
} from './value.js';

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Of each series at one time, one number. A sorted answer holds the same series, which are read as a set. */
const OF_A_MOMENT = words(`
  abs acos acosh asin asinh atan atanh ceil clamp clamp_max clamp_min cos cosh day_of_month day_of_week day_of_year days_in_month
  deg exp floor histogram_avg histogram_count histogram_fraction histogram_stddev histogram_stdvar histogram_sum hour ln log10 log2
  minute month rad round sgn sin sinh sort sort_desc sqrt tan tanh timestamp year
`);

/** Of each series over a range of time, one number. */
const OF_A_RANGE = words(`
  avg_over_time changes count_over_time delta deriv double_exponential_smoothing first_over_time idelta increase irate last_over_time
  mad_over_time max_over_time min_over_time predict_linear present_over_time quantile_over_time rate resets stddev_over_time
  stdvar_over_time sum_over_time
`);

/** These have a value for each number, as long as what else they take is a plain number. */
const TOTAL = words('abs ceil floor clamp_max clamp_min sgn sort sort_desc');

const SCALAR = words('pi scalar time');

/** These change labels, by what each series has. */
const RELABELLING = words('histogram_quantile label_join label_replace');

/**
 * What they take, as `shapeOf` has it; the others one vector, or one range. VictoriaMetrics takes more, in any order: texts that it puts
 * together, series of no app where a number is meant.
 */
const SHAPES: Readonly<Record<string, RegExp>> = {
  clamp: /^vss$/,
  clamp_max: /^vs$/,
  clamp_min: /^vs$/,
  double_exponential_smoothing: /^rss$/,
  histogram_fraction: /^ssv$/,
  histogram_quantile: /^sv$/,
  label_join: /^vttt*$/,
  label_replace: /^vtttt$/,
  pi: /^$/,
  predict_linear: /^rs$/,
  quantile_over_time: /^sr$/,
  round: /^vs?$/,
  time: /^$/,
  vector: /^s$/,
};

const WHY_NOT: Readonly<Record<string, string>> = {
  absent: 'absent() has a series where an app has none',
  absent_over_time: 'absent_over_time() has a series where an app has none',
  scalar: 'scalar() takes the labels away',
  vector: 'vector() takes the labels away',
  info: 'info() brings labels of other series',
};

/** `f(e, ...)`. */
export function call(node: SyntaxNode, analysis: Analysis): Outcome {
  const { query } = analysis;
  const identifier = node.getChild('FunctionIdentifier');
  const name = identifier === null ? '' : query.textOf(identifier).trim();
  const nodes = argumentsOf(node);
  const values = visitAll(nodes, analysis);
  if ('kind' in values) return values;
  const shape = SHAPES[name] ?? (OF_A_RANGE.has(name) ? /^r$/ : /^v$/);
  const isPlain = shape.test(shapeOf(values));
  const labels = isPlain ? labelsAfter(name, values) : null;
  const at = values.findIndex(isSplit);
  const [value, operand] = [values[at], nodes[at]];
  if (value === undefined || operand === undefined || !isSplit(value)) {
    const type = SCALAR.has(name) ? 'scalar' : 'vector';
    return { kind: 'value', type, text: query.textOf(node), split: null, labels };
  }
  if (!OF_A_MOMENT.has(name) && !OF_A_RANGE.has(name) && !RELABELLING.has(name)) {
    return refused(node, WHY_NOT[name] ?? `${name}() is not known to treat each app alone`);
  }
  if (!isPlain) return refused(node, `${name}() takes other arguments in PromQL`);
  const others = values.filter((other) => other !== value);
  const isTotal = TOTAL.has(name) && others.every((other) => plainNumber(other) !== null);
  const why = RELABELLING.has(name) ? whyNotRelabel(name, operand, values, analysis) : null;
  if (why !== null) return refused(node, `${name}() ${why}`);
  const outcome = seriesWise(node, operand, value, { isTotal, analysis });
  return outcome.kind === 'refused' ? outcome : { ...outcome, labels };
}

/** Why the app label has, or may have, a part in it; null when it has none. */
function whyNotRelabel(
  name: string,
  operand: SyntaxNode,
  values: readonly Value[],
  { label }: Analysis,
): string | null {
  const touches = `touches the label ${label}`;
  // Buckets that agree in all but `le` make one series.
  if (name === 'histogram_quantile') return label === 'le' ? touches : null;
  const target = literal(values[1]);
  const sources = values.slice(3, name === 'label_replace' ? 4 : undefined).map(literal);
  if ([target, ...sources].some((text) => text.includes('\\'))) {
    return 'has a label name with an escape';
  }
  if (target === label) return touches;
  // Where the app's own series have the label, it reads the same in both.
  if (sources.includes(label) && values[0]?.split?.keepsLabel !== true) return touches;
  return name === 'label_join' || isSurelyReplaced(operand, sources[0] ?? '', literal(values[4]))
    ? null
    : 'may leave series alone that have lost labels before';
}

/** A bound of the labels that the result's series have. */
function labelsAfter(name: string, values: readonly Value[]): ReadonlySet<string> | null {
  const of = values.find(({ type }) => type === 'vector' || type === 'range')?.labels ?? null;
  if (name === 'vector' || SCALAR.has(name)) return new Set();
  if (OF_A_MOMENT.has(name) || OF_A_RANGE.has(name)) return of;
  if (name === 'histogram_quantile') return without(of, ['le']);
  if (!RELABELLING.has(name)) return null;
  const target = literal(values[1]);
  return target === '__name__' || target.includes('\\') ? null : union(of, new Set([target]));
}

function literal(value: Value | undefined): string {
  return unquoted(value?.text.trim() ?? '');
}

/**
 * Where the regular expression does not match, VictoriaMetrics (seen in 1.79) gives the label the value of one that an operation
 * before it took away, which may be the app's name. So it has to match, or nothing may have been taken away.
 */
function isSurelyReplaced(operand: SyntaxNode, source: string, regex: string): boolean {
  if (/^(\.\*|\(\.\*\))$/.test(regex) || (source === '' && regex === '')) return true;
  let hasAllLabels = true;
  operand.cursor().iterate(({ name }) => {
    if (TAKES_LABELS.has(name)) hasAllLabels = false;
  });
  return hasAllLabels;
}

const TAKES_LABELS = words('AggregateExpr BinaryExpr LabelReplace LabelJoin HistogramQuantile');
