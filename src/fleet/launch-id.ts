import type { Clock, Random } from '../clock.js';

/** Crockford's alphabet in lower case: sorts like the number, and no letter is taken for a digit. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const TIME_CHARACTERS = 10;
const RANDOM_CHARACTERS = 12;

function encode(value: number, characters: number): string {
  let text = '';
  let rest = value;
  for (let index = 0; index < characters; index += 1) {
    text = (ALPHABET[rest % 32] ?? '0') + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

/** Gives names for new machines: `fas-`, then wall time, then chance (60 bits). Later ones sort after earlier ones. */
export function createLaunchIds(clock: Clock, random: Random): () => string {
  return () => {
    let chance = '';
    for (let index = 0; index < RANDOM_CHARACTERS; index += 1) {
      chance += ALPHABET[Math.floor(random.next() * 32)] ?? '0';
    }
    return `fas-${encode(clock.now(), TIME_CHARACTERS)}${chance}`;
  };
}
