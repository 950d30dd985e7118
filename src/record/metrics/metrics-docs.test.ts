import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { metricsDocs } from './metrics-docs.js';

it('is what docs/metrics.md says; `npm run generate` writes it anew', () => {
  const written = readFileSync(new URL('../../../docs/metrics.md', import.meta.url), 'utf8');
  expect(written).toBe(metricsDocs());
});
