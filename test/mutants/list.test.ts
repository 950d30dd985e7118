import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { MUTANTS } from './list.js';
import { mutantsPage } from './page.js';

const ROOT = path.join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

it.each(MUTANTS)('can still make the change "$name"', ({ file, find, replace }) => {
  expect(read(file).split(find), `"${find}" in ${file}`).toHaveLength(2);
  expect(replace).not.toBe(find);
});

it('has a name of its own for each change', () => {
  expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
});

it('names tests and rules that there are', () => {
  const folder = path.join(ROOT, 'test/simulation/invariants');
  const rules = readdirSync(folder).map((file) => read(`test/simulation/invariants/${file}`));
  for (const { caughtBy } of MUTANTS) {
    if ('test' in caughtBy) expect(existsSync(path.join(ROOT, caughtBy.test))).toBe(true);
    else
      expect(
        rules.some((text) => text.includes(`'${caughtBy.rule}'`)),
        caughtBy.rule,
      ).toBe(true);
  }
});

it('is what docs/mutants.md says; `npm run generate` writes it anew', () => {
  expect(read('docs/mutants.md')).toBe(mutantsPage());
});
