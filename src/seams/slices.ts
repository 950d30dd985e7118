/**
 * Long work in slices. What others send may be large, and while it is read nothing else happens: no lease is renewed, and
 * nobody who asks whether we live is answered. So whoever reads gives the others their turn every few milliseconds.
 */
import type { Clock } from './clock.js';

/** Gives the others their turn. Rejects with the reason of the signal that the work is done for. */
export type Breathe = () => Promise<void>;

export function breather(clock: Clock, signal?: AbortSignal): Breathe {
  return () => clock.sleep(0, signal);
}

/** So many small things take about a millisecond. */
const PER_SLICE = 1000;

/** `work` for each, in order. Few of them are done at once, without a wait. */
export async function inSlices<T>(
  items: Iterable<T>,
  breathe: Breathe,
  work: (item: T) => void,
  perSlice: number = PER_SLICE,
): Promise<void> {
  let done = 0;
  for (const item of items) {
    if (done > 0 && done % perSlice === 0) await breathe();
    work(item);
    done += 1;
  }
}
