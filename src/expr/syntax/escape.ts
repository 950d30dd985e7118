import { fromBytes, toBytes } from '../go/utf8.js';

const simple: ReadonlyMap<string, number> = new Map([
  ['a', 7],
  ['b', 8],
  ['f', 12],
  ['n', 10],
  ['r', 13],
  ['t', 9],
  ['v', 11],
  ['\\', 92],
  ["'", 39],
  ['"', 34],
  ['`', 96],
  ['?', 63],
]);

const wideLengths: ReadonlyMap<string, number> = new Map([
  ['x', 2],
  ['X', 2],
  ['u', 4],
  ['U', 8],
]);

/** The text of a quoted literal, or the reason why it is none. `isBytes` is for `b"..."`. */
export function unescape(literal: string, isBytes: boolean): string | { readonly reason: string } {
  const text = literal.replace(/\r\n?/g, '\n').slice(1, -1);
  if (!text.includes('\\')) return text;
  const parts: string[] = [];
  for (let i = 0; i < text.length;) {
    if (text[i] !== '\\') {
      const next = text.indexOf('\\', i);
      const end = next < 0 ? text.length : next;
      parts.push(text.slice(i, end));
      i = end;
      continue;
    }
    const escape = readEscape(text, i + 1, isBytes);
    if ('reason' in escape) return escape;
    parts.push(escape.text);
    i = escape.end;
  }
  const joined = parts.join('');
  return isBytes ? fromBytes(toBytes(joined)) : joined;
}

type Escape = { readonly text: string; readonly end: number } | { readonly reason: string };

const malformed = { reason: 'unable to unescape string' };

function readEscape(text: string, start: number, isBytes: boolean): Escape {
  const char = text[start] ?? '';
  const code = simple.get(char);
  if (code !== undefined) return { text: String.fromCharCode(code), end: start + 1 };
  if (char >= '0' && char <= '3' && char !== '') return readOctal(text, start, isBytes);
  if (char === 'u' && !isBytes && text[start + 1] === '{') return readBraced(text, start + 2);
  const length = wideLengths.get(char);
  if (length === undefined || (isBytes && length !== 2)) return malformed;
  const hex = text.slice(start + 1, start + 1 + length);
  if (hex.length < length || !/^[0-9a-fA-F]+$/.test(hex)) return malformed;
  return rune(Number.parseInt(hex, 16), start + 1 + length, isBytes);
}

function readOctal(text: string, start: number, isBytes: boolean): Escape {
  const octal = text.slice(start, start + 3);
  if (!/^[0-3][0-7]{2}$/.test(octal)) {
    return { reason: 'unable to unescape octal sequence in string' };
  }
  return rune(Number.parseInt(octal, 8), start + 3, isBytes);
}

function readBraced(text: string, start: number): Escape {
  const end = text.indexOf('}', start);
  const hex = end < 0 ? '' : text.slice(start, end);
  if (!/^[0-9a-fA-F]{1,6}$/.test(hex)) return malformed;
  return rune(Number.parseInt(hex, 16), end + 1, false);
}

function rune(point: number, end: number, isBytes: boolean): Escape {
  if (isBytes) return { text: fromBytes([point]), end };
  // A code above 0x7fffffff is negative as a Go rune, passes Go's check and becomes U+FFFD.
  if (point > 0x10ffff && point <= 0x7fffffff) return malformed;
  const isCharacter = point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
  return { text: isCharacter ? String.fromCodePoint(point) : '\ufffd', end };
}
