import { GoError } from '../error.js';
import { Dict, type ExprValue, GoFunction, GoInteger, List } from '../values.js';
import { Location, LocationStruct, Time } from './time.js';
import {
  boolType,
  floatType,
  type GoType,
  intType,
  locationStructType,
  locationType,
  stringType,
  timeType,
} from './type.js';

/** The Go type of a value; null for nil. */
export function typeOf(value: ExprValue): GoType | null {
  switch (typeof value) {
    case 'number':
      return floatType;
    case 'bigint':
      return intType;
    case 'string':
      return stringType;
    case 'boolean':
      return boolType;
    default:
      return value === null ? null : typeOfObject(value);
  }
}

function typeOfObject(
  value: Exclude<ExprValue, null | number | bigint | string | boolean>,
): GoType {
  if (value instanceof Time) return timeType;
  if (value instanceof Location) return locationType;
  if (value instanceof LocationStruct) return locationStructType;
  return value.type;
}

/** Go's `%T`. */
export function typeName(value: ExprValue): string {
  return typeOf(value)?.name ?? '<nil>';
}

/** The name of its reflect.Kind; `invalid` for nil. */
export function kindName(value: ExprValue): string {
  return typeOf(value)?.kind ?? 'invalid';
}

/** The value of one of Go's own integer types; undefined for all else, named integers included. */
export function asInteger(value: ExprValue): bigint | undefined {
  if (typeof value === 'bigint') return value;
  return value instanceof GoInteger && !value.type.isNamed ? value.value : undefined;
}

export function isNumeric(value: ExprValue): value is number | bigint | GoInteger {
  return (
    typeof value === 'number' ||
    typeof value === 'bigint' ||
    (value instanceof GoInteger && !value.type.isNamed)
  );
}

/** Go's conversion of a number to float64. */
export function numericToFloat(value: number | bigint | GoInteger): number {
  if (typeof value === 'number') return value;
  return Number(typeof value === 'bigint' ? value : value.value);
}

const minInt64 = -(2n ** 63n);

/** Go's `int(f)` on amd64: towards zero; NaN and what does not fit become the smallest int. */
export function floatToInt(value: number): bigint {
  if (Number.isNaN(value) || value >= 2 ** 63 || value < -(2 ** 63)) return minInt64;
  return BigInt(Math.trunc(value));
}

/** Expr's conversion of an operand to float64. */
export function toFloat(value: ExprValue): number {
  if (isNumeric(value)) return numericToFloat(value);
  throw new GoError(`invalid operation: float(${typeName(value)})`);
}

/** Expr's conversion of an index or count to int. */
export function toInt(value: ExprValue): bigint {
  if (typeof value === 'number') return floatToInt(value);
  const integer = asInteger(value);
  if (integer === undefined) throw new GoError(`invalid operation: int(${typeName(value)})`);
  return integer;
}

/** Expr's `IsNil`: nil itself, and a nil slice. */
export function isNilValue(value: ExprValue): boolean {
  return value === null || (value instanceof List && value.isNil);
}

function conversion(value: ExprValue, wanted: string): GoError {
  const actual = value === null ? 'nil' : typeName(value);
  return new GoError(`interface conversion: interface {} is ${actual}, not ${wanted}`);
}

export function asBool(value: ExprValue): boolean {
  if (typeof value === 'boolean') return value;
  throw conversion(value, 'bool');
}

export function asString(value: ExprValue): string {
  if (typeof value === 'string') return value;
  throw conversion(value, 'string');
}

export function asInt(value: ExprValue): bigint {
  if (typeof value === 'bigint') return value;
  throw conversion(value, 'int');
}

/** Follows a pointer, as Expr does before it uses a value of unknown type. */
export function dereferenceValue(value: ExprValue): ExprValue {
  return value instanceof Location ? new LocationStruct(value) : value;
}

export { Dict, GoFunction, GoInteger, List };
