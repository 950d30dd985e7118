import {
  anyType,
  arrayType,
  boolType,
  dereference,
  durationType,
  floatType,
  type GoType,
  intType,
  isAssignable,
  isIntegerKind,
  stringType,
  timeType,
} from '../go/type.js';

/** What the checker knows of a value before it exists. */
export interface Nature {
  /** Null where the type is unknown, and for the literal nil. */
  readonly type: GoType | null;
  readonly isNil: boolean;
  /** Element of an array, where it is known better than its type says. */
  readonly element?: Nature;
  /** The name of the builtin that this name stands for. */
  readonly builtin?: string;
  /** A method: its type counts the receiver as first parameter. */
  readonly isMethod?: boolean;
}

export const unknown: Nature = { type: null, isNil: false };
export const nilNature: Nature = { type: null, isNil: true };

const natures = new Map<GoType, Nature>();

export function natureOf(type: GoType): Nature {
  let nature = natures.get(type);
  if (nature === undefined) {
    nature = { type, isNil: false };
    natures.set(type, nature);
  }
  return nature;
}

export const anyNature = natureOf(anyType);
export const boolNature = natureOf(boolType);
export const intNature = natureOf(intType);
export const floatNature = natureOf(floatType);
export const stringNature = natureOf(stringType);

export function arrayOf(element: Nature): Nature {
  return { type: arrayType, isNil: false, element };
}

export function nameOf(nature: Nature): string {
  return nature.type?.name ?? 'unknown';
}

export function isUnknown(nature: Nature): boolean {
  return (nature.type === null && !nature.isNil) || nature.type === anyType;
}

export function isInteger(nature: Nature): boolean {
  return nature.type !== null && !nature.type.isNamed && isIntegerKind(nature.type.kind);
}

export function isFloat(nature: Nature): boolean {
  return nature.type === floatType;
}

export function isNumber(nature: Nature): boolean {
  return nature.type === floatType || isInteger(nature);
}

export function isBool(nature: Nature): boolean {
  return nature.type === boolType;
}

export function isString(nature: Nature): boolean {
  return nature.type === stringType;
}

export function isTime(nature: Nature): boolean {
  return nature.type === timeType;
}

export function isDuration(nature: Nature): boolean {
  return nature.type === durationType;
}

export function isArray(nature: Nature): boolean {
  return nature.type?.kind === 'slice' || nature.type?.kind === 'array';
}

export function isMap(nature: Nature): boolean {
  return nature.type?.kind === 'map';
}

export function deref(nature: Nature): Nature {
  if (nature.type === null || nature.type.kind !== 'ptr') return nature;
  return natureOf(dereference(nature.type));
}

export function elementOf(nature: Nature): Nature {
  if (nature.element !== undefined) return nature.element;
  return nature.type?.element === undefined ? unknown : natureOf(nature.type.element);
}

export function assignable(from: Nature, to: Nature): boolean {
  const kind = to.type?.kind;
  if (from.isNil && (kind === 'ptr' || kind === 'interface' || kind === 'func')) return true;
  if (from.isNil && (kind === 'map' || kind === 'slice')) return true;
  return from.type !== null && to.type !== null && isAssignable(from.type, to.type);
}

export function comparable(left: Nature, right: Nature): boolean {
  return (
    isUnknown(left) ||
    isUnknown(right) ||
    left.isNil ||
    right.isNil ||
    (isNumber(left) && isNumber(right)) ||
    (isDuration(left) && isDuration(right)) ||
    (isTime(left) && isTime(right)) ||
    (isArray(left) && isArray(right)) ||
    assignable(left, right)
  );
}

type NatureCheck = (nature: Nature) => boolean;

/** One side is unknown and the other is unknown too, or passes one of the checks. */
export function mayFit(left: Nature, right: Nature, ...checks: readonly NatureCheck[]): boolean {
  if (isUnknown(left)) return isUnknown(right) || checks.some((check) => check(right));
  return isUnknown(right) && checks.some((check) => check(left));
}

/** Type of `left + right` for two numbers. */
export function promoted(left: Nature, right: Nature): Nature {
  return isFloat(left) || isFloat(right) ? floatNature : intNature;
}
