import { expect, it } from 'vitest';
import { formatGoDuration, parseGoDuration } from './duration.js';

it.each([
  ['1h30m', 5_400_000_000_000n, '1h30m0s'],
  ['-1.5h', -5_400_000_000_000n, '-1h30m0s'],
  ['100ms', 100_000_000n, '100ms'],
  ['1us', 1_000n, '1µs'],
  ['1.000000001s', 1_000_000_001n, '1.000000001s'],
  ['0', 0n, '0s'],
  ['-9223372036854775808ns', -(2n ** 63n), '-2562047h47m16.854775808s'],
])('reads %s and prints it as Go does', (text, nanos, printed) => {
  expect(parseGoDuration(text)).toBe(nanos);
  expect(formatGoDuration(nanos)).toBe(printed);
});

it.each([
  ['', 'time: invalid duration ""'],
  ['1', 'time: missing unit in duration "1"'],
  ['1d', 'time: unknown unit "d" in duration "1d"'],
  ['.s', 'time: invalid duration ".s"'],
  ['9223372036854775808ns', 'time: invalid duration "9223372036854775808ns"'],
  ['1é', 'time: unknown unit "\\xc3\\xa9" in duration "1\\xc3\\xa9"'],
])('refuses %j with the message of Go', (text, message) => {
  expect(() => parseGoDuration(text)).toThrow(message);
});
