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
      // Nil stands for the zero value of the parameter.
      if (argument !== null && typeOf(argument) !== parameter) {
        throw new GoError(`reflect: Call using ${typeName(argument)} as type ${parameter.name}`);
      }
    }
    return entry.call(receiver, args, run);
  });
}
