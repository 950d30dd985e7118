import { expect, it } from 'vitest';
import { parseSizeBytes } from './size.js';

it.each([
  ['512 MB', 512_000_000],
  ['512mb', 512_000_000],
  ['1.5 GiB', 1_610_612_736],
  ['64MiB', 67_108_864],
  ['1000000', 1_000_000],
  [' 2 kB ', 2000],
])('reads %j as %i bytes', (text, bytes) => {
  expect(parseSizeBytes(text)).toBe(bytes);
});

it.each(['', 'MB', '-1 MB', '1 TB', '1,5 GB', '9999999 GB', '1e3'])('refuses %j', (text) => {
  expect(parseSizeBytes(text)).toBeUndefined();
});
