import { boolNature, floatNature, intNature, natureOf, stringNature } from '../check/nature.js';
import { GoError } from '../error.js';
import { arrayType } from '../go/type.js';
import { pow } from '../go/pow.js';
import { concat } from '../go/utf8.js';
import { type BinaryNode, fresh, type Node, type UnaryNode } from '../syntax/ast.js';
import { walk } from '../syntax/walk.js';
import { type ExprValue, List, wrapInt } from '../values.js';
import { isBuiltin, replace } from './rewrite.js';

const mostRounds = 1_001;

/**
 * Computes what is constant, again and again until nothing is left. Visible where a constant fails
 * (`1 % 0` in a branch that never runs), where `x and false` drops x, and in the memory that a literal
 * array no longer takes.
 */
export function foldConstants(root: Node, maxVisits: number): Node {
  let node = root;
  for (let round = 0; round < mostRounds; round++) {
    const fold = new Fold();
    node = walk(node, (each) => fold.visit(each), maxVisits);
    if (fold.error !== undefined) throw fold.error;
    if (!fold.isApplied) break;
  }
  return node;
}

class Fold {
  isApplied = false;
  /** Of several, the last one is reported. */
  error: GoError | undefined;

  visit(node: Node): Node {
    const folded = this.#fold(node);
    if (folded !== node) this.isApplied = true;
    return folded;
  }

  #fold(node: Node): Node {
    switch (node.kind) {
      case 'unary':
        return foldUnary(node);
      case 'binary':
        if (node.operator === '%') return this.#remainder(node);
        return foldBinary(node);
      case 'array':
        return foldArray(node);
      case 'builtin':
        return foldFilter(node);
      default:
        return node;
    }
  }

  #remainder(node: BinaryNode): Node {
    const { left, right } = node;
    if (left.kind !== 'integer' || right.kind !== 'integer') return node;
    if (right.value === 0n) {
      this.error = new GoError('integer divide by zero', node.at);
      return node;
    }
    return replace(node, { kind: 'integer', value: left.value % right.value }, intNature);
  }
}

function foldUnary(node: UnaryNode): Node {
  const { operator, node: operand } = node;
  if (operator === '!' || operator === 'not') {
    if (operand.kind !== 'bool') return node;
    return replace(node, { kind: 'bool', value: !operand.value }, boolNature);
  }
  const isNegative = operator === '-';
  if (operand.kind === 'integer') {
    const value = isNegative ? wrapInt(-operand.value) : operand.value;
    return replace(node, { kind: 'integer', value }, intNature);
  }
  if (operand.kind !== 'float') return node;
  const value = isNegative ? -operand.value : operand.value;
  return replace(node, { kind: 'float', value }, floatNature);
}

function foldBinary(node: BinaryNode): Node {
  const { operator, left, right } = node;
  switch (operator) {
    case 'and':
    case '&&':
      return foldLogic(node, true);
    case 'or':
    case '||':
      return foldLogic(node, false);
    case '==':
      return foldEqual(node);
    default:
      if (operator === '+' && left.kind === 'string' && right.kind === 'string') {
        return replace(
          node,
          { kind: 'string', value: concat(left.value, right.value) },
          stringNature,
        );
      }
      return foldNumbers(node);
  }
}

/** `neutral` is the constant that leaves the other side as it is. */
function foldLogic(node: BinaryNode, neutral: boolean): Node {
  const left = node.left.kind === 'bool' ? node.left.value : undefined;
  const right = node.right.kind === 'bool' ? node.right.value : undefined;
  if (left === neutral) return moved(node, node.right);
  if (right === neutral) return moved(node, node.left);
  if (left === undefined && right === undefined) return node;
  return replace(node, { kind: 'bool', value: !neutral }, boolNature);
}

/** A node in the place of its parent takes over its position and type. */
function moved(parent: Node, child: Node): Node {
  child.at = parent.at;
  child.nature = parent.nature;
  return child;
}

function foldEqual(node: BinaryNode): Node {
  const { left, right } = node;
  const isFoldable =
    (left.kind === 'integer' && right.kind === 'integer') ||
    (left.kind === 'string' && right.kind === 'string') ||
    (left.kind === 'bool' && right.kind === 'bool');
  if (!isFoldable) return node;
  return replace(node, { kind: 'bool', value: left.value === right.value }, boolNature);
}

function foldNumbers(node: BinaryNode): Node {
  const { left, right, operator } = node;
  if (left.kind === 'integer' && right.kind === 'integer') {
    const value = foldIntegers(operator, left.value, right.value);
    if (value !== undefined) return replace(node, { kind: 'integer', value }, intNature);
  }
  if (left.kind !== 'integer' && left.kind !== 'float') return node;
  if (right.kind !== 'integer' && right.kind !== 'float') return node;
  const value = foldFloats(operator, Number(left.value), Number(right.value));
  return value === undefined ? node : replace(node, { kind: 'float', value }, floatNature);
}

function foldIntegers(operator: string, a: bigint, b: bigint): bigint | undefined {
  if (operator === '+') return wrapInt(a + b);
  if (operator === '-') return wrapInt(a - b);
  return operator === '*' ? wrapInt(a * b) : undefined;
}

function foldFloats(operator: string, a: number, b: number): number | undefined {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '**':
    case '^':
      return pow(a, b);
    default:
      return undefined;
  }
}

function foldArray(node: Node & { kind: 'array' }): Node {
  const values: ExprValue[] = [];
  for (const each of node.nodes) {
    const isLiteral =
      each.kind === 'integer' ||
      each.kind === 'float' ||
      each.kind === 'string' ||
      each.kind === 'bool';
    if (!isLiteral) return node;
    values.push(each.value);
  }
  if (values.length === 0) return node;
  const list = new List(arrayType, values);
  return replace(node, { kind: 'constant', value: list }, natureOf(arrayType));
}

/** `filter(filter(a, p), q)` is `filter(a, p && q)`. */
function foldFilter(node: Node & { kind: 'builtin' }): Node {
  const [inner, outerTest] = node.args;
  if (!isBuiltin(node, 'filter', 2) || inner?.kind !== 'builtin' || inner.name !== 'filter') {
    return node;
  }
  const [source, innerTest] = inner.args;
  if (source === undefined || innerTest?.kind !== 'predicate') return node;
  if (outerTest?.kind !== 'predicate') return node;
  const both = fresh({
    kind: 'binary',
    operator: '&&',
    left: innerTest.node,
    right: outerTest.node,
  });
  const predicate = fresh({ kind: 'predicate', node: both });
  return replace(node, { kind: 'builtin', name: 'filter', args: [source, predicate] });
}
