import type { Builtin, OverloadedBuiltin } from '../builtins/builtin.js';
import { builtins } from '../builtins/index.js';
import { GoError } from '../error.js';
import { anyType, type GoType } from '../go/type.js';
import type { BuiltinNode, CallNode, Node } from '../syntax/ast.js';
import type { CheckScope } from './scope.js';
import { isEnvironment } from './members.js';
import {
  assignable,
  deref,
  elementOf,
  floatNature,
  isArray,
  isInteger,
  isMap,
  isUnknown,
  nameOf,
  type Nature,
  natureOf,
  unknown,
} from './nature.js';

/** A call of a name or of a method. */
export function checkCall(node: CallNode, checker: CheckScope): Nature {
  if (isEnvironment(node.callee)) {
    return checker.fail(node, 'map[string]interface {} is not callable');
  }
  const callee = checker.visit(node.callee);
  if (isUnknown(callee)) return unknown;
  const builtin = callee.builtin === undefined ? undefined : builtins.get(callee.builtin);
  if (builtin !== undefined) return checkFunction(builtin, node, node.args, checker);
  const name = calleeName(node.callee);
  if (callee.isNil) {
    return checker.fail(node, `${name} is nil; cannot call nil as function`);
  }
  if (callee.type?.kind !== 'func') {
    return checker.fail(node, `${nameOf(callee)} is not callable`);
  }
  const parameters = callee.type.parameters ?? [];
  return checkArguments(
    {
      name,
      type: callee.type,
      parameters: callee.isMethod === true ? parameters.slice(1) : parameters,
    },
    node,
    node.args,
    checker,
  );
}

function calleeName(callee: Node): string {
  if (callee.kind === 'name') return callee.name;
  const isNamed = callee.kind === 'member' && callee.property.kind === 'string';
  return isNamed && callee.property.kind === 'string' ? callee.property.value : 'function';
}

export function checkBuiltin(node: BuiltinNode, checker: CheckScope): Nature {
  const builtin = builtins.get(node.name);
  if (builtin === undefined) return checker.fail(node, `unknown builtin ${node.name}`);
  if (builtin.kind === 'loop') return builtin.check(node, checker);
  if (builtin.name === 'get') return checkGet(node, checker);
  return checkFunction(builtin, node, node.args, checker);
}

function checkFunction(
  builtin: Builtin,
  node: Node,
  args: readonly Node[],
  checker: CheckScope,
): Nature {
  if (builtin.kind === 'validated') {
    const natures = args.map((arg) => checker.visit(arg));
    const result = builtin.validate(natures.map((nature) => validated(nature)));
    return 'reason' in result ? checker.fail(node, result.reason) : natureOf(result);
  }
  if (builtin.kind === 'loop') {
    return checkArguments(
      { name: builtin.name, type: builtin.type, parameters: builtin.type.parameters ?? [] },
      node,
      args,
      checker,
    );
  }
  return checkOverloads(builtin, node, args, checker);
}

/** The literal nil has no type, which the rules take for a type of its own that fits nothing. */
function validated(nature: Nature): GoType {
  return isUnknown(nature) ? anyType : (nature.type ?? nilType);
}

const nilType: GoType = { name: '%!s(<nil>)', kind: 'ptr', isNamed: false };

/** The first overload that fits; if none does, the error of the last. */
function checkOverloads(
  builtin: OverloadedBuiltin,
  node: Node,
  args: readonly Node[],
  checker: CheckScope,
): Nature {
  let last: unknown;
  for (const type of builtin.types) {
    try {
      const callee = { name: builtin.name, type, parameters: type.parameters ?? [] };
      return checkArguments(callee, node, args, checker);
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
      last = error;
    }
  }
  throw last;
}

/** Arguments that do not fit this overload; another one may still fit. */
class Unfit extends GoError {}

interface Callee {
  readonly name: string;
  readonly type: GoType;
  /** Without the receiver. */
  readonly parameters: readonly GoType[];
}

function checkArguments(
  callee: Callee,
  node: Node,
  args: readonly Node[],
  checker: CheckScope,
): Nature {
  const { name, parameters } = callee;
  const results = callee.type.results ?? [];
  if (results.length > 2) throw new Unfit(`func ${name} returns more then two values`, node.at);
  if (args.length !== parameters.length) {
    for (const arg of args) checker.visit(arg);
    const problem = args.length > parameters.length ? 'too many' : 'not enough';
    throw new Unfit(`${problem} arguments to call ${name}`, node.at);
  }
  for (const [index, arg] of args.entries()) {
    const parameter = parameters[index];
    if (parameter !== undefined) checkArgument(callee.name, arg, natureOf(parameter), checker);
  }
  const [result] = results;
  return result === undefined ? unknown : natureOf(result);
}

function checkArgument(name: string, arg: Node, parameter: Nature, checker: CheckScope): void {
  const nature = checker.visit(arg);
  if (isInteger(parameter) && isInteger(nature)) return;
  if (nature.isNil) {
    const kind = parameter.type?.kind;
    if (kind === 'ptr' || kind === 'interface') return;
    throw new Unfit(
      `cannot use nil as argument (type ${nameOf(parameter)}) to call ${name}`,
      arg.at,
    );
  }
  const isFit = assignable(nature, parameter) || assignable(deref(nature), parameter);
  if (isFit || isUnknown(nature)) return;
  // The text that Expr prints ends in a space.
  throw new Unfit(
    `cannot use ${nameOf(nature)} as argument (type ${nameOf(parameter)}) to call ${name} `,
    arg.at,
  );
}

function checkGet(node: BuiltinNode, checker: CheckScope): Nature {
  const [from, key] = node.args;
  if (from === undefined || key === undefined || node.args.length !== 2) {
    const problem = `(expected 2, got ${node.args.length})`;
    return checker.fail(node, `invalid number of arguments ${problem}`);
  }
  const base = checker.visit(from);
  const property = deref(checker.visit(key));
  if (isEnvironment(from)) {
    return key.kind === 'string' && checker.variables.has(key.value) ? floatNature : unknown;
  }
  if (isUnknown(base)) return unknown;
  if (isArray(base)) {
    if (isInteger(property) || isUnknown(property)) return elementOf(base);
    return checker.fail(key, `non-integer slice index ${nameOf(property)}`);
  }
  if (isMap(base) && base.type?.key !== undefined) {
    if (assignable(property, natureOf(base.type.key)) || isUnknown(property))
      return elementOf(base);
    const problem = `${nameOf(property)} to get an element from ${nameOf(base)}`;
    return checker.fail(key, `cannot use ${problem}`);
  }
  return checker.fail(from, `type ${nameOf(base)} does not support indexing`);
}
