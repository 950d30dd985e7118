/** Expressions that make of each series one series, by its values alone. */
import type { SyntaxNode } from '@lezer/common';
import { refused, type Analysis, type Outcome, type SplitValue, type Value } from './value.js';

/**
 * f(e) for an f that looks at one series at a time. Of an `or` behind it, `f(e or g)` is `f(e) or f(g)` when f has a value for every
 * number (`isTotal`): otherwise g would come up where e has a value and f(e) has none, as NaN is none for VictoriaMetrics. A native
 * histogram is no number: most functions leave it out, so `bare` keeps e, by which that shows.
 */
export function seriesWise(
  node: SyntaxNode,
  operand: SyntaxNode,
  value: SplitValue,
  { isTotal, analysis }: { readonly isTotal: boolean; readonly analysis: Analysis },
): Outcome {
  const { query } = analysis;
  const around = (text: string): string => query.replaced(node, [{ node: operand, text }]);
  const { otherwise } = value.split;
  if (otherwise !== null && !isTotal) {
    return refused(node, 'around an "or" there may only be what has a value for every number');
  }
  const split =
    otherwise === null
      ? value.split
      : {
          ...value.split,
          otherwise: {
            ...otherwise,
            text: around(otherwise.text),
            bare: otherwise.bare ?? value.text,
          },
        };
  return { ...value, type: 'vector', text: around(value.text), split };
}

/** `(e)`. */
export function parentheses(node: SyntaxNode, analysis: Analysis): Outcome {
  const inner = node.firstChild;
  const value = inner === null ? null : analysis.visit(inner);
  if (inner === null || value === null) return refused(node, 'nothing in parentheses');
  if (value.kind === 'refused') return value;
  const { type } = value;
  if (type === 'text') return refused(node, 'a text in parentheses');
  if (value.split === null) return own(node, value, analysis);
  const wrapped = seriesWise(node, inner, value as SplitValue, { isTotal: true, analysis });
  if (wrapped.kind === 'refused') return wrapped;
  const bare = value.split.otherwise?.bare ?? null;
  const { split } = wrapped;
  if (split === null || split.otherwise === null) return { ...wrapped, type };
  // Nothing is left out by them.
  return { ...wrapped, type, split: { ...split, otherwise: { ...split.otherwise, bare } } };
}

/** `-e`. */
export function sign(node: SyntaxNode, analysis: Analysis): Outcome {
  const inner = node.lastChild;
  const value = inner === null ? null : analysis.visit(inner);
  if (inner === null || value === null) return refused(node, 'a sign of nothing');
  if (value.kind === 'refused') return value;
  if (value.type !== 'vector' && value.type !== 'scalar') {
    return refused(node, 'a sign before something that has no number');
  }
  if (value.split === null) return own(node, value, analysis);
  return seriesWise(node, inner, value as SplitValue, { isTotal: true, analysis });
}

/** The text of the whole node for a value that its child has. */
function own(node: SyntaxNode, value: Value, { query }: Analysis): Value {
  return { ...value, text: query.textOf(node) };
}

/** A finite number, written as such; null: it is none, or something else. */
export function plainNumber(value: Value): number | null {
  const text = value.text.replace(/[\s()]/g, '');
  return value.type === 'scalar' && /^[-+]?\d+(\.\d+)?$/.test(text) ? Number(text) : null;
}
