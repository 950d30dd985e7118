import {
  boolNature,
  isDuration,
  isNumber,
  isString,
  isTime,
  mayFit,
  type Nature,
} from '../check/nature.js';
import { asInteger, isNumeric, numericToFloat } from '../go/of.js';
import { Time } from '../go/time.js';
import { durationType } from '../go/type.js';
import { compareText } from '../go/utf8.js';
import { type ExprValue, GoInteger } from '../values.js';
import { type BinaryOperator, invalid } from './operator.js';

function check(left: Nature, right: Nature): Nature | undefined {
  const isFit =
    (isNumber(left) && isNumber(right)) ||
    (isString(left) && isString(right)) ||
    (isTime(left) && isTime(right)) ||
    (isDuration(left) && isDuration(right)) ||
    mayFit(left, right, isNumber, isString, isTime, isDuration);
  return isFit ? boolNature : undefined;
}

/**
 * Negative, zero, positive, or NaN where the two have no order. Undefined where they cannot be compared:
 * Expr compares numbers of any type, texts, times and durations, each with its own kind.
 */
function compare(left: ExprValue, right: ExprValue): number | undefined {
  if (isNumeric(left) && isNumeric(right)) {
    const a = asInteger(left);
    const b = asInteger(right);
    if (a !== undefined && b !== undefined) return a < b ? -1 : a > b ? 1 : 0;
    const x = numericToFloat(left);
    const y = numericToFloat(right);
    return x < y ? -1 : x > y ? 1 : x === y ? 0 : Number.NaN;
  }
  if (typeof left === 'string' && typeof right === 'string') return compareText(left, right);
  if (left instanceof Time && right instanceof Time) {
    return left.isBefore(right) ? -1 : right.isBefore(left) ? 1 : 0;
  }
  if (left instanceof GoInteger && right instanceof GoInteger) {
    if (left.type !== durationType || right.type !== durationType) return undefined;
    return left.value < right.value ? -1 : left.value > right.value ? 1 : 0;
  }
  return undefined;
}

function ordered(left: ExprValue, symbol: string, right: ExprValue): number {
  const order = compare(left, right);
  if (order === undefined) throw invalid(left, symbol, right);
  return order;
}

export function isLess(left: ExprValue, right: ExprValue): boolean {
  return ordered(left, '<', right) < 0;
}

export function isMore(left: ExprValue, right: ExprValue): boolean {
  return ordered(left, '>', right) > 0;
}

export const less: BinaryOperator = {
  symbols: ['<'],
  check,
  run: isLess,
  fast: {
    both: (left, right, slow) => (run) => {
      const a = left(run);
      const b = right(run);
      return typeof a === 'number' && typeof b === 'number' ? a < b : slow(a, b, run);
    },
    constant: (left, b, slow) => (run) => {
      const a = left(run);
      return typeof a === 'number' ? a < b : slow(a, null, run);
    },
  },
};

export const more: BinaryOperator = {
  symbols: ['>'],
  check,
  run: isMore,
  fast: {
    both: (left, right, slow) => (run) => {
      const a = left(run);
      const b = right(run);
      return typeof a === 'number' && typeof b === 'number' ? a > b : slow(a, b, run);
    },
    constant: (left, b, slow) => (run) => {
      const a = left(run);
      return typeof a === 'number' ? a > b : slow(a, null, run);
    },
  },
};

export const lessOrEqual: BinaryOperator = {
  symbols: ['<='],
  check,
  run: (left, right) => ordered(left, '<=', right) <= 0,
  fast: {
    both: (left, right, slow) => (run) => {
      const a = left(run);
      const b = right(run);
      return typeof a === 'number' && typeof b === 'number' ? a <= b : slow(a, b, run);
    },
    constant: (left, b, slow) => (run) => {
      const a = left(run);
      return typeof a === 'number' ? a <= b : slow(a, null, run);
    },
  },
};

export const moreOrEqual: BinaryOperator = {
  symbols: ['>='],
  check,
  run: (left, right) => ordered(left, '>=', right) >= 0,
  fast: {
    both: (left, right, slow) => (run) => {
      const a = left(run);
      const b = right(run);
      return typeof a === 'number' && typeof b === 'number' ? a >= b : slow(a, b, run);
    },
    constant: (left, b, slow) => (run) => {
      const a = left(run);
      return typeof a === 'number' ? a >= b : slow(a, null, run);
    },
  },
};
