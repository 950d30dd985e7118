import { quote } from './quote.js';

interface Refused {
  readonly reason: string;
}

const maxInt64 = 2n ** 63n - 1n;
const prefixes = /^[+-]?0(?:x[0-9a-f]+|o[0-7]+|b[01]+)$/i;

/**
 * Go's `strconv.ParseInt(text, base, 64)` for base 10, and for base 0 with a prefix. `name` is the
 * function that the error names.
 */
export function parseInt64(name: string, text: string, base: 0 | 10): bigint | Refused {
  const isPlain = /^[+-]?[0-9]+$/.test(text);
  if (!isPlain && !(base === 0 && prefixes.test(text))) return refuse(name, text, 'invalid syntax');
  const isNegative = text.startsWith('-');
  const magnitude = BigInt(text.replace(/^[+-]/, '').toLowerCase());
  const value = isNegative ? -magnitude : magnitude;
  if (value > maxInt64 || value < -maxInt64 - 1n) return refuse(name, text, 'value out of range');
  return value;
}

const decimal = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?$/i;
const hexadecimal = /^([+-]?)0x([0-9a-f]*)(?:\.([0-9a-f]*))?p([+-]?[0-9]+)$/i;
const special = /^[+-]?(?:inf|infinity)$|^nan$/i;

/** Go's `strconv.ParseFloat(text, 64)`. */
export function parseFloat64(text: string): number | Refused {
  if (text.includes('_')) {
    const plain = parseFloat64(text.replaceAll('_', ''));
    const isRefused = typeof plain !== 'number' || !areSeparators(text);
    return isRefused ? refuse('ParseFloat', text, 'invalid syntax') : plain;
  }
  let value: number;
  const hex = hexadecimal.exec(text);
  if (decimal.test(text)) value = Number(text);
  else if (hex !== null && `${hex[2] ?? ''}${hex[3] ?? ''}` !== '') value = parseHexadecimal(hex);
  else if (special.test(text)) return parseSpecial(text);
  else return refuse('ParseFloat', text, 'invalid syntax');
  return Number.isFinite(value) ? value : refuse('ParseFloat', text, 'value out of range');
}

/** Each underscore stands between two digits, or between `0x` and a digit. */
function areSeparators(text: string): boolean {
  const body = text.replace(/^[+-]/, '');
  const isHex = /^0x/i.test(body);
  const digit = isHex ? '[0-9a-f]' : '[0-9]';
  const separated = isHex ? body.replace(/^0x_?/i, '0') : body;
  return !new RegExp(`(?<!${digit})_|_(?!${digit})`, 'i').test(separated);
}

function parseSpecial(text: string): number {
  if (/nan/i.test(text)) return Number.NaN;
  return text.startsWith('-') ? -Infinity : Infinity;
}

/** Rounds to the nearest float, ties to even, with the precision that subnormal numbers have. */
function parseHexadecimal(match: RegExpExecArray): number {
  const fraction = match[3] ?? '';
  let mantissa = BigInt(`0x0${match[2] ?? ''}${fraction}`);
  if (mantissa === 0n) return match[1] === '-' ? -0 : 0;
  let exponent = Math.max(-1e6, Math.min(1e6, Number(match[4]))) - 4 * fraction.length;
  const bits = mantissa.toString(2).length;
  const surplus = Math.max(bits - 53, -1074 - exponent);
  if (surplus > bits + 1) return match[1] === '-' ? -0 : 0;
  if (surplus > 0) {
    const dropped = mantissa & ((1n << BigInt(surplus)) - 1n);
    const half = 1n << BigInt(surplus - 1);
    mantissa >>= BigInt(surplus);
    exponent += surplus;
    if (dropped > half || (dropped === half && (mantissa & 1n) === 1n)) mantissa += 1n;
  }
  if (exponent > 1100) return match[1] === '-' ? -Infinity : Infinity;
  const size = scale(Number(mantissa), exponent);
  return match[1] === '-' ? -size : size;
}

/** `value * 2**exponent` without overflow or rounding on the way. */
function scale(value: number, exponent: number): number {
  let result = value;
  let left = exponent;
  for (; left > 1000; left -= 1000) result *= 2 ** 1000;
  for (; left < -1000; left += 1000) result *= 2 ** -1000;
  return result * 2 ** left;
}

function refuse(name: string, text: string, problem: string): Refused {
  return { reason: `strconv.${name}: parsing ${quote(text)}: ${problem}` };
}
