import {
  boolNature,
  isBool,
  mayFit,
  type Nature,
  nilNature,
  unknown,
  assignable,
} from '../check/nature.js';
import { claim } from '../error.js';
import { asBool, isNilValue } from '../go/of.js';
import type { Closure } from '../run.js';

/** An operator that may skip its right side. */
export interface LazyOperator {
  readonly symbols: readonly string[];
  readonly check: (left: Nature, right: Nature) => Nature | undefined;
  readonly link: (left: Closure, right: Closure, at: number) => Closure;
}

function checkBool(left: Nature, right: Nature): Nature | undefined {
  if (isBool(left) && isBool(right)) return boolNature;
  return mayFit(left, right, isBool) ? boolNature : undefined;
}

/** Reads a condition; a value that is no bool fails at this position. */
export function condition(closure: Closure, at: number): (run: Parameters<Closure>[0]) => boolean {
  return (run) => {
    const value = closure(run);
    if (typeof value === 'boolean') return value;
    try {
      return asBool(value);
    } catch (error) {
      throw claim(error, at);
    }
  };
}

const and: LazyOperator = {
  symbols: ['and', '&&'],
  check: checkBool,
  // The right side is the result as it is, even where it is no bool.
  link(left, right, at) {
    const test = condition(left, at);
    return (run) => (test(run) ? right(run) : false);
  },
};

const or: LazyOperator = {
  symbols: ['or', '||'],
  check: checkBool,
  link(left, right, at) {
    const test = condition(left, at);
    return (run) => (test(run) ? true : right(run));
  },
};

const coalesce: LazyOperator = {
  symbols: ['??'],
  check(left, right) {
    if (left.isNil) return right.isNil ? nilNature : right;
    if (right.isNil) return left;
    return assignable(right, left) ? left : unknown;
  },
  link: (left, right) => (run) => {
    const value = left(run);
    return isNilValue(value) ? right(run) : value;
  },
};

export const lazyOperators: ReadonlyMap<string, LazyOperator> = new Map(
  [and, or, coalesce].flatMap((operator) => operator.symbols.map((symbol) => [symbol, operator])),
);
