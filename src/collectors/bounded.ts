import { setMaxListeners } from 'node:events';

/**
 * Runs `work` for each item with at most `limit` at once, in order of the items.
 * Starts nothing more once the signal is aborted. Rejects as the first of `work` or `takeTurn` that does.
 */
export async function forEachBounded<T>(
  items: readonly T[],
  limit: number,
  signal: AbortSignal,
  work: (item: T) => Promise<void>,
  /** Awaited before each item. */
  takeTurn?: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  // All of them listen to the one signal; Node takes more than ten for a leak and warns on stderr.
  setMaxListeners(0, signal);
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length && !signal.aborted) {
      const item = items[next] as T;
      next += 1;
      await takeTurn?.(signal);
      await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
}
