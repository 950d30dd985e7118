import { GoError } from '../error.js';
import { asInteger, typeName } from '../go/of.js';
import { functionOf, intType } from '../go/type.js';
import { type ExprValue, wrapInt } from '../values.js';
import type { OverloadedBuiltin } from './builtin.js';

function operand(value: ExprValue | undefined, name: string): bigint {
  const integer = asInteger(value ?? null);
  if (integer !== undefined) return integer;
  throw new GoError(`cannot use ${typeName(value ?? null)} as argument (type int) to call ${name}`);
}

function bits(name: string, operate: (x: bigint, y: bigint) => bigint): OverloadedBuiltin {
  return {
    kind: 'overloaded',
    name,
    types: [functionOf([intType, intType], [intType])],
    run: ([x, y]) => wrapInt(operate(operand(x, name), operand(y, name))),
  };
}

function shift(name: string, operate: (x: bigint, count: bigint) => bigint): OverloadedBuiltin {
  return bits(name, (x, count) => {
    if (count < 0n) {
      throw new GoError(`invalid operation: negative shift count ${count} (type int)`);
    }
    // All 64 bits have left by then; a larger count would only need more memory.
    return operate(x, count > 64n ? 64n : count);
  });
}

const bitnot: OverloadedBuiltin = {
  kind: 'overloaded',
  name: 'bitnot',
  types: [functionOf([intType], [intType])],
  run: ([x]) => wrapInt(~operand(x, 'bitnot')),
};

/** Go's operators on the 64 bits of an int; `bitushr` shifts zeros in from the left. */
export const bitBuiltins = [
  bits('bitand', (x, y) => x & y),
  bits('bitor', (x, y) => x | y),
  bits('bitxor', (x, y) => x ^ y),
  bits('bitnand', (x, y) => x & ~y),
  shift('bitshl', (x, count) => x << count),
  shift('bitshr', (x, count) => x >> count),
  shift('bitushr', (x, count) => BigInt.asUintN(64, x) >> count),
  bitnot,
] as const;
