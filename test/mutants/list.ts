/** Each of these changes must be noticed: `npm run mutants`. */
import { ACTING } from './acting.js';
import { DECIDING } from './deciding.js';
import { KNOWING } from './knowing.js';
import type { Mutant } from './mutant.js';
import { PLANNING } from './planning.js';
import { REMEMBERING } from './remembering.js';
import { SOURCES } from './sources.js';

export const MUTANTS: readonly Mutant[] = [
  ...DECIDING,
  ...PLANNING,
  ...ACTING,
  ...REMEMBERING,
  ...KNOWING,
  ...SOURCES,
];
