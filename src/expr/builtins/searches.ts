import { boolNature, intNature } from '../check/nature.js';
import { GoError } from '../error.js';
import { asBool } from '../go/of.js';
import { anyType, boolType, intType } from '../go/type.js';
import type { LinkScope } from '../link/scope.js';
import { type Closure } from '../run.js';
import type { BuiltinNode } from '../syntax/ast.js';
import type { LoopBuiltin } from './builtin.js';
import {
  checkedTest,
  currentItem,
  elementOrUnknown,
  loop,
  type LoopBody,
  loopType,
  predicateOf,
  predicateType,
} from './loop.js';

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
function linkCount(node: BuiltinNode, linker: LinkScope, limit: bigint | undefined): LoopBody {
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

export const searchBuiltins = [
  all,
  none,
  any,
  one,
  count,
  find,
  findIndex,
  findLast,
  findLastIndex,
] as const;
