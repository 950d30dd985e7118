import { GoError } from '../error.js';
import { quote } from '../go/quote.js';
import { isNamePart, isSpace } from './characters.js';
import { unescape } from './escape.js';
import type { Token, TokenKind } from './token.js';

const wordOperators: ReadonlySet<string> = new Set([
  'in',
  'or',
  'and',
  'matches',
  'contains',
  'startsWith',
  'endsWith',
  'let',
  'if',
  'else',
]);

/** Operators that `not` may stand before. */
export const negatable: ReadonlySet<string> = new Set([
  'contains',
  'matches',
  'startsWith',
  'endsWith',
  'in',
]);

const endOfText = '';

export interface Comment {
  /** Offset of its first slash, in UTF-16 units. */
  readonly at: number;
  /** Without the marks, and without blanks around it. */
  readonly text: string;
}

/**
 * Turns text into tokens, one at a time: where the text is broken in two places, Expr reports the
 * one that its parser reaches first. Columns count code points, so this steps over surrogate pairs.
 */
export class Lexer {
  /** Those that were stepped over so far. */
  readonly comments: Comment[] = [];
  readonly #source: string;
  #start = 0;
  #end = 0;
  #queued: Token | undefined;
  #error: unknown;
  #isDone = false;

  constructor(source: string) {
    this.#source = source;
  }

  /** The next token, or undefined after `EOF` was given. Throws a `GoError` with its position. */
  next(): Token | undefined {
    if (this.#queued !== undefined) {
      const token = this.#queued;
      this.#queued = undefined;
      return token;
    }
    if (this.#isDone) return undefined;
    if (this.#error !== undefined) throw this.#error;
    try {
      return this.#scan();
    } catch (error) {
      // The parser may ask again before it gives up.
      this.#error = error;
      throw error;
    }
  }

  #scan(): Token {
    for (;;) {
      this.#start = this.#end;
      const char = this.#advance();
      if (char === endOfText) return this.#endToken();
      if (isSpace(char)) continue;
      if (char === '/' && this.#skipComment()) continue;
      return this.#token(char);
    }
  }

  #token(char: string): Token {
    if (isDigit(char)) {
      this.#end = this.#start;
      return this.#number();
    }
    if (char === 'b' || char === 'B') {
      const next = this.#peek();
      if (next === '"' || next === "'") return this.#string(this.#advance(), true);
    }
    if (isNamePart(char)) return this.#word();
    switch (char) {
      case "'":
      case '"':
        return this.#string(char, false);
      case '`':
        return this.#rawString();
      case '(':
      case '[':
      case '{':
      case ')':
      case ']':
      case '}':
        return this.#emit('Bracket');
      case '.':
        if (isDigit(this.#peek())) return this.#number();
        return this.#operator('.');
      case '?':
        return this.#operator('.?');
      case '|':
        return this.#operator('|');
      case ':':
        return this.#operator(':');
      case '#':
        return this.#pointer();
      case '/':
      case ',':
      case ';':
      case '%':
      case '+':
      case '-':
      case '^':
        return this.#emit('Operator');
      case '&':
      case '!':
      case '=':
      case '*':
      case '<':
      case '>':
        return this.#operator('&=*');
      default:
        throw this.#fail(`unrecognized character: ${describe(char)}`);
    }
  }

  #advance(): string {
    const char = this.#peek();
    this.#end += char.length;
    return char;
  }

  #peek(): string {
    const source = this.#source;
    const unit = source.charCodeAt(this.#end);
    if (!(unit >= 0xd800 && unit <= 0xdfff)) return source.charAt(this.#end);
    return String.fromCodePoint(source.codePointAt(this.#end) ?? 0);
  }

  #accept(chars: string): boolean {
    const next = this.#peek();
    if (next === endOfText || !chars.includes(next)) return false;
    this.#advance();
    return true;
  }

  #operator(second: string): Token {
    this.#accept(second);
    return this.#emit('Operator');
  }

  #emit(
    kind: TokenKind,
    value = this.#source.slice(this.#start, this.#end),
    at = this.#start,
  ): Token {
    this.#start = this.#end;
    return { kind, value, at };
  }

  #endToken(): Token {
    this.#isDone = true;
    return { kind: 'EOF', value: '', at: this.#before() };
  }

  /** Offset of the last character read. */
  #before(): number {
    if (this.#end === 0) return 0;
    const unit = this.#source.charCodeAt(this.#end - 1);
    const isPair = unit >= 0xdc00 && unit <= 0xdfff && this.#end > 1;
    return this.#end - (isPair ? 2 : 1);
  }

  #fail(message: string, isAtEnd = false): GoError {
    return new GoError(message, isAtEnd ? this.#end : this.#before());
  }

  #skipComment(): boolean {
    if (this.#accept('/')) {
      const newline = this.#source.indexOf('\n', this.#end);
      this.#end = newline < 0 ? this.#source.length : newline + 1;
      this.#keepComment(this.#start + 2, this.#end);
      return true;
    }
    if (!this.#accept('*')) return false;
    const close = this.#source.indexOf('*/', this.#end);
    if (close < 0) {
      this.#end = this.#source.length;
      throw this.#fail('unclosed comment', true);
    }
    this.#keepComment(this.#start + 2, close);
    this.#end = close + 2;
    return true;
  }

  #keepComment(from: number, to: number): void {
    this.comments.push({ at: this.#start, text: this.#source.slice(from, to).trim() });
  }

  #word(): Token {
    while (this.#peek() !== endOfText && isNamePart(this.#peek())) this.#advance();
    const word = this.#source.slice(this.#start, this.#end);
    if (word === 'not') return this.#not();
    return this.#emit(wordOperators.has(word) ? 'Operator' : 'Identifier');
  }

  /** `not in` and its like are two operators, even where `in` alone would be something else. */
  #not(): Token {
    const token = this.#emit('Operator');
    while (this.#peek() === ' ') this.#advance();
    const start = this.#end;
    while (this.#peek() !== endOfText && isNamePart(this.#peek())) this.#advance();
    const word = this.#source.slice(start, this.#end);
    if (negatable.has(word)) this.#queued = { kind: 'Operator', value: word, at: start };
    else this.#end = start;
    return token;
  }

  #pointer(): Token {
    this.#accept('#');
    const token = this.#emit('Operator');
    const start = this.#end;
    while (this.#peek() !== endOfText && isNamePart(this.#peek())) this.#advance();
    if (this.#end > start) {
      const value = this.#source.slice(start, this.#end);
      this.#queued = { kind: 'Identifier', value, at: start };
    }
    return token;
  }

  /** The end stands before the first digit; before that may be a point. */
  #number(): Token {
    let digits = '0123456789_';
    if (this.#accept('0')) {
      if (this.#accept('xX')) digits = '0123456789abcdefABCDEF_';
      else if (this.#accept('oO')) digits = '01234567_';
      else if (this.#accept('bB')) digits = '01_';
    }
    this.#acceptRun(digits);
    const beforeDot = this.#end;
    if (this.#accept('.')) {
      if (this.#peek() === '.') {
        // `1..2` is a range: the first dot is not a decimal point.
        this.#end = beforeDot;
        return this.#emit('Number');
      }
      this.#acceptRun(digits);
    }
    if (this.#accept('eE')) {
      this.#accept('+-');
      this.#acceptRun(digits);
    }
    const next = this.#peek();
    if (next !== endOfText && isNamePart(next)) {
      this.#advance();
      const word = this.#source.slice(this.#start, this.#end);
      throw this.#fail(`bad number syntax: ${quote(word)}`);
    }
    return this.#emit('Number');
  }

  #acceptRun(chars: string): void {
    while (this.#accept(chars));
  }

  #string(delimiter: string, isBytes: boolean): Token {
    const start = this.#start + (isBytes ? 1 : 0);
    let char = this.#advance();
    while (char !== delimiter) {
      if (char === '\n' || char === endOfText) {
        throw this.#fail('literal not terminated', char === endOfText);
      }
      char = char === '\\' ? this.#escape(delimiter) : this.#advance();
    }
    const text = unescape(this.#source.slice(start, this.#end), isBytes);
    if (typeof text !== 'string') throw this.#fail(text.reason);
    return this.#emit(isBytes ? 'Bytes' : 'String', text);
  }

  /** Steps over one escape and returns the character after it. */
  #escape(delimiter: string): string {
    const char = this.#advance();
    if (char === delimiter || (char !== endOfText && 'abfnrtv\\'.includes(char))) {
      return this.#advance();
    }
    if (char >= '0' && char <= '7' && char !== endOfText) return this.#digits(char, 8, 3);
    if (char === 'x') return this.#digits(this.#advance(), 16, 2);
    if (char === 'u') {
      return this.#peek() === '{' ? this.#braced() : this.#digits(this.#advance(), 16, 4);
    }
    if (char === 'U') return this.#digits(this.#advance(), 16, 8);
    throw this.#fail('invalid char escape', char === endOfText);
  }

  #digits(first: string, base: number, count: number): string {
    let char = first;
    for (let left = count; left > 0; left--) {
      if (digitValue(char) >= base) throw this.#fail('invalid char escape', char === endOfText);
      char = this.#advance();
    }
    return char;
  }

  #braced(): string {
    this.#advance();
    for (let count = 0; ; count++) {
      const next = this.#peek();
      if (next === '}' && count > 0) break;
      if (digitValue(next) >= 16 || count >= 6) throw this.#fail('invalid char escape');
      this.#advance();
    }
    this.#advance();
    return this.#advance();
  }

  #rawString(): Token {
    for (;;) {
      const close = this.#source.indexOf('`', this.#end);
      if (close < 0) {
        this.#end = this.#source.length;
        throw this.#fail('literal not terminated', true);
      }
      this.#end = close + 1;
      if (this.#peek() !== '`') break;
      this.#end++;
    }
    const text = this.#source.slice(this.#start + 1, this.#end - 1);
    return this.#emit('String', text.replaceAll('``', '`'));
  }
}

function isDigit(char: string): boolean {
  return char >= '0' && char <= '9' && char.length === 1;
}

function digitValue(char: string): number {
  return /^[0-9a-fA-F]$/.test(char) ? Number.parseInt(char, 16) : 16;
}

/** Go's `%#U`: `U+0040 '@'`, without the character where it cannot be printed. */
function describe(char: string): string {
  const point = char.codePointAt(0) ?? 0;
  const hex = point.toString(16).toUpperCase().padStart(4, '0');
  const isPrintable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(char);
  return isPrintable ? `U+${hex} '${char}'` : `U+${hex}`;
}
