import type { SyntaxNode } from '@lezer/common';
import type { QueryText } from './value.js';

/** Children that mean something; comments are blanked before a query is parsed. */
export function childrenOf(node: SyntaxNode): readonly SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) children.push(child);
  return children;
}

/** The arguments of a function or an aggregation. */
export function argumentsOf(node: SyntaxNode): readonly SyntaxNode[] {
  const body = node.getChild('FunctionCallBody');
  return body === null ? [] : childrenOf(body);
}

/** Names in the list of `by`, `without`, `on`, `ignoring` or `group_left`, without their quotes. */
export function labelsIn(list: SyntaxNode | null | undefined, query: QueryText): readonly string[] {
  if (list == null) return [];
  return childrenOf(list).map((label) => unquoted(query.textOf(label).trim()));
}

/** Escapes stay as they are: a name that needs them is then no name that equals another's. */
export function unquoted(text: string): string {
  return text.replace(/^(["'`])(.*)\1$/s, '$2');
}

/** A list of labels as it is written; names that are no identifiers in quotes. */
export function labelList(labels: readonly string[]): string {
  const written = labels.map((label) => (isPlainLabel(label) ? label : `"${label}"`));
  return `(${written.join(', ')})`;
}

export function isPlainLabel(label: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(label);
}
