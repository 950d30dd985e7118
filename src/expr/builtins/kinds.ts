import { GoError } from '../error.js';
import { kindName } from '../go/of.js';
import { anyType, dereference, type GoKind, type GoType } from '../go/type.js';
import { Dict, type ExprValue, List } from '../values.js';
import { expectCount, type Mismatch, mismatch } from './builtin.js';

export const arrayKinds: readonly GoKind[] = ['interface', 'slice', 'array'];
export const mapKinds: readonly GoKind[] = ['interface', 'map'];

export function hasKind(type: GoType, kinds: readonly GoKind[]): boolean {
  return kinds.includes(dereference(type).kind);
}

/** A rule for one argument of some kinds; `problem` says what cannot be done with others. */
export function oneOf(
  kinds: readonly GoKind[],
  problem: (type: GoType) => string,
  result: (type: GoType) => GoType,
) {
  return (args: readonly GoType[]): GoType | Mismatch => {
    const [type = anyType] = args;
    return expectCount(args, 1) ?? (hasKind(type, kinds) ? result(type) : mismatch(problem(type)));
  };
}

/** The array in the first argument; `verb` names what cannot be done with anything else. */
export function listOf(args: readonly ExprValue[], verb: string): List {
  const [value = null] = args;
  if (value instanceof List) return value;
  throw new GoError(`${verb} ${kindName(value)}`);
}

export function dictOfArg(args: readonly ExprValue[], verb: string, tail = ''): Dict {
  const [value = null] = args;
  if (value instanceof Dict) return value;
  throw new GoError(`${verb} ${kindName(value)}${tail}`);
}
