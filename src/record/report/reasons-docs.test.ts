import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { reasonsDocs } from './reasons-docs.js';

it('is what docs/reasons.md says; `npm run generate` writes it anew', () => {
  const written = readFileSync(new URL('../../../docs/reasons.md', import.meta.url), 'utf8');
  expect(written).toBe(reasonsDocs());
});
