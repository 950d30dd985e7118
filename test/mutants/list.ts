/** Each of these changes must be noticed: `npm run mutants`. */
import { ACTING } from './acting.js';
import { DECIDING } from './deciding.js';
import type { Mutant } from './mutant.js';
import { PLANNING } from './planning.js';

export const MUTANTS: readonly Mutant[] = [...DECIDING, ...PLANNING, ...ACTING];
