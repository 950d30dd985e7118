import type { SyntaxNode } from '@lezer/common';
import type { Analysis } from './value.js';

/** Whatever their argument is, what they give is no native histogram. Not `sum` and `avg`, which add histograms up. */
const FLOAT_AGGREGATIONS = new Set([
  'count',
  'group',
  'min',
  'max',
  'quantile',
  'stddev',
  'stdvar',
]);
const FLOAT_FUNCTIONS = new Set([
  'changes',
  'count_over_time',
  'histogram_avg',
  'histogram_count',
  'histogram_fraction',
  'histogram_quantile',
  'histogram_stddev',
  'histogram_stdvar',
  'histogram_sum',
  'present_over_time',
  'resets',
  'timestamp',
]);

/** Whether no series of the expression can be a native histogram, by its outermost function. */
export function isAlwaysFloat(node: SyntaxNode, analysis: Analysis): boolean {
  const { query } = analysis;
  const name = (of: SyntaxNode | null): string => (of === null ? '' : query.textOf(of).trim());
  switch (node.name) {
    case 'ParenExpr':
      return node.firstChild !== null && isAlwaysFloat(node.firstChild, analysis);
    case 'AggregateExpr':
      return FLOAT_AGGREGATIONS.has(name(node.getChild('AggregateOp')).toLowerCase());
    case 'FunctionCall':
      return FLOAT_FUNCTIONS.has(name(node.getChild('FunctionIdentifier')));
    default:
      return false;
  }
}
