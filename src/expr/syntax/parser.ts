import { fresh, type Node } from './ast.js';
import { negatable } from './lexer.js';
import { OperandParser, type ParserOptions } from './operand-parser.js';
import { binaryPrecedence, isComparison, isRightAssociative } from './precedence.js';
import type { Token } from './token.js';
import { nothing } from './token-reader.js';

/** Builds the syntax tree. Throws a `GoError` with its position. */
export function parse(source: string, options: ParserOptions): Node {
  return new Parser(source, options).parse();
}

/** Recursive descent with precedence climbing. */
class Parser extends OperandParser {
  parse(): Node {
    this.next();
    const node = this.sequence();
    if (!this.is('EOF')) this.unexpected();
    if (this.error !== undefined) throw this.error;
    return node;
  }

  protected override sequence(): Node {
    const first = this.expression(0);
    const nodes = [first];
    while (this.is('Operator', ';') && this.error === undefined) {
      this.next();
      if (this.is('EOF')) break;
      nodes.push(this.expression(0));
    }
    return nodes.length === 1 ? first : this.create({ kind: 'sequence', nodes }, first.at);
  }

  protected override expression(precedence: number): Node {
    if (this.error !== undefined) return nothing;
    return this.deeper(() => this.#expressionInside(precedence));
  }

  #expressionInside(precedence: number): Node {
    if (precedence === 0 && this.is('Operator', 'let')) return this.#let();
    if (precedence === 0 && this.is('Operator', 'if')) return this.#if();
    const node = this.#binary(this.primary(), precedence);
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
        left = this.call(name, [left], true);
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
    const right = this.expression(isRightAssociative(operator.value) ? strength : strength + 1);
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
      const right = this.expression(strength + 1);
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
    const value = this.expression(0);
    this.expect('Operator', ';');
    const body = this.sequence();
    return this.create({ kind: 'let', name: name.value, value, body }, name.at);
  }

  #if(): Node {
    this.next();
    if (this.error !== undefined) return nothing;
    const condition = this.expression(0);
    const whenTrue = this.#block();
    this.expect('Operator', 'else');
    const whenFalse = this.is('Operator', 'if') ? this.deeper(() => this.#if()) : this.#block();
    // Expr neither counts nor places this node: a failed condition is reported at 1:1.
    return fresh({ kind: 'conditional', isTernary: false, condition, whenTrue, whenFalse });
  }

  #block(): Node {
    this.expect('Bracket', '{');
    const node = this.sequence();
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
        whenTrue = this.expression(0);
        this.expect('Operator', ':');
      }
      const whenFalse = this.expression(0);
      node = this.create(
        { kind: 'conditional', isTernary: true, condition, whenTrue, whenFalse },
        this.current.at,
      );
    }
    return node;
  }
}
