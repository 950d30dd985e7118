import { intNature } from '../check/nature.js';
import { type BinaryNode, fresh, type Node, type NodeDraft } from '../syntax/ast.js';
import { wrapInt } from '../values.js';
import { isBuiltin, replace } from './rewrite.js';

/** `sum([a, b, c])` is `a + (b + c)`: a user sees the order in the last bits of a float. */
export function sumOfArray(node: Node): Node {
  if (!isBuiltin(node, 'sum', 1)) return node;
  const [array] = node.args;
  if (array?.kind !== 'array' || array.nodes.length < 2) return node;
  const draft = additions(array.nodes);
  return draft === undefined ? node : replace(node, draft);
}

function additions(nodes: readonly Node[]): NodeDraft | undefined {
  const [last, ...before] = nodes.toReversed();
  let right = last;
  let draft: NodeDraft | undefined;
  for (const left of before) {
    if (right === undefined) return undefined;
    draft = { kind: 'binary', operator: '+', left, right };
    right = fresh({ ...draft });
  }
  return draft;
}

/** `sum(map(a, f))` is `sum(a, f)` and makes no array. */
export function sumOfMap(node: Node): Node {
  if (!isBuiltin(node, 'sum', 1)) return node;
  const [map] = node.args;
  if (map === undefined || !isBuiltin(map, 'map', 2)) return node;
  return replace(node, { kind: 'builtin', name: 'sum', args: [...map.args] });
}

/** `sum(m..n)` and `reduce(m..n, # + #acc)` of literal ends are the sum of an arithmetic series. */
export function sumOfRange(node: Node): Node {
  if (node.kind !== 'builtin') return node;
  const series = seriesOf(node.args[0]);
  if (series === undefined) return node;
  const value = node.name === 'sum' ? sumOf(node.args, series) : reduced(node, series);
  return value === undefined
    ? node
    : replace(node, { kind: 'integer', value: wrapInt(value) }, intNature);
}

interface Series {
  readonly count: bigint;
  readonly sum: bigint;
}

function seriesOf(node: Node | undefined): Series | undefined {
  if (node?.kind !== 'binary' || node.operator !== '..') return undefined;
  const { left, right } = node;
  if (left.kind !== 'integer' || right.kind !== 'integer') return undefined;
  if (right.value < left.value) return undefined;
  const count = wrapInt(right.value - left.value + 1n);
  return { count, sum: wrapInt(count * wrapInt(left.value + right.value)) / 2n };
}

function sumOf(args: readonly Node[], series: Series): bigint | undefined {
  const [, predicate] = args;
  if (args.length === 1) return series.sum;
  if (args.length !== 2 || predicate?.kind !== 'predicate') return undefined;
  const body = predicate.node;
  if (isElement(body)) return series.sum;
  return body.kind === 'binary' ? sumOfOperation(body, series) : undefined;
}

function sumOfOperation(body: BinaryNode, { sum, count }: Series): bigint | undefined {
  const { left, right, operator } = body;
  const constant = isElement(left) ? right : isElement(right) ? left : undefined;
  if (constant?.kind !== 'integer') return undefined;
  if (operator === '*') return constant.value * sum;
  if (operator === '+') return sum + count * constant.value;
  if (operator !== '-') return undefined;
  return isElement(left) ? sum - count * constant.value : count * constant.value - sum;
}

function isElement(node: Node): boolean {
  return node.kind === 'pointer' && node.name === '';
}

function reduced(node: Node & { kind: 'builtin' }, { sum }: Series): bigint | undefined {
  const [, predicate, initial] = node.args;
  if (node.name !== 'reduce' || predicate?.kind !== 'predicate') return undefined;
  const body = predicate.node;
  if (body.kind !== 'binary' || body.operator !== '+') return undefined;
  const { left, right } = body;
  if (left.kind !== 'pointer' || right.kind !== 'pointer') return undefined;
  const names = [left.name, right.name].sort().join(' ');
  if (names !== ' acc') return undefined;
  if (initial === undefined) return sum;
  return initial.kind === 'integer' ? initial.value + sum : undefined;
}
