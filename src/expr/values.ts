import type { GoType } from './go/type.js';
import type { Location, LocationStruct, Time } from './go/time.js';

/**
 * A value of the language. A Go `float64` is a `number`, a Go `int` a `bigint`, nil is null; a text is a
 * `string` (see go/utf8.ts for bytes that are not UTF-8). The other Go types have a class each.
 */
export type ExprValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | GoInteger
  | List
  | Dict
  | Time
  | Location
  | LocationStruct
  | GoFunction;

/** An integer of another Go type than `int`: int64, uint8, time.Duration, time.Month, time.Weekday. */
export class GoInteger {
  readonly type: GoType;
  readonly value: bigint;

  constructor(type: GoType, value: bigint) {
    this.type = type;
    this.value = value;
  }
}

/** A Go slice or array. `isNil` tells a nil slice from an empty one: `??` and toJSON see it. */
export class List {
  readonly type: GoType;
  readonly items: readonly ExprValue[];
  readonly isNil: boolean;

  constructor(type: GoType, items: readonly ExprValue[], isNil = false) {
    this.type = type;
    this.items = items;
    this.isNil = isNil;
  }
}

/** A Go map. Go has no order of keys; here they keep the order in which they were set. */
export class Dict {
  readonly type: GoType;
  /** By the identity that Go's map sees; the value holds the key itself. */
  readonly entries: Map<unknown, readonly [key: ExprValue, value: ExprValue]>;

  constructor(type: GoType, entries: Dict['entries'] = new Map()) {
    this.type = type;
    this.entries = entries;
  }
}

/** A method taken from its value without calling it. */
export class GoFunction {
  readonly type: GoType;
  readonly call: (args: readonly ExprValue[]) => ExprValue;

  constructor(type: GoType, call: (args: readonly ExprValue[]) => ExprValue) {
    this.type = type;
    this.call = call;
  }
}

/** 64-bit wrap-around, as Go's int has it. */
export function wrapInt(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}
