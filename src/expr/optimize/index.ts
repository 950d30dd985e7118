import type { Node } from '../syntax/ast.js';
import { type Visitor, walk } from '../syntax/walk.js';
import { foldConstants } from './fold.js';
import {
  combinePredicates,
  countToAny,
  countToThreshold,
  endOfFilter,
  lenOfFilter,
  mapOfFilter,
} from './loops.js';
import { literalsToSet, rangeToBounds } from './membership.js';
import { sumOfArray, sumOfMap, sumOfRange } from './sums.js';

/**
 * Rewrites the tree as Expr's optimizer does, in its order. Not for speed: each of these shows in a
 * value, in an error, or in the memory budget.
 */
export function optimize(root: Node, maxVisits: number): Node {
  let node = foldConstants(walk(root, literalsToSet, maxVisits), maxVisits);
  if (!hasRewritable(node, maxVisits)) return node;
  const passes: readonly Visitor[] = [
    rangeToBounds,
    mapOfFilter(maxVisits),
    lenOfFilter,
    endOfFilter(-1n, 'last', 'findLast'),
    endOfFilter(0n, 'first', 'find'),
    combinePredicates,
    sumOfRange,
    sumOfArray,
    sumOfMap,
    countToAny,
    countToThreshold,
  ];
  for (const pass of passes) node = walk(node, pass, maxVisits);
  return node;
}

const rewritable: ReadonlySet<string> = new Set([
  'filter',
  'all',
  'any',
  'none',
  'sum',
  'reduce',
  'count',
]);

/** Most expressions have nothing that the later passes look for. */
function hasRewritable(root: Node, maxVisits: number): boolean {
  let isFound = false;
  walk(
    root,
    (node) => {
      if (node.kind === 'builtin' && rewritable.has(node.name)) isFound = true;
      if (node.kind === 'binary' && node.operator === 'in') isFound = true;
      return node;
    },
    maxVisits,
  );
  return isFound;
}
