import { claim, GoError } from '../error.js';
import { asInt, asString } from '../go/of.js';
import { compilePattern } from '../go/regexp.js';
import { intType, stringType } from '../go/type.js';
import { binaryOperators } from '../operators/index.js';
import { lazyOperators } from '../operators/logic.js';
import { isInSet } from '../operators/membership.js';
import { placed, type Slow } from '../operators/operator.js';
import { matchesLiteral } from '../operators/text.js';
import type { Closure } from '../run.js';
import type { BinaryNode, Node, SetNode } from '../syntax/ast.js';

import type { LinkScope } from './scope.js';

/** One binary operator, whose left side is linked. */
export function linkOperation(
  node: BinaryNode,
  leftNode: Node,
  left: Closure,
  linker: LinkScope,
): Closure {
  const { operator: symbol, right: rightNode, at } = node;
  if (rightNode.kind === 'set') return linkSet(left, rightNode, at);
  if (symbol === 'matches' && rightNode.kind === 'string') {
    return linkPattern(left, rightNode.value, at);
  }
  const right = linker.link(rightNode);
  const lazy = lazyOperators.get(symbol);
  if (lazy !== undefined) return lazy.link(left, right, at);
  const operator = binaryOperators.get(symbol);
  if (operator === undefined) throw new GoError(`unknown operator (${symbol})`, at);
  const strict = equalityOfOneType(node);
  const slow = placed(strict ?? operator.run, at);
  const { fast } = operator;
  if (fast === undefined || strict !== undefined) {
    return (run) => {
      const a = left(run);
      const b = right(run);
      return slow(a, b, run);
    };
  }
  const rightLiteral = literal(rightNode);
  if (rightLiteral !== undefined) {
    const original = rightLiteral;
    return fast.constant(left, Number(original), (a, _, run) => slow(a, original, run));
  }
  const leftLiteral = literal(leftNode);
  if (typeof leftLiteral === 'bigint') {
    const numeric = Number(leftLiteral);
    return fast.both(
      () => numeric,
      right,
      (_, b, run) => slow(leftLiteral, b, run),
    );
  }
  return fast.both(left, right, slow);
}

function literal(node: Node): number | bigint | undefined {
  return node.kind === 'integer' || node.kind === 'float' ? node.value : undefined;
}

/** Two sides that the checker knows as ints, or as texts, are compared without looking at their types. */
function equalityOfOneType(node: BinaryNode): Slow | undefined {
  if (node.operator !== '==' && node.operator !== '!=') return undefined;
  const { type } = node.left.nature;
  if (type !== node.right.nature.type) return undefined;
  const isEqual = node.operator === '==';
  if (type === intType) return (left, right) => (asInt(left) === asInt(right)) === isEqual;
  if (type === stringType) return (left, right) => (asString(left) === asString(right)) === isEqual;
  return undefined;
}

function linkSet(left: Closure, set: SetNode, at: number): Closure {
  return (run) => {
    const value = left(run);
    try {
      return isInSet(value, set);
    } catch (error) {
      throw claim(error, at);
    }
  };
}

function linkPattern(left: Closure, source: string, at: number): Closure {
  const pattern = compilePattern(source);
  return (run) => {
    const value = left(run);
    try {
      return matchesLiteral(value, pattern, run);
    } catch (error) {
      throw claim(error, at);
    }
  };
}
