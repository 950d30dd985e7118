import { setMaxListeners } from 'node:events';
import { abortable } from '../../../seams/clock.js';
import type { TakeTurn } from '../settings/budget.js';

/**
 * Runs `work` for each item, in their order as places become free. Rejects with the signal's reason, or as the first of `work`
 * or `takeTurn` that does, and starts nothing more then.
 */
export type ForEach<T> = (
  items: readonly T[],
  signal: AbortSignal,
  work: (item: T) => Promise<void>,
  /** Awaited before each item. */
  takeTurn?: TakeTurn,
) => Promise<void>;

/** Knows a question again by the first of those that it is for. */
export const byFirstApp = ({ apps }: { readonly apps: readonly string[] }): string => apps[0] ?? '';

/** Of a source that is slow for so many, nobody in particular is slow. */
const MAX_SLOW = 10_000;

/** One call: what waits for a place, and how to ask it. */
interface Round<T> {
  readonly fit: Queue<T>;
  readonly slow: Queue<T>;
  readonly ask: (item: T) => Promise<void>;
}

/**
 * So many places for all collections of a collector together: one may begin before the one before it has ended. An item
 * whose question was cut off the last time is slow, and all that are slow get a quarter of the places: what hangs each time
 * until the deadline is not in the way of the others. `keyOf` knows an item again.
 */
export function placesFor<T>(limit: number, keyOf: (item: T) => string): ForEach<T> {
  const slowLimit = Math.max(1, Math.floor(limit / 4));
  const slow = new Set<string>();
  const rounds = new Set<Round<T>>();
  let taken = 0;
  let takenBySlow = 0;

  const isFree = (): boolean => taken < limit;
  const isFreeForSlow = (): boolean => isFree() && takenBySlow < slowLimit;
  const fill = (): void => {
    for (const round of rounds) {
      while (round.slow.hasNext && isFreeForSlow()) void occupy(round, round.slow);
      while (round.fit.hasNext && isFree()) void occupy(round, round.fit);
    }
  };
  const occupy = async (round: Round<T>, queue: Queue<T>): Promise<void> => {
    const isSlow = Number(queue === round.slow);
    taken += 1;
    takenBySlow += isSlow;
    await round.ask(queue.next());
    taken -= 1;
    takenBySlow -= isSlow;
    fill();
  };
  const note = (item: T, isCutOff: boolean): void => {
    if (!isCutOff) slow.delete(keyOf(item));
    else if (slow.size < MAX_SLOW) slow.add(keyOf(item));
    else slow.clear();
  };

  return (items, signal, work, takeTurn) =>
    new Promise((resolve, reject) => {
      let left = items.length;
      const end = (settle: () => void): void => {
        rounds.delete(round);
        signal.removeEventListener('abort', abort);
        settle();
      };
      const abort = (): void => end(() => reject(signal.reason as Error));
      const isSlow = (item: T): boolean => slow.has(keyOf(item));
      const slowItems = slow.size === 0 ? [] : items.filter(isSlow);
      const fitItems = slowItems.length === 0 ? items : items.filter((item) => !isSlow(item));
      const round: Round<T> = {
        slow: new Queue(slowItems),
        fit: new Queue(fitItems),
        async ask(item) {
          try {
            await takeTurn?.(signal);
            signal.throwIfAborted();
            // A driver that does not hear the signal is to keep no place.
            await abortable(signal, work(item)).finally(() => note(item, signal.aborted));
            left -= 1;
            if (left === 0) end(resolve);
          } catch (error) {
            end(() => reject(error));
          }
        },
      };
      // All of them listen to the one signal; Node takes more than ten for a leak and warns on stderr.
      setMaxListeners(0, signal);
      signal.addEventListener('abort', abort, { once: true });
      if (signal.aborted) return abort();
      if (left === 0) return end(resolve);
      rounds.add(round);
      return fill();
    });
}

class Queue<T> {
  readonly #items: readonly T[];
  #next = 0;

  constructor(items: readonly T[]) {
    this.#items = items;
  }

  get hasNext(): boolean {
    return this.#next < this.#items.length;
  }

  next(): T {
    const item = this.#items[this.#next] as T;
    this.#next += 1;
    return item;
  }
}
