import { GoError } from '../error.js';
import { reflectFailure } from '../go/fetch.js';
import { asInteger, floatToInt, isNumeric, numericToFloat, typeName } from '../go/of.js';
import { parseFloat64, parseInt64 } from '../go/parse-number.js';
import {
  anyType,
  dereference,
  floatType,
  type GoType,
  intType,
  isIntegerKind,
} from '../go/type.js';
import type { Closure } from '../run.js';
import { type ExprValue, GoInteger, wrapInt } from '../values.js';
import {
  expectCount,
  type Mismatch,
  mismatch,
  type SlowCall,
  type ValidatedBuiltin,
} from './builtin.js';

function isNumberType(type: GoType): boolean {
  const { kind } = dereference(type);
  return isIntegerKind(kind) || kind === 'float64';
}

/** A rule for one number, or a value that may be one. */
function oneNumber(name: string, result: (type: GoType) => GoType) {
  return (args: readonly GoType[]): GoType | Mismatch => {
    const [type = anyType] = args;
    const isFit = isNumberType(type) || dereference(type).kind === 'interface';
    const problem = `invalid argument for ${name} (type ${type.name})`;
    return expectCount(args, 1) ?? (isFit ? result(type) : mismatch(problem));
  };
}

const abs: ValidatedBuiltin = {
  kind: 'validated',
  name: 'abs',
  validate: oneNumber('abs', (type) => type),
  run([value = null]) {
    if (typeof value === 'number') return value < 0 ? -value : value;
    if (typeof value === 'bigint') return value < 0n ? wrapInt(-value) : value;
    const integer = asInteger(value);
    if (integer === undefined || !(value instanceof GoInteger)) {
      throw new GoError(`invalid argument for abs (type ${typeName(value)})`);
    }
    return integer < 0n ? new GoInteger(value.type, wrapInt(-integer)) : value;
  },
};

/** Rounding that gives a float, from an int too. */
function rounding(
  name: string,
  round: (value: number) => number,
  link: (argument: Closure, slow: SlowCall) => Closure,
): ValidatedBuiltin {
  return {
    kind: 'validated',
    name,
    takesFloat: true,
    validate: oneNumber(name, () => floatType),
    run([value = null]) {
      if (typeof value === 'number') return round(value);
      if (isNumeric(value)) return numericToFloat(value);
      throw new GoError(`invalid argument for ${name} (type ${typeName(value)})`);
    },
    link: ([argument], slow) => argument && link(argument, slow),
  };
}

const ceil = rounding('ceil', Math.ceil, (argument, slow) => (run) => {
  const value = argument(run);
  return typeof value === 'number' ? Math.ceil(value) : slow([value], run);
});

const floor = rounding('floor', Math.floor, (argument, slow) => (run) => {
  const value = argument(run);
  return typeof value === 'number' ? Math.floor(value) : slow([value], run);
});

/** Half goes away from zero; `Math.round` takes it up. */
function roundHalfAway(value: number): number {
  const rounded = Math.trunc(value);
  if (Math.abs(value - rounded) < 0.5) return rounded;
  return rounded + Math.sign(value);
}

const round = rounding('round', roundHalfAway, (argument, slow) => (run) => {
  const value = argument(run);
  return typeof value === 'number' ? roundHalfAway(value) : slow([value], run);
});

/** A rule for what can be turned into a number: numbers, texts and the unknown. */
function convertible(name: string, result: GoType) {
  return (args: readonly GoType[]): GoType | Mismatch => {
    const [type = anyType] = args;
    const { kind } = dereference(type);
    const isFit = isNumberType(type) || kind === 'interface' || kind === 'string';
    const problem = `invalid argument for ${name} (type ${type.name})`;
    return expectCount(args, 1) ?? (isFit ? result : mismatch(problem));
  };
}

function toIntValue(value: ExprValue): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return floatToInt(value);
  if (value instanceof GoInteger) return value.value;
  if (value === null) throw reflectFailure('Type', value);
  if (typeof value !== 'string') {
    throw new GoError(`invalid operation: int(${typeName(value)})`);
  }
  const parsed = parseInt64('Atoi', value, 10);
  if (typeof parsed === 'bigint') return parsed;
  throw new GoError(`invalid operation: int(${value})`);
}

const int: ValidatedBuiltin = {
  kind: 'validated',
  name: 'int',
  validate: convertible('int', intType),
  run: ([value = null]) => toIntValue(value),
};

const float: ValidatedBuiltin = {
  kind: 'validated',
  name: 'float',
  validate: convertible('float', floatType),
  run([value = null]) {
    if (isNumeric(value)) return numericToFloat(value);
    if (typeof value !== 'string') {
      throw new GoError(`invalid operation: float(${typeName(value)})`);
    }
    const parsed = parseFloat64(value);
    if (typeof parsed === 'number') return parsed;
    throw new GoError(`invalid operation: float(${value})`);
  },
};

export const numberBuiltins = [abs, ceil, floor, round, int, float] as const;
