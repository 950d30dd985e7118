import type { Check, Ground } from '../invariant.js';

export function settles(_ground: Ground): Check {
  return {};
}
