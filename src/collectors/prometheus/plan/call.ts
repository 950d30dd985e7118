import type { SyntaxNode } from '@lezer/common';
import { argumentsOf, unquoted } from './nodes.js';
import { plainNumber, seriesWise } from './series-wise.js';
import {
  isSplit,
  refused,
  union,
  without,
  type Analysis,
  type Outcome,
  type Refusal,
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

const WHY_NOT: Readonly<Record<string, string>> = {
  absent: 'absent() has a series where an app has none',
  absent_over_time: 'absent_over_time() has a series where an app has none',
  scalar: 'scalar() takes the labels away',
  vector: 'vector() takes the labels away',
  info: 'info() brings labels of other series',
};

/** `f(e, ...)`. */
export function call(node: SyntaxNode, analysis: Analysis): Outcome {
  const { query, visit } = analysis;
  const identifier = node.getChild('FunctionIdentifier');
  const name = identifier === null ? '' : query.textOf(identifier).trim();
  const nodes = argumentsOf(node);
  const values: Value[] = [];
  for (const argument of nodes) {
    const value = visit(argument);
    if (value.kind === 'refused') return value;
    values.push(value);
  }
  const at = values.findIndex((value) => value.split !== null);
  const value = values[at];
  const operand = nodes[at];
  if (value === undefined || operand === undefined || !isSplit(value)) {
    return shared(name, query.textOf(node), values);
  }
  const others = values.filter((other) => other !== value);
  if (others.some(isSplit)) return refused(node, `${name}() of several things that differ by app`);
  const isTotal = TOTAL.has(name) && others.every((other) => plainNumber(other) !== null);
  if (OF_A_MOMENT.has(name) && value.type === 'vector') {
    return seriesWise(node, operand, value, { isTotal, analysis });
  }
  if (OF_A_RANGE.has(name) && value.type === 'range') {
    return seriesWise(node, operand, value, { isTotal: false, analysis });
  }
  if (value.type === 'vector') {
    const relabels = relabelling(name, node, operand, values, analysis);
    if (relabels?.kind === 'refused') return relabels;
    if (relabels !== null) {
      const outcome = seriesWise(node, operand, value, { isTotal: false, analysis });
      if (outcome.kind === 'refused') return outcome;
      return { ...outcome, labels: relabels.labels(value.labels) };
    }
  }
  return refused(node, WHY_NOT[name] ?? `${name}() is not known to treat each app alone`);
}

type Labels = Value['labels'];

/** A function that changes labels by what each series has, which is sound as long as the app label has no part in it; null: it is none. */
function relabelling(
  name: string,
  node: SyntaxNode,
  operand: SyntaxNode,
  values: readonly Value[],
  { label }: Analysis,
): { readonly kind: 'labels'; readonly labels: (before: Labels) => Labels } | Refusal | null {
  const textAt = (index: number): string => unquoted(values[index]?.text.trim() ?? '');
  const touched = (): Refusal => refused(node, `${name}() touches the label ${label}`);
  switch (name) {
    case 'histogram_quantile':
      // Buckets that agree in all but `le` make one series.
      if (label === 'le') return touched();
      return { kind: 'labels', labels: (before) => without(before, ['le']) };
    case 'label_replace':
    case 'label_join': {
      const target = textAt(1);
      const sources = values.slice(3).map((_, index) => textAt(index + 3));
      const read = name === 'label_replace' ? sources.slice(0, 1) : sources;
      if ([target, ...read].some((text) => text.includes('\\'))) {
        return refused(node, `${name}() with a label name that has an escape`);
      }
      const keepsLabel = values[0]?.split?.keepsLabel === true;
      // Where the app's own series have the label, it reads the same in both.
      if (target === label || (read.includes(label) && !keepsLabel)) return touched();
      if (name === 'label_replace' && !isSurelyReplaced(operand, textAt(3), textAt(4))) {
        return refused(node, 'label_replace() may leave series alone that have lost labels before');
      }
      const isName = target === '__name__';
      const labels = (before: Labels): Labels => (isName ? null : union(before, new Set([target])));
      return { kind: 'labels', labels };
    }
    default:
      return null;
  }
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

/** The same for all apps. */
function shared(name: string, text: string, values: readonly Value[]): Value {
  const type = SCALAR.has(name) ? 'scalar' : 'vector';
  const [first] = values;
  const isSeriesWise = OF_A_MOMENT.has(name) || OF_A_RANGE.has(name);
  const labels =
    name === 'vector' || type === 'scalar'
      ? new Set<string>()
      : isSeriesWise
        ? (first?.labels ?? null)
        : null;
  return { kind: 'value', type, text, split: null, labels };
}
