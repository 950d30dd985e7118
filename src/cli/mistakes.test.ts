import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { answerTo, messagesDocs, MISTAKES } from '../testing/mistakes.js';

const PAGE = new URL('../../docs/messages.md', import.meta.url);

it('is what docs/messages.md says; `npm run generate` writes it anew', async () => {
  expect(await messagesDocs()).toBe(readFileSync(PAGE, 'utf8'));
});

it('has sixty mistakes and more, each once', () => {
  expect(MISTAKES.length).toBeGreaterThanOrEqual(60);
  expect(new Set(MISTAKES.map(({ what }) => what)).size).toBe(MISTAKES.length);
});

describe('an answer', () => {
  it.each(MISTAKES)('says what to do, in few words: $what', async (mistake) => {
    const { text } = await answerTo(mistake);
    expect(text).toMatch(/hint: |such as |write |must |--help/);
    expect(text).not.toMatch(/undefined|\[object|Error: |zod|at .*\.js:/);
    const [headline] = text.split('\n');
    expect(headline?.length).toBeLessThan(200);
  });

  it.each(MISTAKES.filter(({ file }) => file !== undefined))(
    'names the place and tells one cause once: $what',
    async (mistake) => {
      const { text } = await answerTo(mistake);
      expect(text).toMatch(/^ {2}fas\.yml:\d+:\d+: /m);
      const problems = text.split('\n').filter((line) => line.startsWith('  fas.yml'));
      const isManyKeys = mistake.what === 'a schedule with six fields';
      expect(problems).toHaveLength(isManyKeys ? 5 : 1);
      const hints = text.split('\n').filter((line) => line.includes('hint: '));
      expect(new Set(hints).size).toBe(hints.length);
    },
  );
});
