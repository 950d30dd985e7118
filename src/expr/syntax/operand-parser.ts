/** What stands between operators: literals, names, calls, brackets, and what is reached with a dot or an index. */
import type { ExprLimits } from '../limits.js';
import type { Node, PairNode } from './ast.js';
import { isName } from './characters.js';
import { numberNode } from './number.js';
import { unaryPrecedence } from './precedence.js';
import { type Argument, predicateArguments } from './predicates.js';
import { isToken, type Token } from './token.js';
import { nothing, printToken, TokenReader } from './token-reader.js';

export interface ParserOptions {
  /** Names of the environment: a builtin with such a name cannot be called without `::`. */
  readonly variables: ReadonlySet<string>;
  readonly isBuiltin: (name: string) => boolean;
  readonly limits: ExprLimits;
}

export abstract class OperandParser extends TokenReader {
  readonly #options: ParserOptions;
  #predicateDepth = 0;

  constructor(source: string, options: ParserOptions) {
    super(source, options.limits);
    this.#options = options;
  }

  /** Several expressions after one another. */
  protected abstract sequence(): Node;

  /** An expression of operators that bind at least so strongly. */
  protected abstract expression(precedence: number): Node;

  protected primary(): Node {
    const token = this.current;
    if (token.kind === 'Operator') {
      const strength = unaryPrecedence.get(token.value);
      if (strength !== undefined) {
        this.next();
        const operand = this.expression(strength);
        const node = this.create({ kind: 'unary', operator: token.value, node: operand }, token.at);
        return this.#postfix(node);
      }
    }
    if (isToken(token, 'Bracket', '(')) {
      this.next();
      const node = this.sequence();
      this.expect('Bracket', ')');
      return this.#postfix(node);
    }
    if (this.#predicateDepth > 0 && (this.is('Operator', '#') || this.is('Operator', '.'))) {
      return this.#pointer(token);
    }
    if (isToken(token, 'Operator', '::')) {
      this.next();
      const name = this.current;
      this.expect('Identifier');
      return this.#postfix(this.call(name, [], false));
    }
    return this.#secondary();
  }

  /** `#`, `#name`, and the `.field` that stands for `#.field`. */
  #pointer(token: Token): Node {
    let name = '';
    if (token.value === '#') {
      this.next();
      if (this.is('Identifier')) {
        name = this.current.value;
        this.next();
      }
    }
    return this.#postfix(this.create({ kind: 'pointer', name }, token.at));
  }

  #secondary(): Node {
    const token = this.current;
    switch (token.kind) {
      case 'Identifier':
        return this.#identifier(token);
      case 'Number':
        return this.#number(token);
      case 'String':
        this.next();
        return this.#postfix(this.create({ kind: 'string', value: token.value }, token.at));
      case 'Bytes':
        this.next();
        return this.#postfix(this.create({ kind: 'bytes', value: token.value }, token.at));
      case 'Bracket':
      case 'Operator':
      case 'EOF':
        if (isToken(token, 'Bracket', '[')) return this.#postfix(this.#array(token));
        if (isToken(token, 'Bracket', '{')) return this.#postfix(this.#map(token));
        return this.#postfix(this.unexpected(token));
    }
  }

  #identifier(token: Token): Node {
    this.next();
    switch (token.value) {
      case 'true':
      case 'false':
        return this.create({ kind: 'bool', value: token.value === 'true' }, token.at);
      case 'nil':
        return this.create({ kind: 'nil' }, token.at);
      default:
        return this.#postfix(
          this.is('Bracket', '(')
            ? this.call(token, [], true)
            : this.create({ kind: 'name', name: token.value }, token.at),
        );
    }
  }

  #number(token: Token): Node {
    this.next();
    const node = numberNode(token.value);
    if ('reason' in node) return this.fail(node.reason);
    return this.create(node, token.at);
  }

  protected call(token: Token, first: Node[], isOverridable: boolean): Node {
    const name = token.value;
    const isOverridden = isOverridable && this.#options.variables.has(name);
    const shape = predicateArguments.get(name);
    if (shape !== undefined && !isOverridden) {
      const args = this.#predicateCall(shape, first);
      return this.create({ kind: 'builtin', name, args }, token.at);
    }
    if (this.#options.isBuiltin(name) && !isOverridden) {
      const args = this.#arguments(first);
      return this.create({ kind: 'builtin', name, args }, token.at);
    }
    const callee = this.create({ kind: 'name', name }, token.at);
    if (this.error !== undefined) return nothing;
    const args = this.#arguments(first);
    return this.create({ kind: 'call', callee, args }, token.at);
  }

  #predicateCall(shape: readonly Argument[], first: Node[]): Node[] {
    this.expect('Bracket', '(');
    const args = [...first];
    const wanted = shape.slice(first.length);
    for (const [index, argument] of wanted.entries()) {
      if (this.is('Bracket', ')')) {
        if (argument.isOptional) break;
        this.fail(`expected at least ${wanted.length} arguments`);
      }
      if (index > 0) this.expect('Operator', ',');
      args.push(argument.isPredicate ? this.#predicate() : this.expression(0));
    }
    if (this.is('Operator', ',')) this.next();
    this.expect('Bracket', ')');
    return args;
  }

  #arguments(first: Node[]): Node[] {
    const args = [...first];
    this.expect('Bracket', '(');
    while (!this.is('Bracket', ')') && this.error === undefined) {
      if (args.length > first.length) this.expect('Operator', ',');
      if (this.is('Bracket', ')')) break;
      args.push(this.expression(0));
    }
    this.expect('Bracket', ')');
    return args;
  }

  #predicate(): Node {
    const start = this.current;
    const isBlock = this.is('Bracket', '{');
    if (isBlock) this.next();
    this.#predicateDepth++;
    const node = isBlock ? this.sequence() : this.expression(0);
    if (!isBlock && this.is('Operator', ';')) {
      this.fail('wrap predicate with brackets { and }');
    }
    this.#predicateDepth--;
    if (isBlock) this.expect('Bracket', '}');
    return this.create({ kind: 'predicate', node }, start.at);
  }

  #array(token: Token): Node {
    const nodes: Node[] = [];
    this.expect('Bracket', '[');
    while (!this.is('Bracket', ']') && this.error === undefined) {
      if (nodes.length > 0) {
        this.expect('Operator', ',');
        if (this.is('Bracket', ']')) break;
      }
      nodes.push(this.expression(0));
    }
    this.expect('Bracket', ']');
    return this.create({ kind: 'array', nodes }, token.at);
  }

  #map(token: Token): Node {
    const pairs: PairNode[] = [];
    this.expect('Bracket', '{');
    while (!this.is('Bracket', '}') && this.error === undefined) {
      if (pairs.length > 0) {
        this.expect('Operator', ',');
        if (this.is('Bracket', '}')) break;
        if (this.is('Operator', ',')) this.unexpected();
      }
      const key = this.#key();
      this.expect('Operator', ':');
      const value = this.expression(0);
      const pair = this.create({ kind: 'pair', key, value }, token.at);
      if (pair.kind !== 'pair') return nothing;
      pairs.push(pair);
    }
    this.expect('Bracket', '}');
    return this.create({ kind: 'map', pairs }, token.at);
  }

  #key(): Node {
    const token = this.current;
    if (token.kind === 'Number' || token.kind === 'String' || token.kind === 'Identifier') {
      const key = this.create({ kind: 'string', value: token.value }, token.at);
      if (key !== nothing) this.next();
      return key;
    }
    if (isToken(token, 'Bracket', '(')) return this.expression(0);
    return this.fail(
      `a map key must be a quoted string, a number, a identifier, or an expression enclosed in parentheses (unexpected token ${printToken(token)})`,
    );
  }

  #postfix(first: Node): Node {
    let node = first;
    let token = this.current;
    while ((token.kind === 'Operator' || token.kind === 'Bracket') && this.error === undefined) {
      if (token.value === '.' || token.value === '?.') {
        const isOptional = token.value === '?.';
        this.next();
        node =
          isOptional && this.is('Bracket', '[')
            ? this.#index(node, this.current, true)
            : this.#member(node, isOptional);
      } else if (token.value === '[') {
        node = this.#index(node, token, false);
      } else {
        break;
      }
      token = this.current;
    }
    return node;
  }

  #member(base: Node, isOptional: boolean): Node {
    const token = this.current;
    this.next();
    if (token.kind !== 'Identifier' && !(token.kind === 'Operator' && isName(token.value))) {
      this.fail('expected name');
    }
    const property = this.create({ kind: 'string', value: token.value }, token.at);
    const isChain = base.kind === 'chain';
    const inner = isChain ? base.node : base;
    const member = this.create(
      { kind: 'member', node: inner, property, isOptional, isMethod: false },
      token.at,
    );
    if (member.kind !== 'member') return nothing;
    let node: Node = member;
    if (this.is('Bracket', '(')) {
      member.isMethod = true;
      const args = this.#arguments([]);
      node = this.create({ kind: 'call', callee: member, args }, token.at);
    }
    return isChain || isOptional ? this.create({ kind: 'chain', node }, token.at) : node;
  }

  /** `[index]`, `[from:to]`, and with `?.` before it the optional form of the first. */
  #index(base: Node, bracket: Token, isOptional: boolean): Node {
    this.next();
    if (this.is('Operator', ':')) return this.#slice(base, bracket, undefined);
    const from = this.expression(0);
    if (this.is('Operator', ':')) return this.#slice(base, bracket, from);
    let node = this.create(
      { kind: 'member', node: base, property: from, isOptional, isMethod: false },
      bracket.at,
    );
    if (isOptional) node = this.create({ kind: 'chain', node }, bracket.at);
    if (this.error !== undefined) return nothing;
    this.expect('Bracket', ']');
    return node;
  }

  #slice(base: Node, bracket: Token, from: Node | undefined): Node {
    this.next();
    const to = this.is('Bracket', ']') ? undefined : this.expression(0);
    const node = this.create({ kind: 'slice', node: base, from, to }, bracket.at);
    if (this.error !== undefined) return nothing;
    this.expect('Bracket', ']');
    return node;
  }
}
