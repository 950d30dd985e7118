import type { Checker } from '../check/checker.js';
import {
  anyNature,
  arrayOf,
  boolNature,
  deref,
  elementOf,
  intNature,
  isArray,
  isBool,
  isString,
  isUnknown,
  nameOf,
  type Nature,
  natureOf,
  unknown,
} from '../check/nature.js';
import { claim, GoError } from '../error.js';
import { elementAt, lengthOf, reflectFailure } from '../go/fetch.js';
import { identityOf } from '../go/map-key.js';
import { asBool } from '../go/of.js';
import { sortValues } from '../go/sort.js';
import {
  anyType,
  arrayType,
  boolType,
  functionOf,
  type GoType,
  groupsType,
  intType,
  stringType,
} from '../go/type.js';
import type { Linker } from '../link/linker.js';
import { add } from '../operators/arithmetic.js';
import { type Closure, type Run, Scope } from '../run.js';
import type { BuiltinNode, Node } from '../syntax/ast.js';
import { Dict, type ExprValue, List } from '../values.js';
import type { LoopBuiltin } from './builtin.js';

const predicateType = functionOf([anyType], [boolType]);
const mapperType = functionOf([anyType], [anyType]);

function loopType(predicate: GoType, result: GoType): GoType {
  return functionOf([arrayType, predicate], [result]);
}

/** The collection of a loop: an array, or something that may be one. */
function checkCollection(node: BuiltinNode, checker: Checker): Nature {
  const first = argument(node, 0);
  const collection = deref(checker.visit(first));
  if (!isArray(collection) && !isUnknown(collection)) {
    checker.fail(first, `builtin ${node.name} takes only array (got ${nameOf(collection)})`);
  }
  return collection;
}

function argument(node: BuiltinNode, index: number): Node {
  const arg = node.args[index];
  if (arg === undefined) throw new GoError(`not enough arguments to call ${node.name}`, node.at);
  return arg;
}

const indexName = new Map([['index', intNature]]);
const reduceNames = new Map([
  ['index', intNature],
  ['acc', unknown],
]);

/** What the predicate gives; the literal nil is no result at all. */
function checkPredicate(
  node: BuiltinNode,
  collection: Nature,
  checker: Checker,
  names?: ReadonlyMap<string, Nature>,
): Nature {
  const predicate = argument(node, 1);
  const nature = checker.visitPredicate(predicate, collection, names);
  if (nature.isNil) checker.fail(predicate, 'predicate should has one input and one output param');
  return nature;
}

function checkTest(node: BuiltinNode, collection: Nature, checker: Checker): void {
  const nature = checkPredicate(node, collection, checker);
  if (isBool(nature) || isUnknown(nature)) return;
  const problem = `predicate should return boolean (got ${nameOf(nature)})`;
  checker.fail(argument(node, 1), problem);
}

/** A loop with a test, whose result has the type that `result` says. */
function checkedTest(result: (collection: Nature) => Nature) {
  return (node: BuiltinNode, checker: Checker): Nature => {
    const collection = checkCollection(node, checker);
    if (node.args.length > 1) checkTest(node, collection, checker);
    return result(collection);
  };
}

function elementOrUnknown(collection: Nature): Nature {
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

type LoopBody = (run: Run, scope: Scope) => ExprValue;

/** Runs a body inside the scope of the collection and claims what fails in between. */
function loop(node: BuiltinNode, linker: Linker, body: LoopBody): Closure {
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
function predicateOf(node: BuiltinNode, linker: Linker): { test: Closure; cost: number } {
  const predicate = node.args[1];
  if (predicate === undefined) return { test: currentItem, cost: 1 };
  const before = linker.nodeCount;
  const test = linker.link(predicate);
  return { test, cost: linker.nodeCount - before };
}

/** `all`, `none`, `any`: ends with `found` at the first element for which the test is `stop`. */
function quantifier(name: string, stop: boolean, found: boolean): LoopBuiltin {
  return {
    kind: 'loop',
    name,
    type: loopType(predicateType, boolType),
    check: checkedTest(() => boolNature),
    link(node, linker) {
      const { test, cost } = predicateOf(node, linker);
      return loop(node, linker, (run, scope) => {
        for (; scope.index < scope.length; scope.index++) {
          run.spendSteps(cost);
          if (asBool(test(run)) === stop) return found;
        }
        return !found;
      });
    },
  };
}

const all = quantifier('all', false, false);
const none = quantifier('none', true, false);
const any = quantifier('any', true, true);

/** Counts the elements that pass, and stops at `limit`. */
function linkCount(node: BuiltinNode, linker: Linker, limit: bigint | undefined): LoopBody {
  const { test, cost } = predicateOf(node, linker);
  const last = limit === undefined ? Infinity : Number(limit);
  return (run, scope) => {
    let count = 0;
    for (; scope.index < scope.length; scope.index++) {
      run.spendSteps(cost);
      if (asBool(test(run)) && ++count >= last) break;
    }
    return BigInt(count);
  };
}

const one: LoopBuiltin = {
  kind: 'loop',
  name: 'one',
  type: loopType(predicateType, boolType),
  check: checkedTest(() => boolNature),
  link(node, linker) {
    const count = linkCount(node, linker, undefined);
    return loop(node, linker, (run, scope) => count(run, scope) === 1n);
  },
};

const count: LoopBuiltin = {
  kind: 'loop',
  name: 'count',
  type: loopType(predicateType, intType),
  check: checkedTest(() => intNature),
  link: (node, linker) => loop(node, linker, linkCount(node, linker, node.threshold)),
};

const filter: LoopBuiltin = {
  kind: 'loop',
  name: 'filter',
  type: loopType(predicateType, arrayType),
  check: checkedTest((collection) =>
    isUnknown(collection) ? natureOf(arrayType) : arrayOf(elementOf(collection)),
  ),
  link(node, linker) {
    const { test, cost } = predicateOf(node, linker);
    const mapped = node.map === undefined ? currentItem : linker.link(node.map);
    return loop(node, linker, (run, scope) => {
      const found: ExprValue[] = [];
      for (; scope.index < scope.length; scope.index++) {
        run.spendSteps(cost);
        if (asBool(test(run))) found.push(mapped(run));
      }
      run.allocate(found.length);
      return new List(arrayType, found);
    });
  },
};

const map: LoopBuiltin = {
  kind: 'loop',
  name: 'map',
  type: loopType(mapperType, arrayType),
  check(node, checker) {
    const collection = checkCollection(node, checker);
    return arrayOf(checkPredicate(node, collection, checker, indexName));
  },
  link(node, linker) {
    const { test, cost } = predicateOf(node, linker);
    return loop(node, linker, (run, scope) => {
      const results: ExprValue[] = [];
      for (; scope.index < scope.length; scope.index++) {
        run.spendSteps(cost);
        results.push(test(run));
      }
      run.allocate(results.length);
      return new List(arrayType, results);
    });
  },
};

const sum: LoopBuiltin = {
  kind: 'loop',
  name: 'sum',
  type: loopType(predicateType, intType),
  check(node, checker) {
    const collection = checkCollection(node, checker);
    if (node.args.length === 1) return elementOrUnknown(collection);
    const nature = checker.visitPredicate(argument(node, 1), collection);
    if (nature.isNil) {
      // The text that Expr prints ends in a space.
      const problem = 'cannot use func(interface {}) as argument (type func(interface {}) bool)';
      checker.fail(argument(node, 1), `${problem} to call sum `);
    }
    return isUnknown(nature) ? anyNature : nature;
  },
  link(node, linker) {
    const { test, cost } = predicateOf(node, linker);
    return loop(node, linker, (run, scope) => {
      let total: ExprValue = 0n;
      for (; scope.index < scope.length; scope.index++) {
        run.spendSteps(cost);
        total = add.run(test(run), total, run);
      }
      return total;
    });
  },
};

/** `find*`: forwards or backwards; the element that passes, or its index. */
function finder(name: string, isBackward: boolean, isIndex: boolean): LoopBuiltin {
  return {
    kind: 'loop',
    name,
    type: loopType(predicateType, isIndex ? intType : anyType),
    check: checkedTest((collection) => (isIndex ? intNature : elementOrUnknown(collection))),
    link(node, linker) {
      const { test, cost } = predicateOf(node, linker);
      const mapped = node.map === undefined ? currentItem : linker.link(node.map);
      const result: Closure = isIndex ? (run) => BigInt(run.scope?.index ?? 0) : mapped;
      return loop(node, linker, (run, scope) => {
        if (isBackward) scope.index = scope.length - 1;
        while (scope.index >= 0 && scope.index < scope.length) {
          run.spendSteps(cost);
          if (asBool(test(run))) return result(run);
          scope.index += isBackward ? -1 : 1;
        }
        if (node.isThrowing === true) throw new GoError('reflect: slice index out of range');
        return null;
      });
    },
  };
}

const find = finder('find', false, false);
const findIndex = finder('findIndex', false, true);
const findLast = finder('findLast', true, false);
const findLastIndex = finder('findLastIndex', true, true);

const groupBy: LoopBuiltin = {
  kind: 'loop',
  name: 'groupBy',
  type: loopType(mapperType, groupsType),
  check(node, checker) {
    const collection = checkCollection(node, checker);
    checkPredicate(node, collection, checker);
    return natureOf(groupsType);
  },
  link(node, linker) {
    const { test, cost } = predicateOf(node, linker);
    return loop(node, linker, (run, scope) => {
      const groups = new Map<unknown, { key: ExprValue; items: ExprValue[] }>();
      for (; scope.index < scope.length; scope.index++) {
        run.spendSteps(cost);
        const key = test(run);
        // NaN differs from itself, so each is a group of its own in Go.
        const identity = Number.isNaN(key) ? Symbol('NaN') : identityOf(key);
        const group = groups.get(identity);
        if (group === undefined) groups.set(identity, { key, items: [currentItem(run)] });
        else group.items.push(currentItem(run));
      }
      const dict = new Dict(groupsType);
      for (const [identity, { key, items }] of groups) {
        dict.entries.set(identity, [key, new List(arrayType, items)]);
      }
      return dict;
    });
  },
};

const sortBy: LoopBuiltin = {
  kind: 'loop',
  name: 'sortBy',
  type: functionOf([arrayType, predicateType, stringType], [arrayType]),
  check(node, checker) {
    const collection = checkCollection(node, checker);
    const predicate = argument(node, 1);
    const nature = checker.visitPredicate(predicate, collection);
    const [, , orderNode] = node.args;
    if (orderNode !== undefined) {
      const order = checker.visit(orderNode);
      if (!isString(order) && !isUnknown(order)) {
        const problem = `must be a string (got ${nameOf(order)})`;
        checker.fail(orderNode, `sortBy order argument ${problem}`);
      }
    }
    if (nature.isNil) {
      checker.fail(predicate, 'predicate should has one input and one output param');
    }
    return collection;
  },
  link(node, linker) {
    const { test, cost } = predicateOf(node, linker);
    const [, , orderNode] = node.args;
    const order = orderNode === undefined ? undefined : linker.link(orderNode);
    return loop(node, linker, (run, scope) => {
      const isDescending = order !== undefined && readOrder(order(run));
      const items: ExprValue[] = [];
      const values: ExprValue[] = [];
      for (; scope.index < scope.length; scope.index++) {
        run.spendSteps(cost);
        values.push(test(run));
        items.push(currentItem(run));
      }
      const sorted = sortValues(items, values, isDescending, run);
      run.allocate(scope.length);
      return new List(arrayType, sorted);
    });
  },
};

function readOrder(order: ExprValue): boolean {
  if (typeof order !== 'string') throw new GoError('sortBy order argument must be a string');
  if (order !== 'asc' && order !== 'desc') throw new GoError('unknown order, use asc or desc');
  return order === 'desc';
}

const reduce: LoopBuiltin = {
  kind: 'loop',
  name: 'reduce',
  type: functionOf([arrayType, functionOf([anyType, anyType], [anyType]), anyType], [anyType]),
  check(node, checker) {
    const collection = checkCollection(node, checker);
    const predicate = argument(node, 1);
    const nature = checker.visitPredicate(predicate, collection, reduceNames);
    const [, , initial] = node.args;
    if (initial !== undefined) checker.visit(initial);
    if (nature.isNil) {
      checker.fail(predicate, 'predicate should has two input and one output param');
    }
    return nature;
  },
  link(node, linker) {
    const { test, cost } = predicateOf(node, linker);
    const [, , initialNode] = node.args;
    // Expr evaluates the start value inside the loop, so a `#` in it is the first element.
    const initial = initialNode === undefined ? undefined : linker.link(initialNode);
    return loop(node, linker, (run, scope) => {
      if (initial !== undefined) {
        scope.accumulator = initial(run);
      } else if (scope.length === 0) {
        throw new GoError('reduce of empty array with no initial value');
      } else {
        scope.accumulator = currentItem(run);
        scope.index++;
      }
      for (; scope.index < scope.length; scope.index++) {
        run.spendSteps(cost);
        scope.accumulator = test(run);
      }
      return scope.accumulator;
    });
  },
};

export const loopBuiltins: readonly LoopBuiltin[] = [
  all,
  none,
  any,
  one,
  filter,
  map,
  find,
  findIndex,
  findLast,
  findLastIndex,
  count,
  sum,
  groupBy,
  sortBy,
  reduce,
];
