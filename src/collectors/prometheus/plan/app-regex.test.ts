import { expect, it } from 'vitest';
import { appMatcher } from '../../../core/model/policy.js';
import { appRegex } from './app-regex.js';

it.each([
  [['my-app-*'], 'my-app-.*'],
  [['a', 'b*c', 'a'], 'a|b.*c'],
  [['*'], '.+'],
  [['a', '**'], '.+'],
  [[], '.+'],
  [undefined, '.+'],
  [['we"ird\\.$(app'], 'we.ird....app'],
])('%j is %s', (patterns, regex) => {
  expect(appRegex(patterns)).toBe(regex);
});

it('stays short with thousands of names, and takes all of them', () => {
  const named = Array.from({ length: 5000 }, (_, index) => `shop-${index}-web`);
  expect(appRegex(named)).toBe('shop-.*');
  expect(appRegex([...named, 'other'])).toBe('.+');
});

it('takes whatever the patterns take', () => {
  const patterns = ['a*', '*-x-*', 'b.c', 'exact'];
  const regex = new RegExp(`^(?:${appRegex(patterns)})$`);
  const matches = appMatcher({ include: patterns, exclude: [] });
  for (const app of ['a', 'abc', '1-x-2', 'b.c', 'exact', 'exactly', 'b-c', 'x']) {
    if (matches(app)) expect(app).toMatch(regex);
  }
  expect('exactly').not.toMatch(regex);
});
