import { GoError } from '../error.js';
import { isNumeric, numericToFloat, typeName } from '../go/of.js';
import { anyType, dereference, type GoType, isIntegerKind } from '../go/type.js';
import { isLess, isMore } from '../operators/order.js';
import type { Closure, Run } from '../run.js';
import { type ExprValue, GoInteger, List } from '../values.js';
import { type Mismatch, mismatch, type ValidatedBuiltin } from './builtin.js';

const deepest = 1_000;

/** Numbers, or arrays of them; the type of the first where all are numbers. */
function numbersOrArrays(name: string) {
  return (args: readonly GoType[]): GoType | Mismatch => {
    const [first] = args;
    if (first === undefined) return mismatch(`not enough arguments to call ${name}`);
    for (const type of args) {
      const { kind } = dereference(type);
      if (kind === 'interface' || kind === 'array' || kind === 'slice') return anyType;
      if (!isIntegerKind(kind) && kind !== 'float64') {
        return mismatch(`invalid argument for ${name} (type ${type.name})`);
      }
    }
    return first;
  };
}

type Replaces = (best: ExprValue, candidate: ExprValue) => boolean;

/**
 * The element that no other replaces, unchanged; the first of equals. Nil where there is none, or the
 * only argument where that is neither number nor array.
 */
function extreme(
  name: string,
  replaces: Replaces,
  args: readonly ExprValue[],
  run: Run,
): ExprValue {
  let best: ExprValue = null;
  const offer = (candidate: ExprValue): void => {
    if (best === null || replaces(best, candidate)) best = candidate;
  };
  for (const arg of args) {
    if (arg instanceof List) {
      const inside = extremeOf(name, replaces, arg, run, 1);
      if (inside !== null) offer(inside);
    } else if (isNumeric(arg) || arg instanceof GoInteger) {
      offer(arg);
    } else if (args.length === 1) {
      return arg;
    } else {
      throw new GoError(`invalid argument for ${name} (type ${typeName(arg)})`);
    }
  }
  return best;
}

function extremeOf(
  name: string,
  replaces: Replaces,
  list: List,
  run: Run,
  depth: number,
): ExprValue {
  if (depth > deepest) throw new GoError('recursion depth exceeded');
  run.spendSteps(list.items.length);
  let best: ExprValue = null;
  for (const item of list.items) {
    let candidate: ExprValue = item;
    if (item instanceof List) candidate = extremeOf(name, replaces, item, run, depth + 1);
    else if (!isNumeric(item)) {
      throw new GoError(`invalid argument for ${name} (type ${typeName(item)})`);
    }
    if (candidate !== null && (best === null || replaces(best, candidate))) best = candidate;
  }
  return best;
}

const max: ValidatedBuiltin = {
  kind: 'validated',
  name: 'max',
  keepsFloat: true,
  validate: numbersOrArrays('max'),
  run: (args, run) => extreme('max', isLess, args, run),
  link([left, right, more], slow, [, b]): Closure | undefined {
    if (left === undefined || right === undefined || more !== undefined) return undefined;
    if (b !== undefined) {
      return (run) => {
        const a = left(run);
        return typeof a === 'number' ? (a < b ? b : a) : slow([a, b], run);
      };
    }
    return (run) => {
      const a = left(run);
      const b = right(run);
      return typeof a === 'number' && typeof b === 'number' ? (a < b ? b : a) : slow([a, b], run);
    };
  },
};

const min: ValidatedBuiltin = {
  kind: 'validated',
  name: 'min',
  keepsFloat: true,
  validate: numbersOrArrays('min'),
  run: (args, run) => extreme('min', isMore, args, run),
  link([left, right, more], slow, [, b]): Closure | undefined {
    if (left === undefined || right === undefined || more !== undefined) return undefined;
    if (b !== undefined) {
      return (run) => {
        const a = left(run);
        return typeof a === 'number' ? (a > b ? b : a) : slow([a, b], run);
      };
    }
    return (run) => {
      const a = left(run);
      const b = right(run);
      return typeof a === 'number' && typeof b === 'number' ? (a > b ? b : a) : slow([a, b], run);
    };
  },
};

/** All numbers in the arguments, arrays taken apart, as floats. */
function numbersIn(
  name: string,
  args: readonly ExprValue[],
  run: Run,
  depth = 0,
  found: number[] = [],
): number[] {
  if (depth > deepest) throw new GoError('recursion depth exceeded');
  run.spendSteps(args.length);
  for (const arg of args) {
    if (isNumeric(arg)) found.push(numericToFloat(arg));
    else if (arg instanceof GoInteger) found.push(Number(arg.value));
    else if (arg instanceof List) numbersIn(name, arg.items, run, depth + 1, found);
    else throw new GoError(`invalid argument for ${name} (type ${typeName(arg)})`);
  }
  return found;
}

/** Sums each array on its own, as Go does: floats depend on the order of additions. */
function sumOf(args: readonly ExprValue[], run: Run, depth = 0): { sum: number; count: number } {
  if (depth > deepest) throw new GoError('recursion depth exceeded');
  run.spendSteps(args.length);
  let sum = 0;
  let count = 0;
  for (const arg of args) {
    if (arg instanceof List) {
      const isFlat = depth === 0 && isFlatAtTop(arg);
      if (isFlat) {
        run.spendSteps(arg.items.length);
        for (const item of arg.items) sum += numbersIn('mean', [item], run)[0] ?? 0;
        count += arg.items.length;
      } else {
        const inside = sumOf(arg.items, run, depth + 1);
        sum += inside.sum;
        count += inside.count;
      }
    } else {
      sum += numbersIn('mean', [arg], run)[0] ?? 0;
      count++;
    }
  }
  return { sum, count };
}

function isFlatAtTop(list: List): boolean {
  return list.items.every((item) => !(item instanceof List));
}

const mean: ValidatedBuiltin = {
  kind: 'validated',
  name: 'mean',
  validate: numbersOrArrays('mean'),
  run(args, run) {
    const { sum, count } = sumOf(args, run);
    return count === 0 ? 0 : sum / count;
  },
};

const median: ValidatedBuiltin = {
  kind: 'validated',
  name: 'median',
  validate: numbersOrArrays('median'),
  run(args, run) {
    const values = numbersIn('median', args, run);
    run.spendSteps(values.length * Math.ceil(Math.log2(values.length + 1)));
    // Go sorts NaN to the front.
    values.sort((a, b) => (Number.isNaN(a) ? -1 : Number.isNaN(b) ? 1 : a - b));
    const middle = Math.floor(values.length / 2);
    const upper = values[middle];
    if (upper === undefined) return 0;
    if (values.length % 2 === 1) return upper;
    return ((values[middle - 1] ?? upper) + upper) / 2;
  },
};

export const aggregateBuiltins = [max, min, mean, median] as const;
