/** The kinds of Go's `reflect` that an expression can meet. */
export type GoKind =
  | 'bool'
  | 'int'
  | 'int64'
  | 'uint8'
  | 'float64'
  | 'string'
  | 'slice'
  | 'array'
  | 'map'
  | 'struct'
  | 'ptr'
  | 'func'
  | 'interface';

/** A Go type as Expr reports it. Each type exists once, so `===` compares types. */
export interface GoType {
  /** As Go prints it: `float64`, `[]interface {}`, `time.Duration`. */
  readonly name: string;
  readonly kind: GoKind;
  /** Declared in a package (time.Duration), so it does not mix with its underlying type. */
  readonly isNamed: boolean;
  /** Element of a slice, array, map or pointer. */
  readonly element?: GoType;
  readonly key?: GoType;
  /** Parameters and results of a function. */
  readonly parameters?: readonly GoType[];
  readonly results?: readonly GoType[];
  readonly isVariadic?: boolean;
}

const known = new Map<string, GoType>();

function define(type: GoType): GoType {
  const existing = known.get(type.name);
  if (existing !== undefined) return existing;
  known.set(type.name, type);
  return type;
}

function basic(name: string, kind: GoKind): GoType {
  return define({ name, kind, isNamed: false });
}

function named(name: string, kind: GoKind): GoType {
  return define({ name, kind, isNamed: true });
}

export const boolType = basic('bool', 'bool');
export const intType = basic('int', 'int');
export const int64Type = basic('int64', 'int64');
export const uint8Type = basic('uint8', 'uint8');
export const floatType = basic('float64', 'float64');
export const stringType = basic('string', 'string');
export const anyType = basic('interface {}', 'interface');
export const errorType = named('error', 'interface');
export const durationType = named('time.Duration', 'int64');
export const monthType = named('time.Month', 'int');
export const weekdayType = named('time.Weekday', 'int');
export const timeType = named('time.Time', 'struct');
export const locationStructType = named('time.Location', 'struct');
export const locationType = define({
  name: '*time.Location',
  kind: 'ptr',
  isNamed: false,
  element: locationStructType,
});

export function sliceOf(element: GoType): GoType {
  return define({ name: `[]${element.name}`, kind: 'slice', isNamed: false, element });
}

export function mapOf(key: GoType, element: GoType): GoType {
  return define({
    name: `map[${key.name}]${element.name}`,
    kind: 'map',
    isNamed: false,
    key,
    element,
  });
}

export function functionOf(
  parameters: readonly GoType[],
  results: readonly GoType[],
  isVariadic = false,
): GoType {
  const last = parameters.length - 1;
  const inside = parameters.map((type, index) =>
    isVariadic && index === last ? `...${type.element?.name ?? ''}` : type.name,
  );
  const names = results.map((type) => type.name).join(', ');
  const outside = results.length === 0 ? '' : results.length === 1 ? ` ${names}` : ` (${names})`;
  return define({
    name: `func(${inside.join(', ')})${outside}`,
    kind: 'func',
    isNamed: false,
    parameters,
    results,
    isVariadic,
  });
}

export const arrayType = sliceOf(anyType);
export const intsType = sliceOf(intType);
export const stringsType = sliceOf(stringType);
export const bytesType = sliceOf(uint8Type);
export const pairType = define({
  name: '[2]interface {}',
  kind: 'array',
  isNamed: false,
  element: anyType,
});
export const pairsType = sliceOf(pairType);
export const objectType = mapOf(stringType, anyType);
export const anyMapType = mapOf(anyType, anyType);
export const groupsType = mapOf(anyType, arrayType);

/** `*time.Location` is the only pointer that an expression meets. */
export function dereference(type: GoType): GoType {
  return type.kind === 'ptr' && type.element !== undefined ? type.element : type;
}

/** `kind` is one of Go's integer kinds, named types included. */
export function isIntegerKind(kind: GoKind): boolean {
  return kind === 'int' || kind === 'int64' || kind === 'uint8';
}

/** Go's rule for assigning a value of one type to a variable of another, as far as it can matter. */
export function isAssignable(from: GoType, to: GoType): boolean {
  return from === to || (to.kind === 'interface' && to === anyType);
}
