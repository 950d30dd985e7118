import { GoError } from '../error.js';
import { Dict, type ExprValue, GoFunction, GoInteger, List } from '../values.js';
import { Location, LocationStruct, Time } from './time.js';
import { objectType, type GoType } from './type.js';

/**
 * What tells keys of a Go map apart: the type and the value. Texts get a mark, so that they cannot
 * be taken for the forms that stand for other types.
 */
export function identityOf(key: ExprValue): unknown {
  if (typeof key === 'string') return `s${key}`;
  if (key === null || typeof key !== 'object') return key;
  if (key instanceof GoInteger) return `i${key.type.name} ${key.value}`;
  if (key instanceof Time) return `t${key.seconds} ${key.nanos} ${key.location.name}`;
  if (key instanceof Location) return key;
  if (key instanceof List && key.type.kind === 'array')
    return `a${JSON.stringify(key.items.map((item) => String(identityOf(item))))}`;
  if (key instanceof List || key instanceof Dict || key instanceof GoFunction) {
    throw new GoError(`runtime error: hash of unhashable type ${key.type.name}`);
  }
  return key instanceof LocationStruct ? key.location : key;
}

/** A `map[string]any`. */
export function dictOf(
  entries: Iterable<readonly [string, ExprValue]>,
  type: GoType = objectType,
): Dict {
  const dict = new Dict(type);
  for (const [key, value] of entries) dict.entries.set(identityOf(key), [key, value]);
  return dict;
}
