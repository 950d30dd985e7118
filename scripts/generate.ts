/** Writes what is generated from the schema of the configuration: `npm run generate`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { collectorDefinitions } from '../src/collectors/registry.js';
import { generatedFiles } from '../src/config/index.js';

const root = path.join(import.meta.dirname, '..');

for (const [name, text] of generatedFiles(collectorDefinitions)) {
  const file = path.join(root, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  console.log(name);
}
