import type { CheckScope } from '../check/scope.js';
import {
  deref,
  elementOf,
  intNature,
  isArray,
  isBool,
  isUnknown,
  nameOf,
  type Nature,
  unknown,
} from '../check/nature.js';
import { claim, GoError } from '../error.js';
import { elementAt, lengthOf, reflectFailure } from '../go/fetch.js';
import { anyType, arrayType, boolType, functionOf, type GoType } from '../go/type.js';
import type { LinkScope } from '../link/scope.js';
import { type Closure, type Run, Scope } from '../run.js';
import type { BuiltinNode, Node } from '../syntax/ast.js';
import { Dict, type ExprValue, List } from '../values.js';

export const predicateType = functionOf([anyType], [boolType]);
export const mapperType = functionOf([anyType], [anyType]);

export function loopType(predicate: GoType, result: GoType): GoType {
  return functionOf([arrayType, predicate], [result]);
}

/** The collection of a loop: an array, or something that may be one. */
export function checkCollection(node: BuiltinNode, checker: CheckScope): Nature {
  const first = argument(node, 0);
  const collection = deref(checker.visit(first));
  if (!isArray(collection) && !isUnknown(collection)) {
    checker.fail(first, `builtin ${node.name} takes only array (got ${nameOf(collection)})`);
  }
  return collection;
}

export function argument(node: BuiltinNode, index: number): Node {
  const arg = node.args[index];
  if (arg === undefined) throw new GoError(`not enough arguments to call ${node.name}`, node.at);
  return arg;
}

export const indexName = new Map([['index', intNature]]);
export const reduceNames = new Map([
  ['index', intNature],
  ['acc', unknown],
]);

/** What the predicate gives; the literal nil is no result at all. */
export function checkPredicate(
  node: BuiltinNode,
  collection: Nature,
  checker: CheckScope,
  names?: ReadonlyMap<string, Nature>,
): Nature {
  const predicate = argument(node, 1);
  const nature = checker.visitPredicate(predicate, collection, names);
  if (nature.isNil) checker.fail(predicate, 'predicate should has one input and one output param');
  return nature;
}

function checkTest(node: BuiltinNode, collection: Nature, checker: CheckScope): void {
  const nature = checkPredicate(node, collection, checker);
  if (isBool(nature) || isUnknown(nature)) return;
  const problem = `predicate should return boolean (got ${nameOf(nature)})`;
  checker.fail(argument(node, 1), problem);
}

/** A loop with a test, whose result has the type that `result` says. */
export function checkedTest(result: (collection: Nature) => Nature) {
  return (node: BuiltinNode, checker: CheckScope): Nature => {
    const collection = checkCollection(node, checker);
    if (node.args.length > 1) checkTest(node, collection, checker);
    return result(collection);
  };
}

export function elementOrUnknown(collection: Nature): Nature {
  return isUnknown(collection) ? unknown : elementOf(collection);
}

/** Opens the loop over a value: an array, or the bytes of a text that the checker could not see. */
function openScope(value: ExprValue): Scope {
  if (value instanceof List || typeof value === 'string') {
    const length = lengthOf(value);
    return new Scope(length, (index) => itemOf(value, index, length));
  }
  if (value instanceof Dict) {
    return new Scope(value.entries.size, () => {
      throw reflectFailure('Index', value);
    });
  }
  throw reflectFailure('Len', value);
}

function itemOf(value: List | string, index: number, length: number): ExprValue {
  if (index < length) return elementAt(value, index);
  throw new GoError(`runtime error: index out of range [${index}] with length ${length}`);
}

export function currentItem(run: Run): ExprValue {
  const { scope } = run;
  if (scope === undefined) throw new GoError('cannot use pointer accessor outside predicate');
  return scope.item(scope.index);
}

export type LoopBody = (run: Run, scope: Scope) => ExprValue;

/** Runs a body inside the scope of the collection and claims what fails in between. */
export function loop(node: BuiltinNode, linker: LinkScope, body: LoopBody): Closure {
  const collection = linker.link(argument(node, 0));
  const { at } = node;
  return (run) => {
    const value = collection(run);
    const outer = run.scope;
    try {
      const scope = openScope(value);
      run.scope = scope;
      const result = body(run, scope);
      run.scope = outer;
      return result;
    } catch (error) {
      throw claim(error, at);
    }
  };
}

/** Links the predicate; `cost` is its number of nodes, which each round of the loop pays. */
export function predicateOf(node: BuiltinNode, linker: LinkScope): { test: Closure; cost: number } {
  const predicate = node.args[1];
  if (predicate === undefined) return { test: currentItem, cost: 1 };
  const before = linker.nodeCount;
  const test = linker.link(predicate);
  return { test, cost: linker.nodeCount - before };
}
