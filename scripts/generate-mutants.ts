/** Writes docs/mutants.md from the list of changes that must be noticed. */
import { writeFileSync } from 'node:fs';
import { mutantsPage } from '../test/mutants/page.js';

writeFileSync(new URL('../docs/mutants.md', import.meta.url), mutantsPage());
