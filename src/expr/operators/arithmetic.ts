import {
  floatNature,
  intNature,
  isDuration,
  isInteger,
  isNumber,
  isString,
  isTime,
  mayFit,
  type Nature,
  natureOf,
  promoted,
  stringNature,
  unknown,
} from '../check/nature.js';
import { GoError } from '../error.js';
import { asInteger, isNumeric, numericToFloat, toFloat } from '../go/of.js';
import { pow } from '../go/pow.js';
import { Time } from '../go/time.js';
import { durationType, timeType } from '../go/type.js';
import { concat } from '../go/utf8.js';
import { type ExprValue, GoInteger, wrapInt } from '../values.js';
import { type BinaryOperator, invalid } from './operator.js';

const durationNature = natureOf(durationType);
const timeNature = natureOf(timeType);

function durationOf(value: ExprValue): bigint | undefined {
  return value instanceof GoInteger && value.type === durationType ? value.value : undefined;
}

function duration(nanos: bigint): GoInteger {
  return new GoInteger(durationType, wrapInt(nanos));
}

export const add: BinaryOperator = {
  symbols: ['+'],
  check(left, right) {
    if (isNumber(left) && isNumber(right)) return promoted(left, right);
    if (isString(left) && isString(right)) return stringNature;
    if (isTime(left) && isDuration(right)) return timeNature;
    if (isDuration(left) && isTime(right)) return timeNature;
    if (isDuration(left) && isDuration(right)) return durationNature;
    return mayFit(left, right, isNumber, isString, isTime, isDuration) ? unknown : undefined;
  },
  run(left, right, run) {
    if (isNumeric(left) && isNumeric(right)) {
      const a = asInteger(left);
      const b = asInteger(right);
      if (a !== undefined && b !== undefined) return wrapInt(a + b);
      return numericToFloat(left) + numericToFloat(right);
    }
    if (typeof left === 'string' && typeof right === 'string') {
      run.allocateText(left.length + right.length);
      return concat(left, right);
    }
    const a = durationOf(left);
    const b = durationOf(right);
    if (a !== undefined && b !== undefined) return duration(a + b);
    if (left instanceof Time && b !== undefined) return left.add(b);
    if (right instanceof Time && a !== undefined) return right.add(a);
    throw invalid(left, '+', right);
  },
  fast: {
    both: (left, right, slow) => (run) => {
      const a = left(run);
      const b = right(run);
      return typeof a === 'number' && typeof b === 'number' ? a + b : slow(a, b, run);
    },
    constant: (left, b, slow) => (run) => {
      const a = left(run);
      return typeof a === 'number' ? a + b : slow(a, null, run);
    },
  },
};

export const subtract: BinaryOperator = {
  symbols: ['-'],
  check(left, right) {
    if (isNumber(left) && isNumber(right)) return promoted(left, right);
    if (isTime(left) && isTime(right)) return durationNature;
    if (isTime(left) && isDuration(right)) return timeNature;
    if (isDuration(left) && isDuration(right)) return durationNature;
    return mayFit(left, right, isNumber, isTime, isDuration) ? unknown : undefined;
  },
  run(left, right) {
    if (isNumeric(left) && isNumeric(right)) {
      const a = asInteger(left);
      const b = asInteger(right);
      if (a !== undefined && b !== undefined) return wrapInt(a - b);
      return numericToFloat(left) - numericToFloat(right);
    }
    const b = durationOf(right);
    if (left instanceof Time) {
      if (right instanceof Time) return duration(left.subtract(right));
      if (b !== undefined) return left.add(wrapInt(-b));
    }
    const a = durationOf(left);
    if (a !== undefined && b !== undefined) return duration(a - b);
    throw invalid(left, '-', right);
  },
  fast: {
    both: (left, right, slow) => (run) => {
      const a = left(run);
      const b = right(run);
      return typeof a === 'number' && typeof b === 'number' ? a - b : slow(a, b, run);
    },
    constant: (left, b, slow) => (run) => {
      const a = left(run);
      return typeof a === 'number' ? a - b : slow(a, null, run);
    },
  },
};

export const multiply: BinaryOperator = {
  symbols: ['*'],
  check(left, right) {
    if (isNumber(left) && isNumber(right)) return promoted(left, right);
    const isScaled = isNumber(left) && isDuration(right);
    if (isScaled || (isDuration(left) && (isNumber(right) || isDuration(right)))) {
      return durationNature;
    }
    return mayFit(left, right, isNumber, isDuration) ? unknown : undefined;
  },
  run(left, right) {
    const a = asInteger(left) ?? durationOf(left);
    const b = asInteger(right) ?? durationOf(right);
    if (a !== undefined && b !== undefined) {
      const isPlain = isNumeric(left) && isNumeric(right);
      return isPlain ? wrapInt(a * b) : duration(a * b);
    }
    // A duration times a fraction is a float of nanoseconds, whatever the checker calls it.
    const x = typeof left === 'number' ? left : a === undefined ? undefined : Number(a);
    const y = typeof right === 'number' ? right : b === undefined ? undefined : Number(b);
    if (x !== undefined && y !== undefined) return x * y;
    throw invalid(left, '*', right);
  },
  fast: {
    both: (left, right, slow) => (run) => {
      const a = left(run);
      const b = right(run);
      return typeof a === 'number' && typeof b === 'number' ? a * b : slow(a, b, run);
    },
    constant: (left, b, slow) => (run) => {
      const a = left(run);
      return typeof a === 'number' ? a * b : slow(a, null, run);
    },
  },
};

function floatOf(left: Nature, right: Nature): Nature | undefined {
  if (isNumber(left) && isNumber(right)) return floatNature;
  return mayFit(left, right, isNumber) ? floatNature : undefined;
}

export const divide: BinaryOperator = {
  symbols: ['/'],
  check: floatOf,
  run(left, right) {
    if (isNumeric(left) && isNumeric(right)) return numericToFloat(left) / numericToFloat(right);
    throw invalid(left, '/', right);
  },
  fast: {
    both: (left, right, slow) => (run) => {
      const a = left(run);
      const b = right(run);
      return typeof a === 'number' && typeof b === 'number' ? a / b : slow(a, b, run);
    },
    constant: (left, b, slow) => (run) => {
      const a = left(run);
      return typeof a === 'number' ? a / b : slow(a, null, run);
    },
  },
};

export const remainder: BinaryOperator = {
  symbols: ['%'],
  check(left, right) {
    if (isInteger(left) && isInteger(right)) return intNature;
    return mayFit(left, right, isInteger) ? intNature : undefined;
  },
  run(left, right) {
    const a = asInteger(left);
    const b = asInteger(right);
    if (a === undefined || b === undefined) throw invalid(left, '%', right);
    if (b === 0n) throw new GoError('runtime error: integer divide by zero');
    return a % b;
  },
};

export const power: BinaryOperator = {
  symbols: ['**', '^'],
  check: floatOf,
  run: (left, right) => pow(toFloat(left), toFloat(right)),
};
