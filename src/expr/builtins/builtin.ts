import type { CheckScope } from '../check/scope.js';
import type { Nature } from '../check/nature.js';
import { anyType, errorType, functionOf, type GoType, sliceOf } from '../go/type.js';
import type { LinkScope } from '../link/scope.js';
import type { Closure, Run } from '../run.js';
import type { BuiltinNode } from '../syntax/ast.js';
import type { ExprValue } from '../values.js';

/** One builtin: its type rule and its behaviour. */
export type Builtin = OverloadedBuiltin | ValidatedBuiltin | LoopBuiltin;

interface BuiltinBase {
  readonly name: string;
}

interface CalledBuiltin extends BuiltinBase {
  /** The arguments are values, with pointers followed unless `keepsPointers`. */
  readonly run: (args: readonly ExprValue[], run: Run) => ExprValue;
  readonly keepsPointers?: boolean;
  /** Its value depends on the clock. */
  readonly readsTime?: true;
  /** Makes a float of each argument, so an int literal may come as one. */
  readonly takesFloat?: boolean;
  /** Gives back one of its arguments: a float literal will do where the result becomes a float. */
  readonly keepsFloat?: boolean;
  /**
   * A quicker way for metrics; must give what `run` gives, which `slow` calls. `literals` holds the
   * arguments that are float literals.
   */
  readonly link?: (
    args: readonly Closure[],
    slow: SlowCall,
    literals: readonly (number | undefined)[],
  ) => Closure | undefined;
}

export type SlowCall = (values: readonly ExprValue[], run: Run) => ExprValue;

/** Typed by a list of Go functions, the first that fits. */
export interface OverloadedBuiltin extends CalledBuiltin {
  readonly kind: 'overloaded';
  readonly types: readonly [GoType, ...GoType[]];
}

/** Typed by a rule: the result, or the reason why the arguments do not fit. */
export interface ValidatedBuiltin extends CalledBuiltin {
  readonly kind: 'validated';
  readonly validate: (args: readonly GoType[]) => GoType | Mismatch;
}

/** Takes a predicate, so it checks and runs its arguments itself. */
export interface LoopBuiltin extends BuiltinBase {
  readonly kind: 'loop';
  /** What the bare name is, used as a value. */
  readonly type: GoType;
  readonly check: (node: BuiltinNode, checker: CheckScope) => Nature;
  readonly link: (node: BuiltinNode, linker: LinkScope) => Closure;
}

export interface Mismatch {
  readonly reason: string;
}

export function mismatch(reason: string): Mismatch {
  return { reason };
}

/** What Go calls the functions behind builtins that have a rule instead of a type. */
const variadicType = functionOf([sliceOf(anyType)], [anyType, errorType], true);

/** What the bare name of a builtin is, used as a value. */
export function typeOfBuiltin(builtin: Builtin): GoType {
  if (builtin.kind === 'loop') return builtin.type;
  return builtin.kind === 'overloaded' ? builtin.types[0] : variadicType;
}

export function expectCount(args: readonly unknown[], count: number): Mismatch | undefined {
  if (args.length === count) return undefined;
  return mismatch(`invalid number of arguments (expected ${count}, got ${args.length})`);
}
