import type { CreateCheck } from './invariant.js';
import { explained } from './invariants/explained.js';

/** All that must hold in every run. */
export const CHECKS: readonly CreateCheck[] = [explained];
