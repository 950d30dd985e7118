import { GoError } from '../error.js';
import { byteLength } from './utf8.js';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

export function encodeBase64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const group = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    const size = Math.min(3, bytes.length - i);
    for (let k = 0; k < 4; k++) {
      text += k <= size ? alphabet.charAt((group >> (18 - 6 * k)) & 63) : '=';
    }
  }
  return text;
}

/** Go's standard decoding: padded, line breaks ignored. The error names the byte that does not belong. */
export function decodeBase64(text: string): number[] {
  const bytes: number[] = [];
  const kept = Array.from(text, (char, index) => ({ char, index })).filter(
    ({ char }) => char !== '\n' && char !== '\r',
  );
  for (let i = 0; i < kept.length; i += 4) {
    const group = kept.slice(i, i + 4);
    const isLast = i + 4 >= kept.length;
    const digits = group.findIndex(({ char }) => !isDigit(char));
    const count = digits < 0 ? group.length : digits;
    const bad = group[count];
    if (count < 4) {
      if (bad === undefined) throw corrupt(text, text.length - count);
      checkPadding(text, group, kept[i + 4], count);
    }
    const value = group
      .slice(0, count)
      .reduce((sum, { char }, k) => sum | (alphabet.indexOf(char) << (18 - 6 * k)), 0);
    for (let k = 0; k < count - 1; k++) bytes.push((value >> (16 - 8 * k)) & 0xff);
    if (isLast) break;
  }
  return bytes;
}

interface Place {
  readonly char: string;
  readonly index: number;
}

function checkPadding(
  text: string,
  group: readonly Place[],
  after: Place | undefined,
  count: number,
): void {
  const bad = group[count];
  if (bad === undefined || bad.char !== '=' || count < 2) {
    throw corrupt(text, bad?.index ?? text.length);
  }
  const second = group[3];
  if (count === 2) {
    if (second === undefined) throw corrupt(text, text.length);
    if (second.char !== '=') throw corrupt(text, second.index - 1);
  }
  if (after !== undefined) throw corrupt(text, after.index);
}

function isDigit(char: string): boolean {
  return char !== '' && alphabet.includes(char);
}

function corrupt(text: string, index: number): GoError {
  const at = byteLength(text.slice(0, index));
  return new GoError(`illegal base64 data at input byte ${at}`);
}
