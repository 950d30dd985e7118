/** Writes docs/messages.md: what the program answers to mistakes. */
import { writeFileSync } from 'node:fs';
import { messagesDocs } from '../src/testing/mistakes.js';

writeFileSync(new URL('../docs/messages.md', import.meta.url), await messagesDocs());
