import { GoError } from '../error.js';
import { quoteBytes } from './quote-bytes.js';

const maxInt64 = 2n ** 63n - 1n;
const limit = 2n ** 63n;

const units: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  ['µs', 1_000n],
  ['μs', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);

/**
 * Go's `time.ParseDuration`: `"1h30m"`, `"-1.5h"`, `"100ms"` as nanoseconds. Throws an error with Go's
 * message where the text is none.
 */
export function parseGoDuration(text: string): bigint {
  const isNegative = text.startsWith('-');
  const body = /^[+-]/.test(text) ? text.slice(1) : text;
  if (body === '0') return 0n;
  let left = body;
  let total = 0n;
  if (left === '') throw invalid(text);
  while (left !== '') {
    const match = /^([0-9]*)(?:(\.)([0-9]*))?/.exec(left);
    const whole = match?.[1] ?? '';
    const fraction = match?.[3] ?? '';
    if (whole === '' && fraction === '') throw invalid(text);
    if (BigInt(`0${whole}`) > limit) throw invalid(text);
    left = left.slice(match?.[0].length ?? 0);
    const unit = /^[^.0-9]*/.exec(left)?.[0] ?? '';
    if (unit === '') throw new GoError(`time: missing unit in duration ${quoteBytes(text)}`);
    left = left.slice(unit.length);
    const size = units.get(unit);
    if (size === undefined) {
      throw new GoError(`time: unknown unit ${quoteBytes(unit)} in duration ${quoteBytes(text)}`);
    }
    total += BigInt(`0${whole}`) * size + fractionOf(fraction, size);
    if (total > limit) throw invalid(text);
  }
  if (isNegative) return -total;
  if (total > maxInt64) throw invalid(text);
  return total;
}

/** The part of a unit that a decimal fraction means, through a float as in Go. */
function fractionOf(digits: string, size: bigint): bigint {
  let value = 0n;
  let scale = 1;
  for (const digit of digits) {
    const next = value * 10n + BigInt(digit);
    // Digits that do not fit into 63 bits are dropped.
    if (value > maxInt64 / 10n || next > limit) break;
    value = next;
    scale *= 10;
  }
  return value === 0n ? 0n : BigInt(Math.trunc(Number(value) * (Number(size) / scale)));
}

function invalid(text: string): GoError {
  return new GoError(`time: invalid duration ${quoteBytes(text)}`);
}

/** Go's `Duration.String`: `1h30m0s`, `1.5ms`, `0s`. */
export function formatGoDuration(nanos: bigint): string {
  if (nanos === 0n) return '0s';
  const sign = nanos < 0n ? '-' : '';
  const size = nanos < 0n ? -nanos : nanos;
  if (size < 1_000n) return `${sign}${size}ns`;
  if (size < 1_000_000n) return `${sign}${decimal(size, 1_000n, 3)}µs`;
  if (size < 1_000_000_000n) return `${sign}${decimal(size, 1_000_000n, 6)}ms`;
  const minutes = size / 60_000_000_000n;
  const seconds = decimal(size - minutes * 60_000_000_000n, 1_000_000_000n, 9);
  if (minutes === 0n) return `${sign}${seconds}s`;
  if (minutes < 60n) return `${sign}${minutes}m${seconds}s`;
  return `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}s`;
}

function decimal(value: bigint, unit: bigint, places: number): string {
  const rest = String(value % unit)
    .padStart(places, '0')
    .replace(/0+$/, '');
  return rest === '' ? String(value / unit) : `${value / unit}.${rest}`;
}
