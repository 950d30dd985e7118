import { methodType } from '../methods/index.js';
import type { MemberNode, Node } from '../syntax/ast.js';
import type { CheckScope } from './scope.js';
import {
  assignable,
  deref,
  elementOf,
  floatNature,
  isInteger,
  isUnknown,
  nameOf,
  type Nature,
  natureOf,
  unknown,
} from './nature.js';

export function isEnvironment(node: Node): boolean {
  return node.kind === 'name' && node.name === '$env';
}

/** `base.name`, `base["name"]`, `base[index]`, and the method in `base.name()`. */
export function checkMember(node: MemberNode, checker: CheckScope): Nature {
  const name = node.property.kind === 'string' ? node.property.value : undefined;
  if (isEnvironment(node.node)) {
    // Expr looks at no other property of the environment before it runs.
    if (name === undefined) return unknown;
    if (checker.variables.has(name)) return floatNature;
    return node.isOptional ? unknown : checker.fail(node, `unknown name ${name}`);
  }
  const base = checker.visit(node.node);
  const property = checker.visit(node.property);
  if (isUnknown(base)) return unknown;
  if (name !== undefined) {
    if (base.isNil) return checker.fail(node, `type nil has no field ${name}`);
    const type = base.type === null ? undefined : methodType(base.type, name);
    if (type !== undefined) return { type, isNil: false, isMethod: true };
  }
  return element(node, deref(base), property, checker);
}

function element(node: MemberNode, base: Nature, property: Nature, checker: CheckScope): Nature {
  const kind = base.type?.kind;
  if (kind === 'map' && base.type?.key !== undefined) {
    const key = natureOf(base.type.key);
    if (!assignable(property, key) && !isUnknown(property)) {
      const problem = `${nameOf(property)} to get an element from ${nameOf(base)}`;
      return checker.fail(node.property, `cannot use ${problem}`);
    }
    return elementOf(base);
  }
  if (kind === 'slice' || kind === 'array') {
    const index = deref(property);
    if (isInteger(index) || isUnknown(index)) return elementOf(base);
    const problem = `using an integer (got ${nameOf(index)})`;
    return checker.fail(node.property, `array elements can only be selected ${problem}`);
  }
  if (node.property.kind !== 'string') {
    return checker.fail(node, `type ${nameOf(base)}[${nameOf(property)}] is undefined`);
  }
  const what = node.isMethod ? 'method' : 'field';
  return checker.fail(node, `type ${nameOf(base)} has no ${what} ${node.property.value}`);
}
