import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from './large-json.js';

const SLICE = 128 * 1024;
/** More than two slices of nothing, to stand around something. */
const PADDING = 'x'.repeat(2 * SLICE + 7);

async function outcome(text: string): Promise<unknown> {
  let breaths = 0;
  try {
    const value = await parseJson(text, async () => {
      breaths += 1;
    });
    return { value, breaths };
  } catch (error) {
    return (error as Error).name;
  }
}

function expected(text: string): unknown {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    return (error as Error).name;
  }
}

async function expectAlike(text: string): Promise<void> {
  const found = await outcome(text);
  const wanted = expected(text);
  if (typeof wanted === 'string') expect(found).toBe(wanted);
  else expect(found).toMatchObject(wanted as object);
}

/** The numbers of a list that is long enough to be read in slices. */
const longList = (length: number): number[] => Array.from({ length }, (_, index) => index);

describe('a long JSON text', () => {
  it.each([
    ['a list', JSON.stringify(longList(100_000))],
    ['an object', JSON.stringify(Object.fromEntries(longList(50_000).map((n) => [`k${n}`, n])))],
    ['a long string', JSON.stringify(`${PADDING}"\\${PADDING}`)],
    ['a long name', JSON.stringify({ [PADDING]: { a: [1, PADDING] }, b: 2 })],
    [
      'long ones in each other',
      JSON.stringify({ a: [{ b: longList(90_000) }, 2, PADDING], c: null }),
    ],
    ['blanks for most of it', `[1,${' \n'.repeat(2 * SLICE)}2${'\t'.repeat(2 * SLICE)}]\n`],
    ['nothing in it', `[${' '.repeat(2 * SLICE)}]`],
    ['a long number', `[1${'0'.repeat(2 * SLICE)}, 2]`],
    ['a name twice', `{"a":1,"p":"${PADDING}","a":2}`],
    ['a name of the language', `{"__proto__":{"a":1},"p":"${PADDING}","__proto__":3}`],
    ['commas and brackets in strings', JSON.stringify([`],"{${PADDING}`, ',[', '\\"', PADDING])],
  ])('is read as JSON.parse does: %s', async (_, text) => {
    expect(text.length).toBeGreaterThan(SLICE);
    await expectAlike(text);
  });

  it.each([
    ['cut off in a list', `[1,"${PADDING}",2`],
    ['cut off in a string', `["${PADDING}`],
    ['cut off in a name', `{"${PADDING}`],
    ['cut off behind a name', `{"${PADDING}":`],
    ['without a colon', `{"${PADDING}" 1}`],
    ['with a comma too many', `["${PADDING}",]`],
    ['with two commas', `["${PADDING}",,1]`],
    ['with a comma first', `[,"${PADDING}"]`],
    ['with a comma first in an object', `{,"a":"${PADDING}"}`],
    ['without a comma', `["${PADDING}" "${PADDING}"]`],
    ['closed wrongly', `["${PADDING}"}`],
    ['closed wrongly inside', `[{"a":"${PADDING}"],1}`],
    ['with more behind it', `["${PADDING}"] 1`],
    ['with a name that is none', `{1:"${PADDING}"}`],
    ['with a word that is none', `[nul,"${PADDING}"]`],
    ['with a line end in a string', `["${PADDING}\n"]`],
    ['with a bad escape', `["${PADDING}\\x"]`],
    ['with undefined', `[undefined,"${PADDING}"]`],
  ])('is refused as JSON.parse does: %s', async (_, text) => {
    expect(expected(text)).toBe('SyntaxError');
    await expectAlike(text);
  });

  it('is read, or refused, as JSON.parse does, whatever is in it and wherever it breaks', async () => {
    const part = fc.jsonValue({ maxDepth: 3 });
    const parts = fc.array(fc.oneof({ weight: 4, arbitrary: part }, fc.constant(PADDING)), {
      minLength: 1,
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(
        parts,
        fc.nat(),
        fc.constantFrom('', ',', ']', '}', '"', '\\', ' '),
        fc.boolean(),
        async (values, place, odd, isCut) => {
          const text = JSON.stringify(
            { values, more: [values, { values }], rest: PADDING },
            null,
            1,
          );
          const at = place % text.length;
          await expectAlike(text);
          await expectAlike(isCut ? text.slice(0, at) : text.slice(0, at) + odd + text.slice(at));
        },
      ),
      { numRuns: 25, seed: 11 },
    );
  });

  it('gives others their turn for each slice', async () => {
    const text = JSON.stringify(longList(1_000_000));
    const slices = Math.ceil(text.length / SLICE);
    const found = (await outcome(text)) as { readonly breaths: number };
    expect(found.breaths).toBeGreaterThanOrEqual(slices);
    expect(found.breaths).toBeLessThan(2 * slices);
    expect(await outcome('[1, 2]')).toEqual({ value: [1, 2], breaths: 0 });
  });

  it('may be nested, but not endlessly', async () => {
    const nested = (depth: number): string =>
      '['.repeat(depth) + `"${PADDING}"` + ']'.repeat(depth);
    expect(await outcome(nested(30))).toHaveProperty('value');
    expect(await outcome(nested(5000))).toBe('SyntaxError');
  });

  it('is given up when the reader is', async () => {
    const text = JSON.stringify(longList(100_000));
    const stopped = parseJson(text, () => Promise.reject(new Error('stopped')));
    await expect(stopped).rejects.toThrow('stopped');
  });
});
