import type { SyntaxNode } from '@lezer/common';
import { argumentsOf, labelList, labelsIn } from './nodes.js';
import {
  refused,
  shapeOf,
  visitAll,
  without,
  type Analysis,
  type Outcome,
  type Value,
} from './value.js';

/** Of each group one number, whatever the groups beside it. */
const REDUCING = new Set([
  'sum',
  'avg',
  'min',
  'max',
  'count',
  'group',
  'stddev',
  'stdvar',
  'quantile',
]);

/** A number or a name, then what is aggregated; the others take nothing beside that. */
const WITH_PARAMETER = new Set([
  'quantile',
  'topk',
  'bottomk',
  'limitk',
  'limit_ratio',
  'count_values',
]);

const WHY_NOT: Readonly<Record<string, string>> = {
  topk: 'topk() picks among equal values by an order that differs between queries',
  bottomk: 'bottomk() picks among equal values by an order that differs between queries',
  limitk: 'limitk() picks series by an order that differs between queries',
  limit_ratio: 'limit_ratio() picks series by an order that differs between queries',
  count_values: 'count_values() makes labels of values',
};

interface Grouping {
  readonly isBy: boolean;
  readonly labels: readonly string[];
  readonly list: SyntaxNode;
}

/**
 * `sum by (...) (e)`: with the app label among those that make the groups, no group has series of two apps, and the groups of an app
 * are those of its own query, where the label is the same for all series or missing from all.
 */
export function aggregation(node: SyntaxNode, analysis: Analysis): Outcome {
  const { query } = analysis;
  const operator = node.getChild('AggregateOp');
  const nodes = argumentsOf(node);
  const values = visitAll(nodes, analysis);
  if ('kind' in values) return values;
  const [value, operand] = [values.at(-1), nodes.at(-1)];
  if (operator === null || value === undefined || operand === undefined) {
    return refused(node, 'nothing to aggregate');
  }
  const name = query.textOf(operator).trim().toLowerCase();
  // VictoriaMetrics aggregates several lists of series as one.
  if (!(WITH_PARAMETER.has(name) ? /^[st]v$/ : /^v$/).test(shapeOf(values))) {
    return refused(node, `${name}() takes other arguments in PromQL`);
  }
  const grouping = groupingOf(node, analysis);
  if (value.split === null) {
    const labels = REDUCING.has(name) ? grouped(value, grouping) : null;
    return { ...value, type: 'vector', text: query.textOf(node), labels };
  }
  if (!REDUCING.has(name)) {
    return refused(node, WHY_NOT[name] ?? `${name}() is not known to treat each app alone`);
  }
  if (value.split.otherwise !== null) {
    return refused(node, `${name}() over "or" with what every app shares`);
  }
  const { keepsLabel, change } = withLabel(operator, grouping, value.split.keepsLabel, analysis);
  const inner = { node: operand, text: value.text };
  const isBefore = change !== null && change.from < operand.from;
  const changes = change === null ? [inner] : isBefore ? [change, inner] : [inner, change];
  const text = query.replaced(node, changes);
  const labels = without(grouped(value, grouping), [analysis.label]);
  return { kind: 'value', type: 'vector', text, split: { keepsLabel, otherwise: null }, labels };
}

function groupingOf(node: SyntaxNode, { query }: Analysis): Grouping | null {
  const modifier = node.getChild('AggregateModifier');
  const list = modifier?.getChild('GroupingLabels');
  if (modifier == null || list == null) return null;
  return { isBy: modifier.getChild('By') !== null, labels: labelsIn(list, query), list };
}

/** A name among the labels makes series that differ by nothing else, so then nothing is known. */
function grouped(value: Value, grouping: Grouping | null): ReadonlySet<string> | null {
  if (grouping === null) return new Set();
  if (!grouping.isBy) return without(value.labels, grouping.labels);
  return grouping.labels.includes('__name__') ? null : new Set(grouping.labels);
}

/** How the app label comes among those that make the groups, and whether the app's own query has it in its result. */
function withLabel(
  operator: SyntaxNode,
  grouping: Grouping | null,
  keepsLabel: boolean,
  { label }: Analysis,
) {
  if (grouping === null) {
    const by = { from: operator.to, to: operator.to, text: ` by (${label}) ` };
    return { keepsLabel: false, change: by };
  }
  const { isBy, labels, list } = grouping;
  if (labels.includes(label) === isBy) return { keepsLabel, change: null };
  const changed = isBy ? [...labels, label] : labels.filter((name) => name !== label);
  const change = { from: list.from, to: list.to, text: labelList(changed) };
  return { keepsLabel: false, change };
}
