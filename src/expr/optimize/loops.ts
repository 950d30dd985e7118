import type { BuiltinNode, Node } from '../syntax/ast.js';
import { fresh } from '../syntax/ast.js';
import { print } from '../syntax/print.js';
import { walk } from '../syntax/walk.js';
import { isBuiltin, isInteger, replace } from './rewrite.js';

/** `map(filter(a, p), f)` is one loop, unless `f` asks for the index in the filtered array. */
export function mapOfFilter(maxVisits: number) {
  return (node: Node): Node => {
    if (!isBuiltin(node, 'map', 2)) return node;
    const [inner, mapper] = node.args;
    if (inner?.kind !== 'builtin' || inner.name !== 'filter' || inner.map !== undefined)
      return node;
    if (mapper?.kind !== 'predicate' || usesIndex(mapper, maxVisits)) return node;
    return replace(node, { kind: 'builtin', name: 'filter', args: inner.args, map: mapper.node });
  };
}

function usesIndex(node: Node, maxVisits: number): boolean {
  let isFound = false;
  walk(
    node,
    (each) => {
      if (each.kind === 'pointer' && each.name === 'index') isFound = true;
      return each;
    },
    maxVisits,
  );
  return isFound;
}

/** `len(filter(a, p))` counts. */
export function lenOfFilter(node: Node): Node {
  if (!isBuiltin(node, 'len', 1)) return node;
  const [inner] = node.args;
  if (!isBuiltin(inner ?? node, 'filter', 2) || inner?.kind !== 'builtin') return node;
  return replace(node, { kind: 'builtin', name: 'count', args: inner.args });
}

/** `filter(a, p)[0]` and `first(filter(a, p))` stop at what they find; the same from the other end. */
export function endOfFilter(index: bigint, end: 'first' | 'last', finder: 'find' | 'findLast') {
  return (node: Node): Node => {
    if (node.kind === 'member' && !node.isOptional && isInteger(node.property, index)) {
      return found(node, node.node, finder, true);
    }
    if (!isBuiltin(node, end, 1)) return node;
    return found(node, node.args[0], finder, false);
  };
}

function found(node: Node, inner: Node | undefined, finder: string, isThrowing: boolean): Node {
  if (!isBuiltin(inner ?? node, 'filter', 2) || inner?.kind !== 'builtin') return node;
  const { args, map } = inner;
  return replace(node, { kind: 'builtin', name: finder, args, isThrowing, map });
}

/** `all(a, p) && all(a, q)` is one loop; so are `any` with `||`, and `none` with `&&`. */
export function combinePredicates(node: Node): Node {
  if (node.kind !== 'binary') return node;
  const { left, right } = node;
  if (left.kind !== 'builtin' || right.kind !== 'builtin' || left.name !== right.name) return node;
  const operator = combinedOperator(left.name, node.operator);
  const [source, first] = left.args;
  const [otherSource, second] = right.args;
  if (operator === undefined || first?.kind !== 'predicate') return node;
  if (second?.kind !== 'predicate' || source === undefined || otherSource === undefined)
    return node;
  const isSame =
    source.nature.type === otherSource.nature.type && print(source) === print(otherSource);
  if (!isSame) return node;
  const both = fresh({ kind: 'binary', operator, left: first.node, right: second.node });
  const predicate = fresh({ kind: 'predicate', node: combinePredicates(both) });
  return replace(node, { kind: 'builtin', name: left.name, args: [source, predicate] });
}

function combinedOperator(name: string, operator: string): string | undefined {
  const isAnd = operator === 'and' || operator === '&&';
  const isOr = operator === 'or' || operator === '||';
  if ((name === 'all' && isAnd) || (name === 'any' && isOr)) return operator;
  if (name !== 'none' || !isAnd) return undefined;
  return operator === 'and' ? 'or' : '||';
}

/** `count(a, p) > 0` stops at the first element that passes. */
export function countToAny(node: Node): Node {
  if (node.kind !== 'binary' || !isBuiltin(node.left, 'count', 2)) return node;
  const isAny =
    (node.operator === '>' && isInteger(node.right, 0n)) ||
    (node.operator === '>=' && isInteger(node.right, 1n));
  return isAny ? replace(node, { kind: 'builtin', name: 'any', args: node.left.args }) : node;
}

/** `count(a, p) > n` stops as soon as the answer is known. */
export function countToThreshold(node: Node): Node {
  if (node.kind !== 'binary' || !isBuiltin(node.left, 'count', 2)) return node;
  const { operator, right } = node;
  if (right.kind !== 'integer' || right.value < 0n) return node;
  const isInclusive = operator === '>=' || operator === '<';
  if (!isInclusive && operator !== '>' && operator !== '<=') return node;
  const threshold = isInclusive ? right.value : right.value + 1n;
  const count: BuiltinNode = node.left;
  if (threshold > 1n) count.threshold = threshold;
  return node;
}
