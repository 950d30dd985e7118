import { afterEach, describe, expect, it, vi } from 'vitest';
import { globMatcher, whyTooLong } from './glob.js';

afterEach(() => vi.restoreAllMocks());

/** By the definition: a star stands for nothing, or for one character and a star. */
function isMatch(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  if (pattern.startsWith('*')) {
    return isMatch(pattern.slice(1), text) || (text !== '' && isMatch(pattern, text.slice(1)));
  }
  return text.startsWith(pattern.slice(0, 1)) && isMatch(pattern.slice(1), text.slice(1));
}

/** All texts of up to so many of the characters. */
function textsOf(characters: string, most: number): readonly string[] {
  let last = [''];
  const all = [...last];
  for (let length = 1; length <= most; length += 1) {
    last = last.flatMap((text) => Array.from(characters, (character) => text + character));
    all.push(...last);
  }
  return all;
}

describe('a pattern', () => {
  it('matches what its definition says, for all short patterns and texts', () => {
    const texts = textsOf('ab', 6);
    for (const pattern of textsOf('ab*', 5)) {
      const matches = globMatcher(pattern);
      const expected = texts.filter((text) => isMatch(pattern, text));
      expect(texts.filter(matches), pattern).toEqual(expected);
    }
  });

  it('finds a part that begins again within itself', () => {
    expect(globMatcher('*aabaaab*')('aabaabaaab')).toBe(true);
    expect(globMatcher('x*abab*abac*y')('xababacy')).toBe(false);
    expect(globMatcher('x*abab*abac*y')('xababxxababacy')).toBe(true);
  });

  it('takes characters that mean something in regular expressions, and line ends, for themselves', () => {
    expect(globMatcher('a.(*')('a.(\n)')).toBe(true);
    expect(globMatcher('a.*')('abc')).toBe(false);
  });

  it.each([1, 2, 4, 8])('reads %i times as long a text in so many times the steps', (times) => {
    const reads = vi.spyOn(String.prototype, 'charCodeAt');
    const pattern = 'x*aab*aab*aab*b';
    const matches = globMatcher(pattern);
    const text = `x${'a'.repeat(40 * times)}b`;
    reads.mockClear();
    expect(matches(text)).toBe(false);
    expect(reads.mock.calls.length).toBeGreaterThan(text.length);
    expect(reads.mock.calls.length).toBeLessThanOrEqual(4 * (text.length + pattern.length));
  });
});

describe('the bounds of a pattern', () => {
  it.each(['my-app', `${'a'.repeat(255)}*`, 'a*'.repeat(16), `a${'*'.repeat(200)}b`])(
    'take %s',
    (pattern) => {
      expect(whyTooLong(pattern)).toBeNull();
    },
  );

  it.each([
    ['a'.repeat(257), 'must have 256 characters at most'],
    ['a*'.repeat(17), 'must have 16 stars at most'],
  ])('refuse %s', (pattern, why) => {
    expect(whyTooLong(pattern)).toBe(why);
  });
});
