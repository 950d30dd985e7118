import type { SyntaxNode } from '@lezer/common';
import type { Clause } from './matching.js';
import type { Analysis, SplitValue, Value } from './value.js';

/** `left operator right`, both proved. */
export interface Operation {
  readonly node: SyntaxNode;
  readonly left: SyntaxNode;
  readonly right: SyntaxNode;
  readonly leftValue: Value;
  readonly rightValue: Value;
  readonly operator: string;
  readonly isBool: boolean;
  readonly clause: Clause;
  readonly analysis: Analysis;
}

/** Why the app label cannot have a part in how the sides find each other; null when it can, or has none. */
export function differs(
  { clause, analysis }: Operation,
  left: SplitValue,
  right: SplitValue,
): string | null {
  const { label } = analysis;
  if (!clause.matches(label) || left.split.keepsLabel === right.split.keepsLabel) return null;
  return `one side has the label ${label}, the other has lost it`;
}

/** The operation with its operands for the fleet; `clause` null leaves the matching as it is. */
export function textWith(operation: Operation, clause: string | null): string {
  const { node, left, right, leftValue, rightValue, clause: written, analysis } = operation;
  const change = clause === null ? [] : [{ from: written.from, to: written.to, text: clause }];
  return analysis.query.replaced(node, [
    { node: left, text: leftValue.text },
    ...change,
    { node: right, text: rightValue.text },
  ]);
}
