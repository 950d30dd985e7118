import {
  anyNature,
  arrayOf,
  elementOf,
  isString,
  isUnknown,
  nameOf,
  natureOf,
} from '../check/nature.js';
import { GoError } from '../error.js';
import { identityOf } from '../go/map-key.js';
import { asBool } from '../go/of.js';
import { sortValues } from '../go/sort.js';
import { anyType, arrayType, functionOf, groupsType, intType, stringType } from '../go/type.js';
import { add } from '../operators/arithmetic.js';
import { Dict, type ExprValue, List } from '../values.js';
import type { LoopBuiltin } from './builtin.js';
import {
  argument,
  checkCollection,
  checkedTest,
  checkPredicate,
  currentItem,
  elementOrUnknown,
  indexName,
  loop,
  loopType,
  mapperType,
  predicateOf,
  predicateType,
  reduceNames,
} from './loop.js';

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

export const transformBuiltins = [filter, map, sum, groupBy, sortBy, reduce] as const;
