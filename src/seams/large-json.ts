/** `JSON.parse` for texts of any length: the engine's own parser blocks for 10 ms and more for each megabyte. */
import type { Breathe } from './slices.js';

/** Characters that are parsed, or looked through, at one go: about a millisecond. */
const SLICE = 128 * 1024;
/** Of lists and objects that are longer than a slice each: no answer is built so. */
const MAX_DEPTH = 32;

/** As `JSON.parse` reads it; rejects with `SyntaxError`, or as `breathe` does. A short text is parsed at once. */
export async function parseJson(text: string, breathe: Breathe): Promise<unknown> {
  if (text.length <= SLICE) return JSON.parse(text) as unknown;
  return new Reader(text, breathe).read();
}

/**
 * Walks through the lists and objects that are longer than a slice. Their members are handed to `JSON.parse` a slice at a time, so that
 * what a value is, and what is none, is the engine's business: here only the ends of values are looked for.
 */
class Reader {
  readonly #text: string;
  readonly #breathe: Breathe;
  #looked = 0;

  constructor(text: string, breathe: Breathe) {
    this.#text = text;
    this.#breathe = breathe;
  }

  async read(): Promise<unknown> {
    const start = await this.#skipBlanks(0);
    const { value, end } = await this.#value(start, 0);
    if ((await this.#skipBlanks(end)) < this.#text.length) this.#fail(end);
    return value;
  }

  /** The value that begins at `start`, which is longer than a slice. */
  async #value(
    start: number,
    depth: number,
  ): Promise<{ readonly value: unknown; readonly end: number }> {
    const opening = this.#text[start];
    if (opening !== '[' && opening !== '{') {
      const end = await this.#endOfLong(start);
      return { value: JSON.parse(this.#text.slice(start, end)), end };
    }
    if (depth === MAX_DEPTH) throw new SyntaxError('lists and objects are nested too deeply');
    return opening === '[' ? this.#list(start, depth) : this.#object(start, depth);
  }

  async #list(start: number, depth: number): Promise<{ value: unknown[]; end: number }> {
    const value: unknown[] = [];
    let at = await this.#skipBlanks(start + 1);
    if (this.#text[at] === ']') return { value, end: at + 1 };
    for (;;) {
      const run = await this.#run(at);
      if (run.end > at) {
        for (const item of JSON.parse(`[${this.#text.slice(at, run.end)}]`) as unknown[])
          value.push(item);
        at = run.end;
      } else {
        const long = await this.#value(at, depth + 1);
        value.push(long.value);
        at = long.end;
      }
      at = await this.#skipBlanks(at);
      if (this.#text[at] === ']') return { value, end: at + 1 };
      at = await this.#skipBlanks(this.#want(',', at));
    }
  }

  async #object(start: number, depth: number): Promise<{ value: object; end: number }> {
    const value: Record<string, unknown> = {};
    let at = await this.#skipBlanks(start + 1);
    if (this.#text[at] === '}') return { value, end: at + 1 };
    for (;;) {
      const run = await this.#run(at);
      if (run.end > at) {
        const some = JSON.parse(`{${this.#text.slice(at, run.end)}}`) as Record<string, unknown>;
        for (const name of Object.keys(some)) define(value, name, some[name]);
        at = run.end;
      } else {
        const nameEnd = await this.#endOfLong(at);
        const name = JSON.parse(this.#text.slice(at, nameEnd)) as unknown;
        if (typeof name !== 'string') this.#fail(at);
        const from = await this.#skipBlanks(this.#want(':', await this.#skipBlanks(nameEnd)));
        const long = await this.#value(from, depth + 1);
        define(value, name, long.value);
        at = long.end;
      }
      at = await this.#skipBlanks(at);
      if (this.#text[at] === '}') return { value, end: at + 1 };
      at = await this.#skipBlanks(this.#want(',', at));
    }
  }

  /**
   * The end of as many members as fit into a slice, behind the last of them; `at` itself when the first one alone is longer.
   * Members end at a comma, or where the list or object does.
   */
  async #run(at: number): Promise<{ readonly end: number }> {
    await this.#breathe();
    const limit = at + SLICE;
    let [end, depth, now] = [at, 0, at];
    while (now < limit) {
      const char = this.#text.charCodeAt(now);
      if (char === QUOTE) {
        now = this.#endOfString(now, limit);
        continue;
      }
      if (char === OPEN_LIST || char === OPEN_OBJECT) depth += 1;
      else if (char === CLOSE_LIST || char === CLOSE_OBJECT) {
        if (depth === 0) return { end: now };
        depth -= 1;
      } else if (char === COMMA && depth === 0) end = now;
      else if (Number.isNaN(char)) this.#fail(now);
      now += 1;
    }
    return { end };
  }

  /** Behind the string that begins at `at`; `limit` when it does not end before. */
  #endOfString(at: number, limit: number): number {
    for (let now = at + 1; now < limit; now += 1) {
      const char = this.#text.charCodeAt(now);
      if (char === QUOTE) return now + 1;
      if (char === BACKSLASH) now += 1;
      else if (Number.isNaN(char)) this.#fail(now);
    }
    return limit;
  }

  /** Behind a string, or a word or number, of any length. */
  async #endOfLong(start: number): Promise<number> {
    const isString = this.#text[start] === '"';
    for (let now = start + 1; now < this.#text.length; now += 1) {
      this.#looked += 1;
      if (this.#looked % (8 * SLICE) === 0) await this.#breathe();
      const char = this.#text.charCodeAt(now);
      if (isString && char === QUOTE) return now + 1;
      if (isString && char === BACKSLASH) now += 1;
      if (!isString && ENDS.has(char)) return now;
    }
    if (isString) this.#fail(this.#text.length);
    return this.#text.length;
  }

  async #skipBlanks(at: number): Promise<number> {
    let now = at;
    while (BLANKS.has(this.#text.charCodeAt(now))) {
      now += 1;
      if ((now - at) % SLICE === 0) await this.#breathe();
    }
    return now;
  }

  #want(char: string, at: number): number {
    return this.#text[at] === char ? at + 1 : this.#fail(at);
  }

  #fail(at: number): never {
    const isEnd = at >= this.#text.length;
    throw new SyntaxError(isEnd ? 'the JSON ends too early' : `no JSON at position ${at}`);
  }
}

/** Also `__proto__`, as an ordinary name. */
function define(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, name, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

const code = (char: string): number => char.charCodeAt(0);
const [QUOTE, BACKSLASH, COMMA] = [code('"'), code('\\'), code(',')];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [
  code('['),
  code(']'),
  code('{'),
  code('}'),
];
const BLANKS: ReadonlySet<number> = new Set([' ', '\t', '\n', '\r'].map(code));
const ENDS: ReadonlySet<number> = new Set([...BLANKS, ...[',', ']', '}', ':'].map(code)]);
