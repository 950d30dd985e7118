import {
  assignable,
  boolNature,
  comparable,
  deref,
  elementOf,
  isArray,
  isMap,
  isString,
  isUnknown,
  nameOf,
  natureOf,
} from '../check/nature.js';
import { GoError } from '../error.js';
import { mapKey } from '../go/fetch.js';
import { dereferenceValue, typeName } from '../go/of.js';
import { LocationStruct, Time } from '../go/time.js';
import type { SetNode } from '../syntax/ast.js';
import type { Run } from '../run.js';
import { Dict, type ExprValue, List } from '../values.js';
import { isEqual } from './equality.js';
import type { BinaryOperator } from './operator.js';

/** `x in array`, `key in map`. */
export const membership: BinaryOperator = {
  symbols: ['in'],
  check(left, rightRaw) {
    const right = deref(rightRaw);
    if ((isString(left) || isUnknown(left)) && right.type?.kind === 'struct') return boolNature;
    if (isMap(right)) {
      const key = right.type?.key === undefined ? undefined : natureOf(right.type.key);
      if (key !== undefined && !isUnknown(left) && !assignable(left, key)) {
        return `cannot use ${nameOf(left)} as type ${nameOf(key)} in map key`;
      }
      return boolNature;
    }
    if (isArray(right)) {
      const element = elementOf(right);
      if (comparable(left, element)) return boolNature;
      return `cannot use ${nameOf(left)} as type ${nameOf(element)} in array`;
    }
    if (isUnknown(left) && isString(right)) return boolNature;
    return isUnknown(right) ? boolNature : undefined;
  },
  run(left, rightRaw, run) {
    const right = dereferenceValue(rightRaw);
    if (right === null) return false;
    if (right instanceof List) {
      run.spendSteps(right.items.length);
      return contains(right.items, left, run);
    }
    if (right instanceof Dict) return right.entries.has(mapKey(right.type, left));
    if (right instanceof Time || right instanceof LocationStruct) {
      // The fields of these structs are private, so no name is one of them.
      if (typeof left === 'string') return false;
      throw new GoError(`cannot use ${typeName(left)} as field name of ${typeName(right)}`);
    }
    throw new GoError(`operator "in" not defined on ${typeName(right)}`);
  },
};

function contains(items: readonly ExprValue[], value: ExprValue, run: Run): boolean {
  if (typeof value !== 'number') return items.some((item) => isEqual(item, value, run));
  for (const item of items) {
    const isSame = typeof item === 'bigint' ? Number(item) === value : isEqual(item, value, run);
    if (isSame) return true;
  }
  return false;
}

/** `x in [literals]`, which Expr turns into a lookup in a Go map of that type. */
export function isInSet(value: ExprValue, set: SetNode): boolean {
  const key = value ?? (set.element === 'int' ? 0n : '');
  if (typeof key !== (set.element === 'int' ? 'bigint' : 'string')) {
    throw new GoError(
      `reflect.Value.MapIndex: value of type ${typeName(value)} is not assignable to type ${set.element}`,
    );
  }
  return (typeof key === 'bigint' || typeof key === 'string') && set.members.has(key);
}
