import { expect, it } from 'vitest';
import { Shares } from './shares.js';

it('makes one value for all who join under an id, and another under another', () => {
  const shares = new Shares<object>();
  const [first, second] = [shares.join('a', () => ({})), shares.join('a', () => ({}))];
  expect(second.value).toBe(first.value);
  expect(shares.join('b', () => ({})).value).not.toBe(first.value);
});

it('tells the last who leaves, once', () => {
  const shares = new Shares<object>();
  const [first, second] = [shares.join('a', () => ({})), shares.join('a', () => ({}))];
  expect([first.leave(), first.leave()]).toEqual([false, false]);
  expect([second.leave(), second.leave()]).toEqual([true, false]);
});

it('makes a new value after all have left', () => {
  const shares = new Shares<object>();
  const old = shares.join('a', () => ({}));
  old.leave();
  const next = shares.join('a', () => ({}));
  expect(next.value).not.toBe(old.value);
  // What left before has no say in the new value.
  expect([old.leave(), next.leave()]).toEqual([false, true]);
});
