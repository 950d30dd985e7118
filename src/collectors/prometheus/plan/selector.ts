import type { SyntaxNode } from '@lezer/common';
import { childrenOf } from './nodes.js';
import { refused, type Analysis, type Change, type Outcome } from './value.js';

/**
 * `m{app="$APP_NAME", ...}`: the series that pass all matchers. The fleet's matcher takes those of each app, and whatever else there is
 * is the same for both. A selector that does not mention the app is the same for all.
 */
export function selector(node: SyntaxNode, { query, matcher, isApp }: Analysis): Outcome {
  const list = node.getChild('LabelMatchers');
  const changes: Change[] = [];
  for (const { from, to, lastChild } of list === null ? [] : childrenOf(list)) {
    if (lastChild !== null && isApp(lastChild)) changes.push({ from, to, text: matcher });
  }
  return {
    kind: 'value',
    type: 'vector',
    text: query.replaced(node, changes),
    split: changes.length === 0 ? null : { keepsLabel: true, otherwise: null },
    labels: null,
  };
}

/** `e[5m]` and `e[5m:1m]`: e at several times. What holds of e at any one time holds at each of them. */
export function range(node: SyntaxNode, { query, visit }: Analysis): Outcome {
  const inner = node.firstChild;
  if (inner === null) return refused(node, 'a range of nothing');
  // The grammar lets a range reach over an operator before it, where servers bind it to what stands next to it.
  if (inner.name === 'BinaryExpr' || inner.name === 'UnaryExpr') {
    return refused(node, 'a range behind an operator: put what it belongs to in parentheses');
  }
  const value = visit(inner);
  if (value.kind === 'refused') return value;
  if (value.type !== 'vector') return refused(node, 'a range of something that has no series');
  if (value.split?.otherwise != null) {
    return refused(node, '"or" with what every app shares inside a range');
  }
  const text = query.replaced(node, [{ node: inner, text: value.text }]);
  return { ...value, type: 'range', text };
}
