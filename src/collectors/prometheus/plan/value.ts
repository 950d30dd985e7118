/**
 * What the planner knows of one expression of a query: the statement that each rule proves of its node from what is
 * proved of its children.
 *
 * Let e(a) be the expression with `$APP_NAME` replaced by the app a, and e' its text for the fleet, in which the matcher takes
 * all apps. An expression is **split** when, over any data and for every app a, the series of e' whose app label is a
 * are those of e(a): one for one, with the same values. They differ at most by the app label, which e' has in any case.
 */
import type { SyntaxNode } from '@lezer/common';

export interface Value {
  readonly kind: 'value';
  /** A text is a literal and nothing else, so that what it says can be read from it. */
  readonly type: 'scalar' | 'vector' | 'range' | 'text';
  /** The expression; when it is split, its text for the fleet. */
  readonly text: string;
  /** Null: it does not mention the app, and is the same for all. */
  readonly split: Split | null;
  /** A bound of the labels that its series have, beside the app label if it is split; null: any. */
  readonly labels: ReadonlySet<string> | null;
}

export interface Split {
  /** True: the series of e(a) have the app label too. False: only e' has it. */
  readonly keepsLabel: boolean;
  /** Set by `or`, at most once, and from there on only functions may follow that have a value wherever their argument has one. */
  readonly otherwise: Otherwise | null;
}

/** e(a) is the series of e' for a, and those of `text` that match none of them: `e' or text`, which only the app's own series decide. */
export interface Otherwise {
  /** Does not mention the app. */
  readonly text: string;
  readonly matching: Matching | null;
  /** True: no series of the left side can be a native histogram, whatever the data. */
  readonly isAlwaysFloat: boolean;
  /** The left side without the functions that stand around the `or`; null: there are none. */
  readonly bare: string | null;
}

/** `on (...)` or `ignoring (...)`; null in its place: all labels. The metric name never counts. */
export interface Matching {
  readonly isOn: boolean;
  readonly labels: readonly string[];
}

/** The query is asked app by app. */
export interface Refusal {
  readonly kind: 'refused';
  /** Offset in the query. */
  readonly at: number;
  /** One clause: "topk() ..." */
  readonly why: string;
}

export type Outcome = Value | Refusal;

/** A value that mentions the app. */
export type SplitValue = Value & { readonly split: Split };

export interface Analysis {
  readonly query: QueryText;
  /** The label whose equality matchers name the app. */
  readonly label: string;
  /** The matcher for the fleet: `app=~"..."`. */
  readonly matcher: string;
  /** True for the literal of a matcher's value that is the app's name. */
  readonly isApp: (literal: SyntaxNode) => boolean;
  /** The rule of the node's kind. */
  readonly visit: (node: SyntaxNode) => Outcome;
}

/** The text of a query beside its syntax tree. */
export interface QueryText {
  /** The node with what modifies it (`offset`, `@`), which the tree leaves out. */
  textOf(node: SyntaxNode): string;
  /** The node with some of its children replaced, each with what modifies it, or with other stretches replaced. In order. */
  replaced(node: SyntaxNode, changes: readonly Change[]): string;
}

export type Change =
  | { readonly node: SyntaxNode; readonly text: string }
  | { readonly from: number; readonly to: number; readonly text: string };

export function refused(node: SyntaxNode, why: string): Refusal {
  return { kind: 'refused', at: node.from, why };
}

export function isSplit(value: Value): value is SplitValue {
  return value.split !== null;
}

/** Of all arguments, or why one of them is refused. */
export function visitAll(
  nodes: readonly SyntaxNode[],
  { visit }: Analysis,
): readonly Value[] | Refusal {
  const values: Value[] = [];
  for (const node of nodes) {
    const value = visit(node);
    if (value.kind === 'refused') return value;
    values.push(value);
  }
  return values;
}

/** The types of arguments, by their first letters: `vst` is a vector, a scalar and a text. */
export function shapeOf(values: readonly Value[]): string {
  return values.map(({ type }) => type.charAt(0)).join('');
}

export function without(
  labels: ReadonlySet<string> | null,
  dropped: readonly string[],
): ReadonlySet<string> | null {
  return labels === null ? null : new Set([...labels].filter((label) => !dropped.includes(label)));
}

export function union(
  a: ReadonlySet<string> | null,
  b: ReadonlySet<string> | null,
): ReadonlySet<string> | null {
  return a === null || b === null ? null : new Set([...a, ...b]);
}
