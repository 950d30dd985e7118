import { isAscii } from './utf8.js';

/** Go's `strings.ToUpper`: each character on its own, and only to a single character. */
export function upperCase(text: string): string {
  return isAscii(text) ? text.toUpperCase() : mapEach(text, upperOf);
}

export function lowerCase(text: string): string {
  return isAscii(text) ? text.toLowerCase() : mapEach(text, lowerOf);
}

function mapEach(text: string, map: (char: string) => string): string {
  let mapped = '';
  for (const char of text) mapped += map(char);
  return mapped;
}

function upperOf(char: string): string {
  const upper = char.toUpperCase();
  if (upper.length <= char.length || Array.from(upper).length === 1) return upper;
  return titled(char.codePointAt(0) ?? 0) ?? char;
}

/**
 * Greek letters with a small iota below have a capital form of one character, which JavaScript, that
 * writes the iota as a letter, does not give.
 */
function titled(point: number): string | undefined {
  const isInBlock = point >= 0x1f80 && point <= 0x1faf && (point & 8) === 0;
  if (isInBlock) return String.fromCodePoint(point + 8);
  const isSingle = point === 0x1fb3 || point === 0x1fc3 || point === 0x1ff3;
  return isSingle ? String.fromCodePoint(point + 9) : undefined;
}

function lowerOf(char: string): string {
  // The dotted capital I is the only one whose full lower case has two characters.
  return char === '\u0130' ? 'i' : char.toLowerCase();
}
