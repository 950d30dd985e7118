/** What of an app was there when each process began to look at it. */
import { present, RUNS, type AppSnapshot } from './snapshots.js';

export interface Counted {
  readonly created: number;
  readonly started: number;
}

/**
 * What was there when each process looked first. It knows of no recommendation before, so that count stands for one: no
 * more go for a window. Those that others add meanwhile were never recommended, and may go at once.
 */
export class FirstSeen {
  readonly #counts = new Map<string, { readonly counted: Counted; readonly isDecided: boolean }>();

  /** The lesser of its first list and its first decision: machines may come and go between them. */
  note(by: string, snapshot: AppSnapshot | null, isDecided: boolean): void {
    const known = this.#counts.get(by);
    if (snapshot === null || known?.isDecided === true) return;
    if (known !== undefined && !isDecided) return;
    const there = present(snapshot);
    const running = there.filter((m) => m.mark === null && RUNS.has(m.state)).length;
    const counted = {
      created: Math.min(there.length, known?.counted.created ?? there.length),
      started: Math.min(running, known?.counted.started ?? running),
    };
    this.#counts.set(by, { counted, isDecided });
  }

  of(by: string): Counted | undefined {
    return this.#counts.get(by)?.counted;
  }
}
