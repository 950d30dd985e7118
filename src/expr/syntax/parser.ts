import type { ExprLimits } from '../limits.js';
import { fresh, type Node, type PairNode } from './ast.js';
import { isName } from './characters.js';
import { negatable } from './lexer.js';
import { numberNode } from './number.js';
import {
  binaryPrecedence,
  isComparison,
  isRightAssociative,
  unaryPrecedence,
} from './precedence.js';
import { type Argument, predicateArguments } from './predicates.js';
import { isToken, type Token } from './token.js';

import { nothing, printToken, TokenReader } from './token-reader.js';

export interface ParserOptions {
  /** Names of the environment: a builtin with such a name cannot be called without `::`. */
  readonly variables: ReadonlySet<string>;
  readonly isBuiltin: (name: string) => boolean;
  readonly limits: ExprLimits;
}

/** Builds the syntax tree. Throws a `GoError` with its position. */
export function parse(source: string, options: ParserOptions): Node {
  return new Parser(source, options).parse();
}

/** Recursive descent with precedence climbing. */
class Parser extends TokenReader {
  readonly #options: ParserOptions;
  #predicateDepth = 0;

  constructor(source: string, options: ParserOptions) {
    super(source, options.limits);
    this.#options = options;
  }

  parse(): Node {
    this.next();
    const node = this.#sequence();
    if (!this.is('EOF')) this.unexpected();
    if (this.error !== undefined) throw this.error;
    return node;
  }

  #sequence(): Node {
    const first = this.#expression(0);
    const nodes = [first];
    while (this.is('Operator', ';') && this.error === undefined) {
      this.next();
      if (this.is('EOF')) break;
      nodes.push(this.#expression(0));
    }
    return nodes.length === 1 ? first : this.create({ kind: 'sequence', nodes }, first.at);
  }

  #expression(precedence: number): Node {
    if (this.error !== undefined) return nothing;
    return this.deeper(() => this.#expressionInside(precedence));
  }

  #expressionInside(precedence: number): Node {
    if (precedence === 0 && this.is('Operator', 'let')) return this.#let();
    if (precedence === 0 && this.is('Operator', 'if')) return this.#if();
    const node = this.#binary(this.#primary(), precedence);
    return precedence === 0 ? this.#ternary(node) : node;
  }

  #binary(first: Node, precedence: number): Node {
    let left = first;
    let previous = '';
    let operator = this.current;
    while (operator.kind === 'Operator' && this.error === undefined) {
      let negated: Token | undefined;
      if (operator.value === 'not') {
        negated = this.#negated(precedence);
        if (negated === undefined) break;
        operator = negated;
      }
      const strength = binaryPrecedence.get(operator.value);
      if (strength === undefined || strength < precedence) break;
      this.next();
      if (operator.value === '|') {
        const name = this.current;
        this.expect('Identifier');
        left = this.#call(name, [left], true);
      } else {
        if (previous === '??' && operator.value !== '??') {
          this.fail(
            `Operator (${operator.value}) and coalesce expressions (??) cannot be mixed. Wrap either by parentheses.`,
            operator,
          );
          break;
        }
        if (isComparison(operator.value)) left = this.#comparison(left, operator, strength);
        else left = this.#binaryStep(left, operator, strength, negated);
        if (this.error !== undefined) return nothing;
      }
      previous = operator.value;
      operator = this.current;
    }
    return left;
  }

  #binaryStep(left: Node, operator: Token, strength: number, negated: Token | undefined): Node {
    const right = this.#expression(isRightAssociative(operator.value) ? strength : strength + 1);
    const node = this.create(
      { kind: 'binary', operator: operator.value, left, right },
      operator.at,
    );
    if (negated === undefined) return node;
    return this.create({ kind: 'unary', operator: 'not', node }, negated.at);
  }

  /** After `not`: the operator that it negates, or undefined where the operand ends before `not`. */
  #negated(precedence: number): Token | undefined {
    const not = this.current;
    this.next();
    const operator = this.current;
    if (!negatable.has(operator.value)) {
      this.unexpected();
      return undefined;
    }
    const strength = binaryPrecedence.get(operator.value);
    if (strength !== undefined && strength >= precedence) return operator;
    this.giveBack(operator, not);
    return undefined;
  }

  /** `1 < x < 50` means `1 < x && x < 50`; the operand in the middle is one node with two parents. */
  #comparison(first: Node, operator: Token, strength: number): Node {
    let left = first;
    let token = operator;
    let root: Node | undefined;
    for (;;) {
      const right = this.#expression(strength + 1);
      const step = this.create({ kind: 'binary', operator: token.value, left, right }, token.at);
      if (this.error !== undefined) return nothing;
      root =
        root === undefined
          ? step
          : this.create({ kind: 'binary', operator: '&&', left: root, right: step }, token.at);
      left = right;
      token = this.current;
      if (token.kind !== 'Operator' || !isComparison(token.value)) return root;
      this.next();
    }
  }

  #let(): Node {
    this.expect('Operator', 'let');
    const name = this.current;
    this.expect('Identifier');
    this.expect('Operator', '=');
    const value = this.#expression(0);
    this.expect('Operator', ';');
    const body = this.#sequence();
    return this.create({ kind: 'let', name: name.value, value, body }, name.at);
  }

  #if(): Node {
    this.next();
    if (this.error !== undefined) return nothing;
    const condition = this.#expression(0);
    const whenTrue = this.#block();
    this.expect('Operator', 'else');
    const whenFalse = this.is('Operator', 'if') ? this.deeper(() => this.#if()) : this.#block();
    // Expr neither counts nor places this node: a failed condition is reported at 1:1.
    return fresh({ kind: 'conditional', isTernary: false, condition, whenTrue, whenFalse });
  }

  #block(): Node {
    this.expect('Bracket', '{');
    const node = this.#sequence();
    this.expect('Bracket', '}');
    return node;
  }

  #ternary(first: Node): Node {
    let node = first;
    while (this.is('Operator', '?') && this.error === undefined) {
      const condition = node;
      let whenTrue = condition;
      this.next();
      if (this.is('Operator', ':')) {
        this.next();
      } else {
        whenTrue = this.#expression(0);
        this.expect('Operator', ':');
      }
      const whenFalse = this.#expression(0);
      node = this.create(
        { kind: 'conditional', isTernary: true, condition, whenTrue, whenFalse },
        this.current.at,
      );
    }
    return node;
  }

  #primary(): Node {
    const token = this.current;
    if (token.kind === 'Operator') {
      const strength = unaryPrecedence.get(token.value);
      if (strength !== undefined) {
        this.next();
        const operand = this.#expression(strength);
        const node = this.create({ kind: 'unary', operator: token.value, node: operand }, token.at);
        return this.#postfix(node);
      }
    }
    if (isToken(token, 'Bracket', '(')) {
      this.next();
      const node = this.#sequence();
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
      return this.#postfix(this.#call(name, [], false));
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
            ? this.#call(token, [], true)
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

  #call(token: Token, first: Node[], isOverridable: boolean): Node {
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
      args.push(argument.isPredicate ? this.#predicate() : this.#expression(0));
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
      args.push(this.#expression(0));
    }
    this.expect('Bracket', ')');
    return args;
  }

  #predicate(): Node {
    const start = this.current;
    const isBlock = this.is('Bracket', '{');
    if (isBlock) this.next();
    this.#predicateDepth++;
    const node = isBlock ? this.#sequence() : this.#expression(0);
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
      nodes.push(this.#expression(0));
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
      const value = this.#expression(0);
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
    if (isToken(token, 'Bracket', '(')) return this.#expression(0);
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
    const from = this.#expression(0);
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
    const to = this.is('Bracket', ']') ? undefined : this.#expression(0);
    const node = this.create({ kind: 'slice', node: base, from, to }, bracket.at);
    if (this.error !== undefined) return nothing;
    this.expect('Bracket', ']');
    return node;
  }
}
