import { seededRandom } from '../../src/seams/clock.js';

/** Draws for one purpose; each purpose has its own stream, so that one more draw here shifts nothing elsewhere. */
export class Chance {
  readonly #random: { next(): number };

  constructor(seed: number, purpose: string) {
    let hash = seed >>> 0;
    for (const char of purpose) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193) >>> 0;
    this.#random = seededRandom(hash);
  }

  next(): number {
    return this.#random.next();
  }

  /** A whole number, both ends possible. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  is(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.next() * items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }
}
