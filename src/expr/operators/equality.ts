import { boolNature, comparable, type Nature } from '../check/nature.js';
import { GoError } from '../error.js';
import { asInteger, isNilValue, isNumeric, numericToFloat, typeOf } from '../go/of.js';
import { Time } from '../go/time.js';
import type { GoType } from '../go/type.js';
import type { Run } from '../run.js';
import { Dict, type ExprValue, GoInteger, List } from '../values.js';
import { LocationStruct } from '../go/zone.js';
import type { BinaryOperator } from './operator.js';

const deepest = 1_000;

/** Expr's `Equal`: numbers of any type by value, arrays element by element, all else as Go's DeepEqual. */
export function isEqual(left: ExprValue, right: ExprValue, run: Run, depth = 0): boolean {
  if (typeof left === typeof right && typeof left !== 'object') return left === right;
  if (isNumeric(left) && isNumeric(right)) {
    const a = asInteger(left);
    const b = asInteger(right);
    if (a !== undefined && b !== undefined) return a === b;
    return numericToFloat(left) === numericToFloat(right);
  }
  if (left instanceof Time && right instanceof Time) return left.equals(right);
  if (left instanceof List && right instanceof List && areLooselyComparable(left, right)) {
    return areSame(left.items, right.items, run, (a, b) => isEqual(a, b, run, descend(depth)));
  }
  if (isNilValue(left) && isNilValue(right)) return true;
  return isDeepEqual(left, right, run, depth);
}

function descend(depth: number): number {
  if (depth >= deepest) throw new GoError('recursion depth exceeded');
  return depth + 1;
}

/** `[]any` meets any slice of plain values; two such slices meet if they are of one type. */
function areLooselyComparable(left: List, right: List): boolean {
  if (!isPlainSlice(left.type) || !isPlainSlice(right.type)) return false;
  const isEitherAny = holdsAny(left.type) || holdsAny(right.type);
  return isEitherAny || left.type === right.type;
}

function isPlainSlice(type: GoType): boolean {
  const kind = type.element?.kind;
  return type.kind === 'slice' && (kind === 'interface' || kind === 'string' || isNumberKind(kind));
}

function isNumberKind(kind: string | undefined): boolean {
  return kind === 'int' || kind === 'int64' || kind === 'uint8' || kind === 'float64';
}

function holdsAny(type: GoType): boolean {
  return type.element?.kind === 'interface';
}

function areSame(
  left: readonly ExprValue[],
  right: readonly ExprValue[],
  run: Run,
  isSame: (left: ExprValue, right: ExprValue) => boolean,
): boolean {
  if (left.length !== right.length) return false;
  run.spendSteps(left.length);
  return left.every((item, index) => isSame(item, right[index] ?? null));
}

/** Go's `reflect.DeepEqual`: types must agree all the way down. */
function isDeepEqual(left: ExprValue, right: ExprValue, run: Run, depth: number): boolean {
  const next = descend(depth);
  if (typeOf(left) !== typeOf(right)) return false;
  if (left instanceof GoInteger && right instanceof GoInteger) return left.value === right.value;
  if (left instanceof List && right instanceof List) {
    if (left.isNil !== right.isNil) return false;
    if (left === right) return true;
    return areSame(left.items, right.items, run, (a, b) => isDeepEqual(a, b, run, next));
  }
  if (left instanceof Dict && right instanceof Dict) {
    return left === right || haveSameEntries(left, right, run, next);
  }
  if (left instanceof Time && right instanceof Time) {
    return left.equals(right) && left.location === right.location;
  }
  if (left instanceof LocationStruct && right instanceof LocationStruct) {
    return left.location.name === right.location.name;
  }
  return left === right;
}

function haveSameEntries(left: Dict, right: Dict, run: Run, depth: number): boolean {
  if (left.entries.size !== right.entries.size) return false;
  run.spendSteps(left.entries.size);
  for (const [identity, [, value]] of left.entries) {
    const other = right.entries.get(identity);
    if (other === undefined || !isDeepEqual(value, other[1], run, depth)) return false;
  }
  return true;
}

function check(left: Nature, right: Nature): Nature | undefined {
  return comparable(left, right) ? boolNature : undefined;
}

export const equal: BinaryOperator = {
  symbols: ['=='],
  check,
  run: (left, right, run) => isEqual(left, right, run),
  fast: {
    both: (left, right, slow) => (run) => {
      const a = left(run);
      const b = right(run);
      return typeof a === 'number' && typeof b === 'number' ? a === b : slow(a, b, run);
    },
    constant: (left, b, slow) => (run) => {
      const a = left(run);
      return typeof a === 'number' ? a === b : slow(a, null, run);
    },
  },
};

export const notEqual: BinaryOperator = {
  symbols: ['!='],
  check,
  run: (left, right, run) => !isEqual(left, right, run),
  fast: {
    both: (left, right, slow) => (run) => {
      const a = left(run);
      const b = right(run);
      return typeof a === 'number' && typeof b === 'number' ? a !== b : slow(a, b, run);
    },
    constant: (left, b, slow) => (run) => {
      const a = left(run);
      return typeof a === 'number' ? a !== b : slow(a, null, run);
    },
  },
};
