import { unknown } from '../check/nature.js';
import { fresh, type Node } from '../syntax/ast.js';
import { replace } from './rewrite.js';

/** `x in [1, 2]` for an int and `x in ["a", "b"]` look into a set, which takes no value of another type. */
export function literalsToSet(node: Node): Node {
  if (node.kind !== 'binary' || node.operator !== 'in' || node.right.kind !== 'array') return node;
  const { nodes } = node.right;
  if (nodes.length === 0) return node;
  const numbers = nodes.flatMap((each) => (each.kind === 'integer' ? [each.value] : []));
  const texts = nodes.flatMap((each) => (each.kind === 'string' ? [each.value] : []));
  const isInt = node.left.nature.type?.kind === 'int' && numbers.length === nodes.length;
  if (!isInt && texts.length !== nodes.length) return node;
  const members = new Set<bigint | string>(isInt ? numbers : texts);
  const set = fresh({ kind: 'set', element: isInt ? 'int' : 'string', members });
  return replace(node, { kind: 'binary', operator: 'in', left: node.left, right: set });
}

/** `x in 1..9` for an int compares with both ends and makes no array. */
export function rangeToBounds(node: Node): Node {
  if (node.kind !== 'binary' || node.operator !== 'in') return node;
  const { left, right } = node;
  if (left.nature.type?.kind !== 'int') return node;
  if (right.kind !== 'binary' || right.operator !== '..') return node;
  const { left: from, right: to } = right;
  if (from.kind !== 'integer' || to.kind !== 'integer') return node;
  const lower = fresh({ kind: 'binary', operator: '>=', left, right: from });
  const upper = fresh({ kind: 'binary', operator: '<=', left, right: to });
  lower.nature = unknown;
  return replace(node, { kind: 'binary', operator: 'and', left: lower, right: upper });
}
