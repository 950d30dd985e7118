import { claim, GoError } from '../error.js';
import { fetch, lengthOf } from '../go/fetch.js';
import { isNilValue, toInt, typeName, typeOf } from '../go/of.js';
import type { GoType } from '../go/type.js';
import { sliceBytes } from '../go/utf8.js';
import { formatValue } from '../go/print.js';
import { methodType } from '../methods/index.js';
import type { Closure } from '../run.js';
import type { CallNode, ChainNode, MemberNode, SliceNode } from '../syntax/ast.js';
import { type ExprValue, GoFunction, List } from '../values.js';
import type { Chain, LinkScope } from './scope.js';

class NilInChain {
  readonly chain: Chain;
  constructor(chain: Chain) {
    this.chain = chain;
  }
}

export function linkChain(node: ChainNode, linker: LinkScope): Closure {
  const chain: Chain = { isUsed: false };
  linker.chains.push(chain);
  const inner = linker.link(node.node);
  linker.chains.pop();
  const stop = new NilInChain(chain);
  return (run) => {
    try {
      const value = inner(run);
      return isNilValue(value) ? null : value;
    } catch (error) {
      if (error instanceof NilInChain && error.chain === stop.chain) return null;
      throw error;
    }
  };
}

export function linkMember(node: MemberNode, linker: LinkScope): Closure {
  const { at } = node;
  const metric = metricOf(node, linker);
  if (metric !== undefined) return metric;
  const base = linker.link(node.node);
  const chain = node.isOptional ? linker.chains.at(-1) : undefined;
  const property = linker.link(node.property);
  const stop = chain === undefined ? undefined : new NilInChain(chain);
  const receiver = receiverOf(node);
  return (run) => {
    const from = base(run);
    if (stop !== undefined && isNilValue(from)) throw stop;
    const key = property(run);
    try {
      if (receiver !== undefined && from !== null && typeOf(from) !== receiver) {
        throw new GoError('reflect: Method index out of range');
      }
      return fetch(from, key, run);
    } catch (error) {
      throw claim(error, at);
    }
  };
}

/** The type whose method the checker chose; a value of another type fails, whatever methods it has. */
function receiverOf({ node, property }: MemberNode): GoType | undefined {
  const { type } = node.nature;
  if (type === null || property.kind !== 'string') return undefined;
  return methodType(type, property.value) === undefined ? undefined : type;
}

/** `$env.name` reads one metric, not all of them. */
function metricOf(node: MemberNode, linker: LinkScope): Closure | undefined {
  const isEnvironment = node.node.kind === 'name' && node.node.name === '$env';
  if (!isEnvironment || node.property.kind !== 'string') return undefined;
  return linker.variable(node.property.value, node.at);
}

export function linkSlice(node: SliceNode, linker: LinkScope): Closure {
  const base = linker.link(node.node);
  const to = node.to === undefined ? undefined : linker.link(node.to);
  const from = node.from === undefined ? undefined : linker.link(node.from);
  const { at } = node;
  return (run) => {
    const value = base(run);
    try {
      const end = to === undefined ? BigInt(lengthOrFail(value)) : to(run);
      const start = from === undefined ? 0n : from(run);
      return slice(value, start, end);
    } catch (error) {
      throw claim(error, at);
    }
  };
}

function lengthOrFail(value: ExprValue): number {
  if (value instanceof List || typeof value === 'string') return lengthOf(value);
  throw new GoError(`invalid argument for len (type ${typeName(value)})`);
}

/** Clamps both ends; a negative one counts from the end. */
function slice(value: ExprValue, from: ExprValue, to: ExprValue): ExprValue {
  if (!(value instanceof List) && typeof value !== 'string') {
    throw new GoError(`cannot slice ${formatValue(from)}`);
  }
  const length = lengthOf(value);
  const start = clamp(toInt(from), length);
  const end = clamp(toInt(to), length);
  const first = Math.min(start, end);
  if (typeof value === 'string') return sliceBytes(value, first, end);
  return new List(value.type, value.items.slice(first, end), value.isNil);
}

function clamp(index: bigint, length: number): number {
  const fromStart = index < 0n ? BigInt(length) + index : index;
  if (fromStart < 0n) return 0;
  return fromStart > BigInt(length) ? length : Number(fromStart);
}

export function linkCall(node: CallNode, linker: LinkScope): Closure {
  const args = node.args.map((arg) => linker.link(arg));
  const callee = linker.link(node.callee);
  const { at } = node;
  const parameter = directParameter(node);
  return (run) => {
    const values = args.map((arg) => arg(run));
    const target = callee(run);
    try {
      const [first = null] = values;
      if (parameter !== undefined && typeOf(first) !== parameter) {
        const actual = first === null ? 'nil' : typeName(first);
        throw new GoError(`interface conversion: interface {} is ${actual}, not ${parameter.name}`);
      }
      return call(target, values);
    } catch (error) {
      throw claim(error, at);
    }
  };
}

/** Expr calls a method of one plain argument and one result directly; a wrong type shows otherwise there. */
function directParameter({ callee }: CallNode): GoType | undefined {
  const { type, isMethod } = callee.nature;
  const [, parameter, second] = type?.parameters ?? [];
  const isDirect = isMethod === true && second === undefined && type?.results?.length === 1;
  return isDirect && parameter?.kind !== 'ptr' ? parameter : undefined;
}

function call(target: ExprValue, args: readonly ExprValue[]): ExprValue {
  if (target === null) throw new GoError('invalid operation: cannot call nil');
  if (target instanceof GoFunction) return target.call(args);
  throw new GoError(`invalid operation: cannot call non-function of type ${typeName(target)}`);
}
