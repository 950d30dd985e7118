import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appMatcher, type AppSelector } from '../../core/model/policy.js';
import { meetingsOf, overlapOf } from './app-names.js';
import { GlobAutomaton } from './glob-automaton.js';

function selector(text: string): AppSelector {
  const parts = text.split(',').map((part) => part.trim());
  return {
    include: parts.filter((part) => !part.startsWith('!')),
    exclude: parts.filter((part) => part.startsWith('!')).map((part) => part.slice(1)),
  };
}

describe('two sets of apps', () => {
  it.each([
    ['my-app', 'my-app', 'sure'],
    ['my-app', 'your-app', 'none'],
    ['my-*', 'my-app-*', 'sure'],
    ['my-app-*', 'my-*', 'sure'],
    ['my-*', 'my-app', 'sure'],
    ['my-*', '*-web', 'possible'],
    ['my-*', 'your-*', 'none'],
    ['my-*, !my-app-*', 'my-app-*', 'none'],
    ['my-*, !my-app-1', 'my-app-1', 'none'],
    ['my-*, !my-app-1', 'my-app-*', 'possible'],
    ['my-*, !my-app-1', 'my-app-*, !my-app-1', 'sure'],
    ['a-*, b-*', 'c-*, b-1-*', 'sure'],
    ['a*b*c', '*a*b*c*', 'sure'],
    ['*', '*, !*-staging', 'sure'],
    ['*-staging', '*, !*-staging', 'none'],
    ['*aab*', '*ab*', 'sure'],
    ['x*y', 'x*z', 'none'],
  ])('%s and %s: %s', (a, b, kind) => {
    expect(overlapOf(selector(a), selector(b)).kind).toBe(kind);
    expect(overlapOf(selector(b), selector(a)).kind).toBe(kind);
  });

  it('names what is surely in both, or an example of what could be', () => {
    expect(overlapOf(selector('a, my-*'), selector('my-app-*'))).toEqual({
      kind: 'sure',
      pattern: 'my-app-*',
    });
    const possible = overlapOf(selector('my-*'), selector('*-web'));
    const example = possible.kind === 'possible' ? possible.example : '';
    expect([appMatcher(selector('my-*'))(example), appMatcher(selector('*-web'))(example)]).toEqual(
      [true, true],
    );
  });

  it('leaves open what would take too long to find out', () => {
    const many = Array.from({ length: 60 }, (_, i) => `*${i}a*b${i}*`).join(',');
    expect(overlapOf(selector(many), selector('*zz*')).kind).toBe('unknown');
  });
});

const pattern = fc
  .array(fc.constantFrom('a', 'b', '*'), { minLength: 1, maxLength: 5 })
  .map((parts) => parts.join(''));
const anySelector = fc.record({
  include: fc.array(pattern, { minLength: 1, maxLength: 3 }),
  exclude: fc.array(pattern, { maxLength: 2 }),
});

/** All names of up to six letters; `c` is a letter that no pattern names. */
const NAMES: string[] = [];
for (let front = ['']; NAMES.length < 1000;) {
  front = front.flatMap((name) => ['a', 'b', 'c'].map((letter) => name + letter));
  NAMES.push(...front);
}

describe('of random patterns', () => {
  it('the automaton accepts what the regular expression matches', () => {
    const check = fc.property(pattern, fc.constantFrom(...NAMES), (text, name) => {
      const automaton = new GlobAutomaton(text);
      const end = Array.from(name).reduce((state, letter) => automaton.step(state, letter), 0);
      expect(automaton.isAccepting(end)).toBe(appMatcher({ include: [text], exclude: [] })(name));
    });
    fc.assert(check, { numRuns: 2000 });
  });

  it('what is proved of two sets holds for every name', () => {
    const check = fc.property(anySelector, anySelector, (a, b) => {
      const [inA, inB] = [appMatcher(a), appMatcher(b)];
      const both = NAMES.filter((name) => inA(name) && inB(name));
      const overlap = overlapOf(a, b);
      if (overlap.kind === 'none') expect(both).toEqual([]);
      if (overlap.kind === 'possible')
        expect(inA(overlap.example) && inB(overlap.example)).toBe(true);
      if (overlap.kind !== 'sure') return;
      const isBrought = appMatcher({ include: [overlap.pattern], exclude: [] });
      const owner = [
        ...(a.include.includes(overlap.pattern) ? [inA] : []),
        ...(b.include.includes(overlap.pattern) ? [inB] : []),
      ];
      const isWholly = owner.some((inOwner) =>
        NAMES.filter((name) => isBrought(name) && inOwner(name)).every(
          (name) => inA(name) && inB(name),
        ),
      );
      expect(isWholly).toBe(true);
    });
    fc.assert(check, { numRuns: 1000 });
  });

  it('every set of others that a name of the base is in is found', () => {
    const check = fc.property(
      anySelector,
      fc.array(anySelector, { maxLength: 3 }),
      (base, others) => {
        const { sets, isComplete } = meetingsOf(base, others);
        const known = new Set(sets.map((positions) => positions.join(' ')));
        const matchers = others.map(appMatcher);
        const inBase = appMatcher(base);
        for (const name of NAMES.filter(inBase))
          expect(known).toContain([...matchers.keys()].filter((i) => matchers[i]!(name)).join(' '));
        expect(isComplete).toBe(true);
      },
    );
    fc.assert(check, { numRuns: 300 });
  });
});
