import { typeOfBuiltin } from '../builtins/builtin.js';
import { builtins } from '../builtins/index.js';
import { GoError } from '../error.js';
import { typeOf } from '../go/of.js';
import { compilePattern } from '../go/regexp.js';
import { bytesType, type GoType, objectType } from '../go/type.js';
import { binaryOperators } from '../operators/index.js';
import { lazyOperators } from '../operators/logic.js';
import { unaryOperators } from '../operators/unary.js';
import type {
  ArrayNode,
  BinaryNode,
  ConditionalNode,
  LetNode,
  NameNode,
  Node,
  PointerNode,
  SliceNode,
  UnaryNode,
} from '../syntax/ast.js';
import { checkBuiltin, checkCall } from './calls.js';
import { checkMember } from './members.js';
import {
  anyNature,
  arrayOf,
  assignable,
  boolNature,
  deref,
  elementOf,
  floatNature,
  intNature,
  isArray,
  isBool,
  isInteger,
  isUnknown,
  nameOf,
  type Nature,
  natureOf,
  nilNature,
  stringNature,
  unknown,
} from './nature.js';
import type { CheckScope } from './scope.js';

interface LoopScope {
  readonly collection: Nature;
  readonly names: ReadonlyMap<string, Nature>;
}

const noNames: ReadonlyMap<string, Nature> = new Map();

/** Finds the type of every node, and refuses what Expr's checker refuses, with its first error. */
export class Checker implements CheckScope {
  readonly variables: ReadonlySet<string>;
  readonly #scopes: LoopScope[] = [];
  readonly #lets: { readonly name: string; readonly nature: Nature }[] = [];
  #visitsLeft: number;

  constructor(variables: ReadonlySet<string>, maxVisits: number) {
    this.variables = variables;
    this.#visitsLeft = maxVisits;
  }

  visit(node: Node): Nature {
    // Chained comparisons share their middle operand: nested ones would take exponential time.
    if (--this.#visitsLeft < 0) {
      throw new GoError('compilation failed: expression exceeds maximum allowed nodes', node.at);
    }
    const nature = this.#find(node);
    node.nature = nature;
    return nature;
  }

  fail(node: Node, message: string): never {
    throw new GoError(message, node.at);
  }

  #find(node: Node): Nature {
    switch (node.kind) {
      case 'nil':
      case 'pair':
        return nilNature;
      case 'name':
        return this.#name(node);
      case 'integer':
        return intNature;
      case 'float':
        return floatNature;
      case 'bool':
        return boolNature;
      case 'string':
        return stringNature;
      case 'bytes':
        return natureOf(bytesType);
      case 'constant':
      case 'set':
        return this.#constant(node.kind === 'constant' ? typeOf(node.value) : null);
      case 'unary':
        return this.#unary(node);
      case 'binary':
        return this.#binary(node);
      case 'chain':
        return this.visit(node.node);
      case 'member':
        return checkMember(node, this);
      case 'slice':
        return this.#slice(node);
      case 'call':
        return checkCall(node, this);
      case 'builtin':
        return checkBuiltin(node, this);
      case 'predicate':
        return this.visit(node.node);
      case 'pointer':
        return this.#pointer(node);
      case 'let':
        return this.#let(node);
      case 'sequence':
        return node.nodes.reduce((_, each) => this.visit(each), unknown);
      case 'conditional':
        return this.#conditional(node);
      case 'array':
        return this.#array(node);
      case 'map':
        for (const { key, value } of node.pairs) {
          this.visit(key);
          this.visit(value);
        }
        return natureOf(objectType);
    }
  }

  #constant(type: GoType | null): Nature {
    return type === null ? unknown : natureOf(type);
  }

  #name(node: NameNode): Nature {
    const local = this.#lets.findLast(({ name }) => name === node.name);
    if (local !== undefined) return local.nature;
    if (node.name === '$env') return unknown;
    if (this.variables.has(node.name)) return floatNature;
    const builtin = builtins.get(node.name);
    if (builtin !== undefined) {
      return { type: typeOfBuiltin(builtin), isNil: false, builtin: node.name };
    }
    return this.fail(node, `unknown name ${node.name}`);
  }

  #unary(node: UnaryNode): Nature {
    const operand = deref(this.visit(node.node));
    const nature = unaryOperators.get(node.operator)?.check(operand);
    if (nature !== undefined) return nature;
    const problem = `${node.operator} (mismatched type ${nameOf(operand)})`;
    return this.fail(node, `invalid operation: ${problem}`);
  }

  /** Works up the left side in a loop: `a + b + c + ...` may be thousands of operators deep. */
  #binary(root: BinaryNode): Nature {
    const spine: BinaryNode[] = [root];
    let first = root.left;
    while (first.kind === 'binary') {
      spine.push(first);
      first = first.left;
    }
    let left = this.visit(first);
    for (const node of spine.toReversed()) {
      const right = this.visit(node.right);
      left = this.#operation(node, deref(left), deref(right));
      node.nature = left;
    }
    return left;
  }

  #operation(node: BinaryNode, left: Nature, right: Nature): Nature {
    if (node.operator === 'matches' && node.right.kind === 'string') {
      try {
        compilePattern(node.right.value);
      } catch (error) {
        this.fail(node, error instanceof Error ? error.message : String(error));
      }
    }
    const operator = binaryOperators.get(node.operator) ?? lazyOperators.get(node.operator);
    const nature = operator?.check(left, right);
    if (typeof nature === 'string') return this.fail(node, nature);
    if (nature !== undefined) return nature;
    const types = `${nameOf(left)} and ${nameOf(right)}`;
    return this.fail(node, `invalid operation: ${node.operator} (mismatched types ${types})`);
  }

  #slice(node: SliceNode): Nature {
    const nature = this.visit(node.node);
    if (isUnknown(nature)) return unknown;
    if (nature.type?.kind !== 'string' && !isArray(nature)) {
      return this.fail(node, `cannot slice ${nameOf(nature)}`);
    }
    for (const end of [node.from, node.to]) {
      if (end === undefined) continue;
      const index = deref(this.visit(end));
      if (!isInteger(index) && !isUnknown(index)) {
        this.fail(end, `non-integer slice index ${nameOf(index)}`);
      }
    }
    return nature;
  }

  /** Checks a predicate inside the loop over a collection. */
  visitPredicate(node: Node, collection: Nature, names: LoopScope['names'] = noNames): Nature {
    this.#scopes.push({ collection, names });
    const nature = this.visit(node);
    this.#scopes.pop();
    return nature;
  }

  #pointer(node: PointerNode): Nature {
    const scope = this.#scopes.at(-1);
    if (scope === undefined)
      return this.fail(node, 'cannot use pointer accessor outside predicate');
    if (node.name === '') {
      return isUnknown(scope.collection) ? unknown : elementOf(scope.collection);
    }
    const nature = scope.names.get(node.name);
    return nature ?? this.fail(node, `unknown pointer #${node.name}`);
  }

  #let(node: LetNode): Nature {
    const { name } = node;
    if (this.variables.has(name)) this.fail(node, `cannot redeclare ${name}`);
    if (builtins.has(name)) this.fail(node, `cannot redeclare builtin ${name}`);
    if (this.#lets.some((each) => each.name === name)) {
      this.fail(node, `cannot redeclare variable ${name}`);
    }
    this.#lets.push({ name, nature: this.visit(node.value) });
    const nature = this.visit(node.body);
    this.#lets.pop();
    return nature;
  }

  #conditional(node: ConditionalNode): Nature {
    const condition = deref(this.visit(node.condition));
    if (!isBool(condition) && !isUnknown(condition)) {
      const problem = `(type ${nameOf(condition)}) used as condition`;
      this.fail(node.condition, `non-bool expression ${problem}`);
    }
    const whenTrue = this.visit(node.whenTrue);
    const whenFalse = this.visit(node.whenFalse);
    if (whenTrue.isNil) return whenFalse;
    if (whenFalse.isNil) return whenTrue;
    if (!assignable(whenTrue, whenFalse)) return unknown;
    if (isArray(whenTrue) && isArray(whenFalse)) {
      const first = elementOf(whenTrue);
      const second = elementOf(whenFalse);
      if (!assignable(first, second) || !assignable(second, first)) return arrayOf(anyNature);
    }
    return whenTrue;
  }

  #array(node: ArrayNode): Nature {
    let first: Nature | undefined;
    let last = unknown;
    let isUniform = true;
    for (const each of node.nodes) {
      last = this.visit(each);
      first ??= last;
      if (last.type?.kind !== first.type?.kind) isUniform = false;
    }
    return isUniform ? arrayOf(last) : arrayOf(anyNature);
  }
}
