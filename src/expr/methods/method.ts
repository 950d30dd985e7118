import { GoError } from '../error.js';
import { type GoType, functionOf } from '../go/type.js';
import { typeName, typeOf } from '../go/of.js';
import type { Run } from '../run.js';
import { type ExprValue, GoFunction } from '../values.js';

/** A method of a Go type: its type rule and its behaviour. */
export interface Method<Receiver> {
  readonly parameters: readonly GoType[];
  readonly results: readonly GoType[];
  readonly call: (receiver: Receiver, args: readonly ExprValue[], run: Run) => ExprValue;
}

export type MethodTable<Receiver> = Readonly<Record<string, Method<Receiver>>>;

export function method<Receiver>(
  parameters: readonly GoType[],
  results: GoType | readonly GoType[],
  call: Method<Receiver>['call'],
): Method<Receiver> {
  return { parameters, results: 'name' in results ? [results] : results, call };
}

/** The method as a value of its own, which remembers its receiver. */
export function bind<Receiver>(entry: Method<Receiver>, receiver: Receiver, run: Run): GoFunction {
  const type = functionOf(entry.parameters, entry.results);
  return new GoFunction(type, (args) => {
    if (args.length !== entry.parameters.length) {
      throw new GoError(
        `invalid number of arguments: expected ${entry.parameters.length}, got ${args.length}`,
      );
    }
    for (const [index, parameter] of entry.parameters.entries()) {
      const argument = args[index] ?? null;
      if (typeOf(argument) !== parameter) throw mismatched(argument, parameter, entry);
    }
    return entry.call(receiver, args, run);
  });
}

/** Expr calls functions of some common types directly, others by reflection; the panics differ. */
function mismatched(argument: ExprValue, parameter: GoType, entry: Method<never>): GoError {
  const isDirect = entry.parameters.length === 1 && entry.results.length === 1;
  if (isDirect && parameter.kind !== 'ptr') {
    const actual = argument === null ? 'nil' : typeName(argument);
    return new GoError(`interface conversion: interface {} is ${actual}, not ${parameter.name}`);
  }
  return new GoError(`reflect: Call using ${typeName(argument)} as type ${parameter.name}`);
}
