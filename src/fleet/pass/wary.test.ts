import { expect, it } from 'vitest';
import { Wary } from './wary.js';

it('keeps the policies of an app apart', () => {
  const wary = new Wary();
  wary.note('a', 'web', true);
  wary.note('a', 'worker', false);
  expect([wary.has('a', 'web'), wary.has('a', 'worker'), wary.has('b', 'web')]).toEqual([
    true,
    false,
    false,
  ]);
  wary.note('a', 'web', false);
  expect(wary.has('a', 'web')).toBe(false);
  wary.note('a', 'web', true);
  wary.drop('a');
  expect(wary.has('a', 'web')).toBe(false);
});
