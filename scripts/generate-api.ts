/** Writes docs/openapi.json and docs/api.md from the table of endpoints. */
import { writeFileSync } from 'node:fs';
import { generatedApiFiles } from '../src/server/api/generated.js';

for (const [name, text] of generatedApiFiles()) {
  writeFileSync(new URL(`../${name}`, import.meta.url), text);
}
