import { randomInt } from 'node:crypto';
import { seededRandom, type Random } from '../../clock.js';

/** Seeded by the system. Not for secrets. */
export function systemRandom(): Random {
  return seededRandom(randomInt(2 ** 32));
}
