import { GoError } from '../error.js';
import { fetch, get as getValue } from '../go/fetch.js';
import { identityOf } from '../go/map-key.js';
import { kindName, typeName } from '../go/of.js';
import { formatValue } from '../go/print.js';
import { sortValues } from '../go/sort.js';
import {
  anyMapType,
  anyType,
  arrayType,
  dereference,
  floatType,
  functionOf,
  type GoKind,
  type GoType,
  intsType,
  intType,
  pairsType,
  pairType,
  sliceOf,
  stringsType,
  stringType,
} from '../go/type.js';
import { runeLength } from '../go/utf8.js';
import { isEqual } from '../operators/equality.js';
import type { Run } from '../run.js';
import { Dict, type ExprValue, GoInteger, List } from '../values.js';
import {
  expectCount,
  type Mismatch,
  mismatch,
  type OverloadedBuiltin,
  type ValidatedBuiltin,
} from './builtin.js';

const arrayKinds: readonly GoKind[] = ['interface', 'slice', 'array'];
const mapKinds: readonly GoKind[] = ['interface', 'map'];

function hasKind(type: GoType, kinds: readonly GoKind[]): boolean {
  return kinds.includes(dereference(type).kind);
}

/** A rule for one argument of some kinds; `problem` says what cannot be done with others. */
function oneOf(
  kinds: readonly GoKind[],
  problem: (type: GoType) => string,
  result: (type: GoType) => GoType,
) {
  return (args: readonly GoType[]): GoType | Mismatch => {
    const [type = anyType] = args;
    return expectCount(args, 1) ?? (hasKind(type, kinds) ? result(type) : mismatch(problem(type)));
  };
}

/** The array in the first argument; `verb` names what cannot be done with anything else. */
function listOf(args: readonly ExprValue[], verb: string): List {
  const [value = null] = args;
  if (value instanceof List) return value;
  throw new GoError(`${verb} ${kindName(value)}`);
}

function dictOfArg(args: readonly ExprValue[], verb: string, tail = ''): Dict {
  const [value = null] = args;
  if (value instanceof Dict) return value;
  throw new GoError(`${verb} ${kindName(value)}${tail}`);
}

const len: ValidatedBuiltin = {
  kind: 'validated',
  name: 'len',
  validate: oneOf(
    ['array', 'map', 'slice', 'string', 'interface'],
    (type) => `invalid argument for len (type ${type.name})`,
    () => intType,
  ),
  run([value = null]) {
    if (value instanceof List) return BigInt(value.items.length);
    if (value instanceof Dict) return BigInt(value.entries.size);
    if (typeof value === 'string') return BigInt(runeLength(value));
    throw new GoError(`invalid argument for len (type ${typeName(value)})`);
  },
};

const kindNames: Readonly<Record<GoKind, string>> = {
  bool: 'bool',
  int: 'int',
  int64: 'int',
  uint8: 'uint',
  float64: 'float',
  string: 'string',
  slice: 'array',
  array: 'array',
  map: 'map',
  struct: 'struct',
  func: 'func',
  ptr: 'unknown',
  interface: 'unknown',
};

const type: OverloadedBuiltin = {
  kind: 'overloaded',
  name: 'type',
  types: [functionOf([anyType], [stringType])],
  run([value = null]) {
    if (value === null) return 'nil';
    const name = typeName(value);
    return name.startsWith('time.') ? name : kindNames[kindName(value) as GoKind];
  },
};

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

const get: ValidatedBuiltin = {
  kind: 'validated',
  name: 'get',
  // The checker knows this builtin by itself: the result depends on the value of the key.
  validate: (args) => expectCount(args, 2) ?? anyType,
  run([from = null, key = null], run) {
    return getValue(from, key, run);
  },
};

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

function mapBuiltin(
  name: string,
  verb: string,
  tail: string,
  run: (dict: Dict, run: Run) => ExprValue,
): ValidatedBuiltin {
  return {
    kind: 'validated',
    name,
    validate: oneOf(
      mapKinds,
      (type) => `${verb} ${type.name}${tail}`,
      () => arrayType,
    ),
    run(args, state) {
      const dict = dictOfArg(args, verb, tail);
      state.spendSteps(dict.entries.size);
      return run(dict, state);
    },
  };
}

const keys = mapBuiltin(
  'keys',
  'cannot get keys from',
  '',
  (dict) =>
    new List(
      arrayType,
      Array.from(dict.entries.values(), ([key]) => key),
    ),
);
const values = mapBuiltin(
  'values',
  'cannot get values from',
  '',
  (dict) =>
    new List(
      arrayType,
      Array.from(dict.entries.values(), ([, value]) => value),
    ),
);
const toPairs = mapBuiltin('toPairs', 'cannot transform', ' to pairs', (dict) => {
  const pairs = Array.from(dict.entries.values(), (pair) => new List(pairType, [...pair]));
  return new List(pairsType, pairs);
});

const fromPairs: ValidatedBuiltin = {
  kind: 'validated',
  name: 'fromPairs',
  validate: oneOf(
    arrayKinds,
    (type) => `cannot transform ${type.name} from pairs`,
    () => anyMapType,
  ),
  run([value = null], run) {
    if (!(value instanceof List)) {
      throw new GoError(`cannot transform ${formatValue(value)} from pairs`);
    }
    run.spendSteps(value.items.length);
    const dict = new Dict(anyMapType);
    for (const pair of value.items) {
      if (!(pair instanceof List)) throw new GoError(`invalid pair ${formatValue(pair)}`);
      const [key = null, item = null] = pair.items;
      if (pair.items.length !== 2) {
        throw new GoError(`invalid pair length ${formatValue(pair)}`);
      }
      dict.entries.set(identityOf(key), [key, item]);
    }
    return dict;
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

export const collectionBuiltins = [
  len,
  type,
  end('first', 0n),
  end('last', -1n),
  get,
  take,
  keys,
  values,
  toPairs,
  fromPairs,
  reverse,
  uniq,
  flatten,
  concat,
  sort,
] as const;
