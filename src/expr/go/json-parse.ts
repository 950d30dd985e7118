import { GoError } from '../error.js';
import { type ExprValue, List } from '../values.js';
import { dictOf } from './map-key.js';
import { quote } from './quote.js';
import { arrayType } from './type.js';
import { toBytes, toWellFormed } from './utf8.js';

const deepest = 10_000;
/** Go allows 10,000; the stack of a JavaScript engine may hold less, and no metric nests like that. */
const deepestHere = 1_000;

/** Go's `json.Unmarshal` into an `any`: numbers are floats. Throws a `GoError` with its message. */
export function parseJson(text: string): ExprValue {
  const parser = new JsonParser(text);
  return parser.parse();
}

class JsonParser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): ExprValue {
    // Go reads the whole text for its form before it converts anything.
    const value = this.#value(0);
    this.#skip();
    if (this.#at < this.#text.length) throw this.#unexpected('after top-level value');
    return value();
  }

  #skip(): void {
    while (/[ \t\r\n]/.test(this.#text.charAt(this.#at))) this.#at++;
  }

  #unexpected(where: string): GoError {
    // At the end Go tries a space, which most places pass over.
    const isInside = /^(in literal|in numeric|after decimal|in exponent|in string escape|in \\u)/;
    if (this.#at >= this.#text.length) {
      const message = isInside.test(where) ? `invalid character ' ' ${where}` : '';
      return new GoError(message === '' ? 'unexpected end of JSON input' : message);
    }
    return new GoError(`invalid character ${quoteByte(this.#text, this.#at)} ${where}`);
  }

  #value(depth: number): () => ExprValue {
    this.#skip();
    const char = this.#text.charAt(this.#at);
    if (char === '{' || char === '[') {
      if (depth >= deepestHere) throw new GoError(`exceeded max depth (${deepest})`);
      this.#at++;
      return char === '{' ? this.#object(depth + 1) : this.#array(depth + 1);
    }
    if (char === '"') {
      const text = this.#string();
      return () => text;
    }
    if (char === '-' || (char >= '0' && char <= '9' && char !== '')) return this.#number();
    if (char === 't') return this.#literal('true', true);
    if (char === 'f') return this.#literal('false', false);
    if (char === 'n') return this.#literal('null', null);
    throw this.#unexpected('looking for beginning of value');
  }

  #literal(word: string, value: ExprValue): () => ExprValue {
    for (const char of word) {
      if (this.#text.charAt(this.#at) !== char) {
        throw this.#unexpected(`in literal ${word} (expecting '${char}')`);
      }
      this.#at++;
    }
    return () => value;
  }

  #digits(where: string): void {
    if (!/[0-9]/.test(this.#text.charAt(this.#at))) throw this.#unexpected(where);
    while (/[0-9]/.test(this.#text.charAt(this.#at))) this.#at++;
  }

  #number(): () => ExprValue {
    const start = this.#at;
    if (this.#text.charAt(this.#at) === '-') this.#at++;
    if (this.#text.charAt(this.#at) === '0') this.#at++;
    else this.#digits('in numeric literal');
    if (this.#text.charAt(this.#at) === '.') {
      this.#at++;
      this.#digits('after decimal point in numeric literal');
    }
    if (/[eE]/.test(this.#text.charAt(this.#at))) {
      this.#at++;
      if (/[+-]/.test(this.#text.charAt(this.#at))) this.#at++;
      this.#digits('in exponent of numeric literal');
    }
    const text = this.#text.slice(start, this.#at);
    return () => {
      const value = Number(text);
      if (Number.isFinite(value)) return value;
      throw new GoError(`json: cannot unmarshal number ${text} into Go value of type float64`);
    };
  }

  #string(): string {
    const start = ++this.#at;
    for (; ; this.#at++) {
      const code = this.#text.charCodeAt(this.#at);
      if (Number.isNaN(code)) throw this.#unexpected('');
      if (code === 0x22) break;
      if (code < 0x20) throw this.#unexpected('in string literal');
      if (code === 0x5c) this.#escape();
    }
    const raw = this.#text.slice(start, this.#at++);
    const text = raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw;
    return toWellFormed(text);
  }

  #escape(): void {
    this.#at++;
    const char = this.#text.charAt(this.#at);
    if (char !== '' && '"\\/bfnrt'.includes(char)) return;
    if (char !== 'u') throw this.#unexpected('in string escape code');
    for (let i = 0; i < 4; i++) {
      this.#at++;
      if (!/[0-9a-fA-F]/.test(this.#text.charAt(this.#at))) {
        throw this.#unexpected('in \\u hexadecimal character escape');
      }
    }
  }

  #array(depth: number): () => ExprValue {
    const items: (() => ExprValue)[] = [];
    this.#skip();
    if (this.#text.charAt(this.#at) === ']') {
      this.#at++;
      return () => new List(arrayType, []);
    }
    for (;;) {
      items.push(this.#value(depth));
      this.#skip();
      const char = this.#text.charAt(this.#at);
      if (char !== ',' && char !== ']') throw this.#unexpected('after array element');
      this.#at++;
      if (char === ']') break;
    }
    return () =>
      new List(
        arrayType,
        items.map((item) => item()),
      );
  }

  #object(depth: number): () => ExprValue {
    const entries: (readonly [string, () => ExprValue])[] = [];
    this.#skip();
    if (this.#text.charAt(this.#at) === '}') {
      this.#at++;
      return () => dictOf([]);
    }
    for (;;) {
      this.#skip();
      if (this.#text.charAt(this.#at) !== '"') {
        throw this.#unexpected('looking for beginning of object key string');
      }
      const key = this.#string();
      this.#skip();
      if (this.#text.charAt(this.#at) !== ':') throw this.#unexpected('after object key');
      this.#at++;
      entries.push([key, this.#value(depth)]);
      this.#skip();
      const char = this.#text.charAt(this.#at);
      if (char !== ',' && char !== '}') throw this.#unexpected('after object key:value pair');
      this.#at++;
      if (char === '}') break;
    }
    return () => dictOf(entries.map(([key, value]) => [key, value()] as const));
  }
}

/** The byte at an index, in single quotes, each byte as the Latin-1 character of its value. */
function quoteByte(text: string, at: number): string {
  const char = String.fromCodePoint(text.codePointAt(at) ?? 0);
  const byte = String.fromCharCode(toBytes(char)[0] ?? 0);
  if (byte === "'") return `'\\''`;
  if (byte === '"') return `'"'`;
  return `'${quote(byte).slice(1, -1)}'`;
}
