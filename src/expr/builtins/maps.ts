import { GoError } from '../error.js';
import { get as getValue } from '../go/fetch.js';
import { identityOf } from '../go/map-key.js';
import { kindName, typeName } from '../go/of.js';
import { formatValue } from '../go/print.js';
import {
  anyMapType,
  anyType,
  arrayType,
  functionOf,
  type GoKind,
  intType,
  pairsType,
  pairType,
  stringType,
} from '../go/type.js';
import { runeLength } from '../go/utf8.js';
import type { Run } from '../run.js';
import { Dict, type ExprValue, List } from '../values.js';
import { expectCount, type OverloadedBuiltin, type ValidatedBuiltin } from './builtin.js';

import { arrayKinds, dictOfArg, mapKinds, oneOf } from './kinds.js';

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

const get: ValidatedBuiltin = {
  kind: 'validated',
  name: 'get',
  // The checker knows this builtin by itself: the result depends on the value of the key.
  validate: (args) => expectCount(args, 2) ?? anyType,
  run([from = null, key = null], run) {
    return getValue(from, key, run);
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

export const mapBuiltins = [len, type, get, keys, values, toPairs, fromPairs] as const;
