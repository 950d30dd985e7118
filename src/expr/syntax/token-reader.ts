import { GoError } from '../error.js';
import type { ExprLimits } from '../limits.js';
import { fresh, type Node, type NodeDraft } from './ast.js';
import { quote } from '../go/quote.js';
import { Lexer } from './lexer.js';
import { isToken, type Token, type TokenKind } from './token.js';

export const nothing: Node = fresh({ kind: 'nil' });

/**
 * The tokens under the eyes of a parser, its first error, and its budgets. After an error nothing more
 * is built, but the rules go on until they have all been left, as in Expr: a broken token that they
 * still read on the way replaces the error.
 */
export class TokenReader {
  readonly #lexer: Lexer;
  readonly #limits: ExprLimits;
  #stashed: Token | undefined;
  #nodeCount = 0;
  #depth = 0;
  protected current: Token = { kind: 'EOF', value: '', at: 0 };
  protected error: GoError | undefined;

  constructor(source: string, limits: ExprLimits) {
    this.#lexer = new Lexer(source);
    this.#limits = limits;
  }

  /** Gives a token back: the next one will be `token`, the current one is `before`. */
  protected giveBack(token: Token, before: Token): void {
    this.#stashed = token;
    this.current = before;
  }

  /** Runs a rule one level deeper. */
  protected deeper(rule: () => Node): Node {
    if (++this.#depth > this.#limits.depth) {
      this.fail('compilation failed: expression exceeds maximum allowed depth');
    }
    const node = rule();
    this.#depth--;
    return node;
  }

  protected is(kind: TokenKind, value?: string): boolean {
    return isToken(this.current, kind, value);
  }

  protected next(): void {
    if (this.#stashed !== undefined) {
      this.current = this.#stashed;
      this.#stashed = undefined;
      return;
    }
    try {
      const token = this.#lexer.next();
      if (token === undefined) this.fail('unexpected end of expression');
      else this.current = token;
    } catch (error) {
      if (!(error instanceof GoError)) throw error;
      this.error = error;
    }
  }

  protected fail(message: string, token: Token = this.current): Node {
    this.error ??= new GoError(message, token.at);
    return nothing;
  }

  protected unexpected(token: Token = this.current): Node {
    return this.fail(`unexpected token ${printToken(token)}`, token);
  }

  protected expect(kind: TokenKind, value?: string): void {
    if (this.is(kind, value)) this.next();
    else this.unexpected();
  }

  /** Counts the node and gives it its place. */
  protected create(draft: NodeDraft, at: number): Node {
    this.#nodeCount++;
    if (this.#nodeCount > this.#limits.nodes) {
      return this.fail('compilation failed: expression exceeds maximum allowed nodes');
    }
    if (this.error !== undefined) return nothing;
    const created = fresh(draft);
    created.at = at;
    return created;
  }
}

export function printToken(token: Token): string {
  return token.value === '' ? token.kind : `${token.kind}(${quote(token.value)})`;
}
