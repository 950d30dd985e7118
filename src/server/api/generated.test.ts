import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { generatedApiFiles } from './generated.js';

it.each([...generatedApiFiles()])(
  '%s is what the table of endpoints says; `npm run generate` writes it anew',
  (name, text) => {
    const written = readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8');
    expect(written).toBe(text);
  },
);
