import type { Nature } from '../check/nature.js';
import { claim, GoError } from '../error.js';
import { dereferenceValue, typeName } from '../go/of.js';
import type { Closure, Run } from '../run.js';
import type { ExprValue } from '../values.js';

/** One binary operator: its type rule and its behaviour. */
export interface BinaryOperator {
  readonly symbols: readonly string[];
  /** Type of the result; a text is the reason of a refusal, undefined the usual `mismatched types`. */
  readonly check: (left: Nature, right: Nature) => Nature | string | undefined;
  readonly run: (left: ExprValue, right: ExprValue, run: Run) => ExprValue;
  /** The same for two floats, without the detour. */
  readonly fast?: FastPath;
}

export interface FastPath {
  readonly both: (left: Closure, right: Closure, slow: Slow) => Closure;
  /** The right side is a number literal; `slow` knows the literal itself. */
  readonly constant: (left: Closure, right: number, slow: Slow) => Closure;
}

export type Slow = (left: ExprValue, right: ExprValue, run: Run) => ExprValue;

/** Gives the failures of an operator their position. */
export function placed(operate: Slow, at: number): Slow {
  return (left, right, run) => {
    try {
      return operate(dereferenceValue(left), dereferenceValue(right), run);
    } catch (error) {
      throw claim(error, at);
    }
  };
}

export function invalid(left: ExprValue, symbol: string, right: ExprValue): GoError {
  return new GoError(`invalid operation: ${typeName(left)} ${symbol} ${typeName(right)}`);
}
