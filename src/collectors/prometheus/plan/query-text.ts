import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import { withPlaceholders } from '../../shared/settings/app-template.js';
import { parseQuery } from '../syntax.js';
import type { QueryText } from './value.js';

/**
 * The syntax tree of a query without its `offset` and `@` clauses and comments, which the analysis need not see: they move an expression
 * in time, for the fleet as for each app. The grammar would read `a + b offset 5m` as `(a + b) offset 5m`, and so get the order
 * of all operators around it wrong. Texts still have them.
 */
export function prepareQuery(query: string): {
  readonly root: SyntaxNode;
  readonly text: QueryText;
} {
  const { source, bare } = withoutClauses(query);
  const tree = parser.parse(bare);
  const root = tree.topNode.firstChild ?? tree.topNode;
  // Up to what comes next, so that a clause goes with what it belongs to.
  const endOf = (node: SyntaxNode): number =>
    node.to + (/^\s*/.exec(bare.slice(node.to))?.[0].length ?? 0);
  const text: QueryText = {
    textOf: (node) => source.slice(node.from, endOf(node)),
    replaced(node, changes) {
      let replaced = '';
      let at = node.from;
      for (const change of changes) {
        const { from } = 'node' in change ? change.node : change;
        replaced += source.slice(at, from) + change.text;
        at = 'node' in change ? endOf(change.node) : change.to;
      }
      return replaced + source.slice(at, endOf(node));
    },
  };
  return { root, text };
}

/** Blanks in their place, so that positions stay true. `source` lacks only the comments, which would swallow what is put behind them. */
function withoutClauses(query: string): { readonly source: string; readonly bare: string } {
  let source = query;
  let bare = withPlaceholders(query);
  parseQuery(query).iterate({
    enter({ name, node, from, to }) {
      if (name === 'LineComment') {
        source = blanked(source, from, to);
        bare = blanked(bare, from, to);
      }
      if (name === 'OffsetExpr') bare = blanked(bare, node.getChild('Offset')?.from ?? to, to);
      if (name === 'StepInvariantExpr') bare = blanked(bare, node.getChild('At')?.from ?? to, to);
    },
  });
  return { source, bare };
}

function blanked(text: string, from: number, to: number): string {
  return text.slice(0, from) + ' '.repeat(to - from) + text.slice(to);
}
