import { expect, it } from 'vitest';
import { parseNumber } from './number-text.js';

it.each([
  ['0', 0],
  ['-1.5e3', -1500],
  ['.5', 0.5],
  ['+Inf', Infinity],
  ['-Infinity', -Infinity],
  ['NaN', Number.NaN],
  ['9007199254740993', 9007199254740992],
  ['', null],
  [' 1', null],
  ['0x10', null],
  ['1,5', null],
  ['true', null],
])('%j is %j', (text, number) => {
  expect(parseNumber(text)).toBe(number);
});

it('looks at a long text once', () => {
  expect(parseNumber(`${'1'.repeat(1_000_000)}x`)).toBe(null);
  expect(parseNumber(`1.${'1'.repeat(1_000_000)}x`)).toBe(null);
});
