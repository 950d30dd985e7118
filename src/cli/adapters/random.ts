import { randomInt } from 'node:crypto';
import { seededRandom, type Random } from '../../seams/clock.js';

/** Seeded by the system. Not for secrets. */
export function systemRandom(): Random {
  return seededRandom(randomInt(2 ** 32));
}
