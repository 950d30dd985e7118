import { builtins } from '../builtins/index.js';
import { currentItem } from '../builtins/loop.js';
import { claim, GoError } from '../error.js';
import { textToBytes } from '../go/bytes.js';
import { asString, dereferenceValue } from '../go/of.js';
import { arrayType } from '../go/type.js';
import { dictOf } from '../go/map-key.js';
import { condition } from '../operators/logic.js';
import { unaryOperators } from '../operators/unary.js';
import type { Closure, Run } from '../run.js';
import type {
  BinaryNode,
  BuiltinNode,
  ConditionalNode,
  LetNode,
  MapNode,
  NameNode,
  Node,
  UnaryNode,
} from '../syntax/ast.js';
import { type ExprValue, List } from '../values.js';
import { linkCall, linkChain, linkMember, linkSlice } from './access.js';

import { linkBuiltin } from './builtin.js';
import { linkOperation } from './operation.js';
import type { Chain, LinkScope } from './scope.js';

/** Turns a checked tree into closures. */
export class Linker implements LinkScope {
  /** Names of metrics that the program can read. */
  readonly reads = new Set<string>();
  /** Whether a run asks for the time. */
  readsTime = false;
  readonly environment: readonly string[];
  /** Nodes linked so far: what a loop charges for each round. */
  nodeCount = 0;
  slotCount = 0;
  /** The optional chains that the node being linked stands in, innermost last. */
  readonly chains: Chain[] = [];
  readonly #slots: { readonly name: string; readonly slot: number }[] = [];
  #visitsLeft: number;

  constructor(environment: readonly string[], maxVisits: number) {
    this.environment = environment;
    this.#visitsLeft = maxVisits;
  }

  /**
   * `isFloat` says that whoever takes the value makes a float of it anyway: an int literal is then one
   * from the start.
   */
  link(node: Node, isFloat = false): Closure {
    this.nodeCount++;
    if (--this.#visitsLeft < 0) {
      throw new GoError('compilation failed: expression exceeds maximum allowed nodes', node.at);
    }
    switch (node.kind) {
      case 'nil':
        return () => null;
      case 'name':
        return this.#name(node);
      case 'integer':
        return constant(isFloat ? Number(node.value) : node.value);
      case 'float':
      case 'bool':
      case 'string':
      case 'constant':
        return constant(node.value);
      case 'bytes':
        return constant(textToBytes(node.value));
      case 'set':
        throw new GoError('a set has no value of its own', node.at);
      case 'unary':
        return this.#unary(node);
      case 'binary':
        return this.#binary(node);
      case 'chain':
        return linkChain(node, this);
      case 'member':
        return linkMember(node, this);
      case 'slice':
        return linkSlice(node, this);
      case 'call':
        return linkCall(node, this);
      case 'builtin':
        return this.#builtin(node, isFloat);
      case 'predicate':
        return this.link(node.node);
      case 'pointer':
        return pointer(node.name);
      case 'let':
        return this.#let(node, isFloat);
      case 'sequence':
        return this.#sequence(node.nodes, isFloat);
      case 'conditional':
        return this.#conditional(node, isFloat);
      case 'array':
        return this.#array(node.nodes, node.at);
      case 'map':
        return this.#map(node);
      case 'pair':
        throw new GoError('a pair has no value of its own', node.at);
    }
  }

  #name(node: NameNode): Closure {
    const local = this.#slots.findLast(({ name }) => name === node.name);
    if (local !== undefined) {
      const { slot } = local;
      return (run) => run.slots[slot] ?? null;
    }
    if (node.name === '$env') {
      for (const name of this.environment) this.reads.add(name);
      return readEnvironment;
    }
    return this.variable(node.name, node.at);
  }

  /** A metric; or the name of a builtin, which is nil as a value, because the environment has none. */
  variable(name: string, at: number): Closure {
    if (!this.environment.includes(name)) return () => null;
    this.reads.add(name);
    return (run) => run.read(name, at);
  }

  #unary(node: UnaryNode): Closure {
    const operand = this.link(node.node);
    const operate = unaryOperators.get(node.operator)?.run;
    const { at } = node;
    if (operate === undefined) throw new GoError(`unknown operator (${node.operator})`, at);
    return (run) => {
      const value = operand(run);
      try {
        return operate(dereferenceValue(value));
      } catch (error) {
        throw claim(error, at);
      }
    };
  }

  /** Like the checker, works up the left side in a loop. */
  #binary(root: BinaryNode): Closure {
    const spine: BinaryNode[] = [root];
    let first = root.left;
    while (first.kind === 'binary') {
      spine.push(first);
      first = first.left;
    }
    let left: { node: Node; closure: Closure } = { node: first, closure: this.link(first) };
    for (const node of spine.toReversed()) {
      this.nodeCount++;
      left = { node, closure: linkOperation(node, left.node, left.closure, this) };
    }
    return left.closure;
  }

  #builtin(node: BuiltinNode, isFloat: boolean): Closure {
    const builtin = builtins.get(node.name);
    if (builtin === undefined) throw new GoError(`unknown builtin ${node.name}`, node.at);
    if (builtin.kind === 'loop') return builtin.link(node, this);
    if (builtin.readsTime === true) this.readsTime = true;
    const takesFloat = builtin.takesFloat === true || (builtin.keepsFloat === true && isFloat);
    const args = node.args.map((arg) => this.link(arg, takesFloat));
    const literals = node.args.map((arg) => floatLiteral(arg, takesFloat));
    return linkBuiltin(builtin, args, literals, node.at);
  }

  #let(node: LetNode, isFloat: boolean): Closure {
    const value = this.link(node.value);
    const slot = this.slotCount++;
    this.#slots.push({ name: node.name, slot });
    const body = this.link(node.body, isFloat);
    this.#slots.pop();
    return (run) => {
      run.slots[slot] = value(run);
      return body(run);
    };
  }

  #sequence(nodes: readonly Node[], isFloat: boolean): Closure {
    const closures = nodes.map((node, index) =>
      this.link(node, isFloat && index === nodes.length - 1),
    );
    return (run) => {
      let last: ExprValue = null;
      for (const closure of closures) last = closure(run);
      return last;
    };
  }

  #conditional(node: ConditionalNode, isFloat: boolean): Closure {
    const test = condition(this.link(node.condition), node.at);
    const whenTrue = this.link(node.whenTrue, isFloat);
    const whenFalse = this.link(node.whenFalse, isFloat);
    return (run) => (test(run) ? whenTrue(run) : whenFalse(run));
  }

  #array(nodes: readonly Node[], at: number): Closure {
    const closures = nodes.map((node) => this.link(node));
    return (run) => {
      const items = closures.map((closure) => closure(run));
      try {
        run.allocate(items.length);
      } catch (error) {
        throw claim(error, at);
      }
      return new List(arrayType, items);
    };
  }

  #map({ pairs, at }: MapNode): Closure {
    const closures = pairs.map(({ key, value }) => [this.link(key), this.link(value)] as const);
    return (run) => {
      const entries = closures.map(([key, value]) => [key(run), value(run)] as const);
      try {
        run.allocate(entries.length);
        // Expr fills a map from its last pair, so that is the key that fails; the first value wins.
        const texts = entries.toReversed().map(([key, value]) => [asString(key), value] as const);
        return dictOf([...texts].toReversed().filter(isFirst));
      } catch (error) {
        throw claim(error, at);
      }
    };
  }
}

function isFirst(
  entry: readonly [string, ExprValue],
  index: number,
  entries: readonly (readonly [string, ExprValue])[],
): boolean {
  return entries.findIndex(([key]) => key === entry[0]) === index;
}

function floatLiteral(node: Node, isFloat: boolean): number | undefined {
  if (node.kind === 'float') return node.value;
  return node.kind === 'integer' && isFloat ? Number(node.value) : undefined;
}

function constant(value: ExprValue): Closure {
  return () => value;
}

function readEnvironment(run: Run): ExprValue {
  return dictOf(run.keys().map((name) => [name, run.read(name)]));
}

function pointer(name: string): Closure {
  if (name === 'index') return (run) => BigInt(run.scope?.index ?? 0);
  if (name === 'acc') return (run) => run.scope?.accumulator ?? null;
  return currentItem;
}
