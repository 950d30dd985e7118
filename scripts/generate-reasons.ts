/** Writes docs/reasons.md from the list of reasons. */
import { writeFileSync } from 'node:fs';
import { reasonsDocs } from '../src/record/report/reasons-docs.js';

writeFileSync(new URL('../docs/reasons.md', import.meta.url), reasonsDocs());
