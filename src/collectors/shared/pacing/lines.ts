/** Connections that several collectors have in common: each may give one up, and cuts nobody else off by that. */
import type { Sample } from '../../../core/model/sample.js';
import { Shares } from './shares.js';

export interface LineKind<T> {
  /**
   * Begins to connect, or makes what does so at its first use. `forget` is to be called when it has ended by itself.
   * `number`: how many were opened before it.
   */
  open(forget: () => void, number: number): T;
  /** Ends it. `given up`: it is no good, and nobody waits for anything on it. `closed`: whatever is under way ends with it. */
  end(line: T, why: 'given up' | 'closed'): void | Promise<void>;
}

/** One user's part in a line. */
export interface Line<T> {
  /** On the line that all have, or a new one where there is none. Rejects as `work` does. */
  use<R>(work: (line: T) => Promise<R>): Promise<R>;
  /**
   * The line that this user had last is no good: the next use is of a new one. Who waits for an answer on the old one may still
   * get it; the line ends when nobody waits any more. Where it has been replaced already, nothing happens.
   */
  renew(): void;
  /** The last user's close ends it. */
  close(): Promise<void>;
}

export class Lines<T> {
  readonly #shares = new Shares<CommonLine<T>>();

  /** Opens nothing yet. The same `id` shares a line; it names the server with everything that matters. */
  join(id: string, kind: LineKind<T>): Line<T> {
    const share = this.#shares.join(id, () => new CommonLine<T>());
    const common = share.value;
    let last: Entry<T> | null = null;
    return {
      use(work) {
        const entry = common.take(kind);
        last = entry;
        return common.use(entry, kind, work);
      },
      renew() {
        if (last !== null) common.giveUp(last, kind);
      },
      async close() {
        if (share.leave()) await common.close(kind);
      },
    };
  }
}

interface Entry<T> {
  readonly line: T;
  /** Uses that have not ended. */
  uses: number;
}

class CommonLine<T> {
  #current: Entry<T> | null = null;
  readonly #givenUp = new Set<Entry<T>>();
  #opened = 0;

  take(kind: LineKind<T>): Entry<T> {
    if (this.#current !== null) return this.#current;
    const forget = (): void => {
      if (this.#current === entry) this.#current = null;
    };
    const entry: Entry<T> = { line: kind.open(forget, this.#opened++), uses: 0 };
    this.#current = entry;
    return entry;
  }

  async use<R>(entry: Entry<T>, kind: LineKind<T>, work: (line: T) => Promise<R>): Promise<R> {
    entry.uses += 1;
    try {
      return await work(entry.line);
    } finally {
      entry.uses -= 1;
      this.#endUnused(entry, kind);
    }
  }

  giveUp(entry: Entry<T>, kind: LineKind<T>): void {
    if (this.#current !== entry) return;
    this.#current = null;
    this.#givenUp.add(entry);
    this.#endUnused(entry, kind);
  }

  async close(kind: LineKind<T>): Promise<void> {
    const all = [...this.#givenUp, ...(this.#current === null ? [] : [this.#current])];
    this.#givenUp.clear();
    this.#current = null;
    await Promise.all(all.map(async ({ line }) => kind.end(line, 'closed')));
  }

  #endUnused(entry: Entry<T>, kind: LineKind<T>): void {
    if (entry.uses === 0 && this.#givenUp.delete(entry)) void kind.end(entry.line, 'given up');
  }
}

/**
 * What one collection says of its line. One that is only slower than the fleet, by its budget or by itself, stays: a new one would
 * be no faster.
 */
export class LineDoubt {
  #isBroken = false;
  #hasAnswered = false;

  heard(sample: Sample): void {
    if (sample.kind === 'error' && sample.code === 'source-unreachable') this.#isBroken = true;
    else this.#hasAnswered = true;
  }

  isJustified(isInTime: boolean): boolean {
    return this.#isBroken || (!isInTime && !this.#hasAnswered);
  }
}
