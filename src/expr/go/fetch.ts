import { GoError } from '../error.js';
import { findMethod } from '../methods/index.js';
import type { Run } from '../run.js';
import { Dict, type ExprValue, List } from '../values.js';
import { octet } from './bytes.js';
import { identityOf } from './map-key.js';
import { dereferenceValue, kindName, toInt, typeName, typeOf } from './of.js';
import { formatValue } from './print.js';
import { arrayType, type GoType } from './type.js';
import { byteLength, toBytes } from './utf8.js';

/** The identity under which a map holds a key; nil stands for the empty key of the map's type. */
export function mapKey(type: GoType, key: ExprValue): unknown {
  const keyType = type.key;
  if (keyType?.kind !== 'string') return identityOf(key);
  if (key === null) return identityOf('');
  if (typeof key === 'string') return identityOf(key);
  throw new GoError(
    `reflect.Value.MapIndex: value of type ${typeName(key)} is not assignable to type string`,
  );
}

/** What a missing key gives: the zero value of the element type. */
function missing(dict: Dict): ExprValue {
  return dict.type.element === arrayType ? new List(arrayType, [], true) : null;
}

/** Go's `from[key]` and `from.key` as Expr does them; fails where there is nothing. */
export function fetch(from: ExprValue, key: ExprValue, run: Run): ExprValue {
  if (from === null) throw new GoError(`cannot fetch ${formatValue(key)} from <nil>`);
  if (typeof key === 'string') {
    const method = findMethod(from, key, run);
    if (method !== undefined) return method;
  }
  const base = dereferenceValue(from);
  if (base instanceof Dict)
    return base.entries.get(mapKey(base.type, key))?.[1] ?? missingOr(base, key);
  if (base instanceof List || typeof base === 'string') {
    const length = lengthOf(base);
    const index = position(key, length);
    if (index < 0n || index >= BigInt(length)) {
      throw new GoError(`index out of range: ${index} (array length is ${length})`);
    }
    return elementAt(base, Number(index));
  }
  if (typeOf(base)?.kind === 'struct' && typeof key !== 'string') {
    throw new GoError(
      `interface conversion: interface {} is ${key === null ? 'nil' : typeName(key)}, not string`,
    );
  }
  throw new GoError(`cannot fetch ${formatValue(key)} from ${typeName(from)}`);
}

function missingOr(dict: Dict, key: ExprValue): ExprValue {
  return dict.entries.has(mapKey(dict.type, key)) ? null : missing(dict);
}

/** `get(from, key)`: like `fetch`, but nil where there is nothing. */
export function get(from: ExprValue, key: ExprValue, run: Run): ExprValue {
  if (from === null) return null;
  if (typeof key === 'string') {
    const method = findMethod(from, key, run);
    if (method !== undefined) return method;
  }
  const base = dereferenceValue(from);
  if (base instanceof Dict) return base.entries.get(mapKey(base.type, key))?.[1] ?? null;
  if (base instanceof List || typeof base === 'string') {
    const length = lengthOf(base);
    const index = position(key, length);
    return index >= 0n && index < BigInt(length) ? elementAt(base, Number(index)) : null;
  }
  if (typeOf(base)?.kind === 'struct' && typeof key !== 'string') {
    throw new GoError(
      `interface conversion: interface {} is ${key === null ? 'nil' : typeName(key)}, not string`,
    );
  }
  return null;
}

function position(key: ExprValue, length: number): bigint {
  const index = toInt(key);
  return index < 0n ? BigInt.asIntN(64, BigInt(length) + index) : index;
}

/** Length as Go's reflect counts it: bytes of a text. */
export function lengthOf(value: List | string): number {
  return typeof value === 'string' ? byteLength(value) : value.items.length;
}

export function elementAt(value: List | string, index: number): ExprValue {
  if (typeof value === 'string') return octet(toBytes(value)[index] ?? 0);
  return value.items[index] ?? null;
}

/** What Go's reflect says of a call that the kind of the value does not have. */
export function reflectFailure(call: string, value: ExprValue): GoError {
  const kind = value === null ? 'zero' : kindName(value);
  return new GoError(`reflect: call of reflect.Value.${call} on ${kind} Value`);
}
