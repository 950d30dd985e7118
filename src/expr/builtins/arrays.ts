import { GoError } from '../error.js';
import { fetch } from '../go/fetch.js';
import { kindName, typeName } from '../go/of.js';
import { sortValues } from '../go/sort.js';
import {
  anyType,
  arrayType,
  floatType,
  functionOf,
  intsType,
  sliceOf,
  stringsType,
  stringType,
} from '../go/type.js';
import { isEqual } from '../operators/equality.js';
import type { Run } from '../run.js';
import { type ExprValue, GoInteger, List } from '../values.js';
import { expectCount, mismatch, type OverloadedBuiltin, type ValidatedBuiltin } from './builtin.js';

import { arrayKinds, hasKind, listOf, oneOf } from './kinds.js';

/** The element at one end; nil where there is none, whatever the reason. */
function end(name: string, index: bigint): ValidatedBuiltin {
  return {
    kind: 'validated',
    name,
    validate: oneOf(
      arrayKinds,
      (type) => `cannot get ${name} element from ${type.name}`,
      (type) => type.element ?? anyType,
    ),
    run([value = null], run) {
      try {
        return fetch(value, index, run);
      } catch (error) {
        if (error instanceof GoError) return null;
        throw error;
      }
    },
  };
}

const take: ValidatedBuiltin = {
  kind: 'validated',
  name: 'take',
  validate(args) {
    const [from = anyType, count = anyType] = args;
    const problem = expectCount(args, 2);
    if (problem !== undefined) return problem;
    if (!hasKind(from, arrayKinds)) return mismatch(`cannot take from ${from.name}`);
    if (hasKind(count, ['interface', 'int', 'int64'])) return from;
    return mismatch(`cannot take ${count.name} elements`);
  },
  run(args) {
    const list = listOf(args, 'cannot take from');
    const [, wanted = null] = args;
    const isSigned =
      typeof wanted === 'bigint' || (wanted instanceof GoInteger && wanted.type.kind !== 'uint8');
    if (!isSigned) throw new GoError(`cannot take ${kindName(wanted)} elements`);
    const count = typeof wanted === 'bigint' ? wanted : wanted.value;
    if (count < 0n) {
      throw new GoError('reflect.Value.Slice: slice index out of bounds');
    }
    const size = count > BigInt(list.items.length) ? list.items.length : Number(count);
    return new List(list.type, list.items.slice(0, size), list.isNil);
  },
};

function arrayBuiltin(name: string, run: (list: List, run: Run) => ExprValue): ValidatedBuiltin {
  return {
    kind: 'validated',
    name,
    validate: oneOf(
      arrayKinds,
      (type) => `cannot ${name} ${type.name}`,
      () => arrayType,
    ),
    run: (args, state) => run(listOf(args, `cannot ${name}`), state),
  };
}

const reverse = arrayBuiltin('reverse', (list, run) => {
  run.allocate(list.items.length);
  return new List(arrayType, list.items.toReversed());
});

const uniq = arrayBuiltin('uniq', (list, run) => {
  const found: ExprValue[] = [];
  for (const item of list.items) {
    run.spendSteps(found.length + 1);
    if (!found.some((each) => isEqual(item, each, run))) found.push(item);
  }
  return new List(arrayType, found);
});

const deepest = 1_000;

function flattened(list: List, run: Run, depth: number, found: ExprValue[]): ExprValue[] {
  if (depth > deepest) throw new GoError('recursion depth exceeded');
  for (const item of list.items) {
    run.spendSteps(1);
    if (item instanceof List) flattened(item, run, depth + 1, found);
    else found.push(item);
  }
  return found;
}

const flatten = arrayBuiltin('flatten', (list, run) => {
  const found = flattened(list, run, 0, []);
  run.allocate(found.length);
  return new List(arrayType, found);
});

const concat: ValidatedBuiltin = {
  kind: 'validated',
  name: 'concat',
  validate(args) {
    if (args.length === 0) {
      return mismatch('invalid number of arguments (expected at least 1, got 0)');
    }
    const unfit = args.find((type) => !hasKind(type, arrayKinds));
    return unfit === undefined ? arrayType : mismatch(`cannot concat ${unfit.name}`);
  },
  run(args, run) {
    const lists = args.map((arg) => listOf([arg], 'cannot concat'));
    const items = lists.flatMap((list) => list.items);
    run.allocate(items.length);
    // Go appends to a nil slice, which stays nil while nothing is appended.
    return new List(arrayType, items, items.length === 0);
  },
};

const sortable = [arrayType, intsType, sliceOf(floatType), stringsType] as const;

const sort: OverloadedBuiltin = {
  kind: 'overloaded',
  name: 'sort',
  types: [
    functionOf([arrayType, stringType], [arrayType]),
    functionOf([intsType, stringType], [arrayType]),
    functionOf([sliceOf(floatType), stringType], [arrayType]),
    functionOf([stringsType, stringType], [arrayType]),
    functionOf([arrayType], [arrayType]),
    functionOf([sliceOf(floatType)], [arrayType]),
    functionOf([stringsType], [arrayType]),
    functionOf([intsType], [arrayType]),
  ],
  run([value = null, order], run) {
    const isSortable = value instanceof List && sortable.some((type) => type === value.type);
    const items = isSortable ? value.items : [];
    const isDescending = order !== undefined && readOrder(order);
    const sorted = sortValues(items, items, isDescending, run);
    run.allocate(sorted.length);
    return new List(arrayType, sorted, !isSortable);
  },
};

function readOrder(order: ExprValue): boolean {
  if (typeof order !== 'string') {
    throw new GoError(`sort order argument must be a string (got ${typeName(order)})`);
  }
  if (order === 'asc' || order === 'desc') return order === 'desc';
  throw new GoError(`invalid order ${order}, expected asc or desc`);
}

export const arrayBuiltins = [
  end('first', 0n),
  end('last', -1n),
  take,
  reverse,
  uniq,
  flatten,
  concat,
  sort,
] as const;
