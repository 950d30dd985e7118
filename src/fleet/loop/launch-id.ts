import type { Clock, Random } from '../../seams/clock.js';
import {
  LAUNCH_ID_ALPHABET as ALPHABET,
  LAUNCH_ID_TIME_CHARACTERS,
} from '../../core/machines/marks.js';

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
    return `fas-${encode(clock.now(), LAUNCH_ID_TIME_CHARACTERS)}${chance}`;
  };
}
