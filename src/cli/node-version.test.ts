import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { OLDEST_NODE, oldNodeText } from './node-version.js';

const read = (path: string): string =>
  readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

it.each(['16.20.2', '18.20.8', '20.18.9', '9.9.9'])('refuses Node %s in one line', (version) => {
  expect(oldNodeText(version)).toMatch(/^ERROR: Node .* is too old: .* 20\.19\.0 or newer .*$/);
});

it.each(['20.19.0', '20.20.2', '22.0.0', '24.1.0-nightly', '100.0.0'])('takes %s', (version) => {
  expect(oldNodeText(version)).toBeNull();
});

it('is of one mind with package.json', () => {
  const { engines } = JSON.parse(read('package.json')) as { readonly engines: { node: string } };
  expect(`${engines.node}.0`).toBe(`>=${OLDEST_NODE}`);
});

it('is asked before anything is loaded that an old Node cannot load', () => {
  const imports = [...read('src/cli/main.ts').matchAll(/^import (?!type).* from '(.*)';$/gm)];
  const own = imports.map(([, path = '']) => path).filter((path) => !path.startsWith('node:'));
  expect(own).toEqual(['./node-version.js']);
});
