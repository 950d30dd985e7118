import { expect, it } from 'vitest';
import { appMatcher, literalApps } from './policy.js';

it.each([
  ['my-app-*', 'my-app-1', true],
  ['my-app-*', 'my-app-', true],
  ['my-app-*', 'not-my-app-1', false],
  ['my-app-*', 'my-app', false],
  ['*-app-*', 'x-app-y', true],
  ['a*b*c', 'axxbyyc', true],
  ['a*b*c', 'axxbyyd', false],
  ['my.app', 'myxapp', false],
  ['**', 'anything', true],
])('%s against %s: %s', (pattern, app, matches) => {
  expect(appMatcher({ include: [pattern], exclude: [] })(app)).toBe(matches);
});

it('lets exclusions beat inclusions', () => {
  const matches = appMatcher({ include: ['a-*', 'b'], exclude: ['a-staging-*'] });
  expect(['a-1', 'a-staging-1', 'b', 'c'].map(matches)).toEqual([true, false, true, false]);
});

it('knows the apps without a list when no pattern has a wildcard', () => {
  expect(literalApps({ include: ['a', 'b'], exclude: ['b'] })).toEqual(['a']);
  expect(literalApps({ include: ['a', 'b-*'], exclude: [] })).toBeNull();
});
