/** Reads the machine lists of single apps: a bounded number at once, and where they are all there is, so many a second. */
import { abortable, type Clock } from '../../clock.js';
import type { Machine } from '../../core/machine.js';
import type { FlyReader } from '../../ports.js';
import { beginReading } from '../reading.js';
import { Slots } from '../slots.js';

/** Leaves connections to those who act. */
const LISTS_AT_ONCE = 40;
/** Fly's own limit is one a second for each app; this is out of courtesy towards a platform that many share. */
const PACED_PER_SECOND = 250;

export interface OwnListsOptions {
  readonly fly: FlyReader;
  readonly clock: Clock;
  /** Limit of one read; its turn is not counted. */
  readonly timeoutMs: number;
}

export class OwnLists {
  readonly #options: OwnListsOptions;
  readonly #slots = new Slots(LISTS_AT_ONCE);
  /** True: no more than so many a second. */
  isPaced = false;
  /** Monotonic time at which the next paced read may begin. */
  #nextAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: OwnListsOptions) {
    this.#options = options;
  }

  /**
   * In the order of asking; `onBegin` is called when its turn has come. Rejects like `FlyReader.listMachines`, with
   * `fly-timeout`, or with `aborted` when the signal aborts.
   */
  async read(app: string, signal: AbortSignal, onBegin?: () => void): Promise<readonly Machine[]> {
    const { fly, clock, timeoutMs } = this.#options;
    const leave = await this.#slots.acquire(signal);
    try {
      if (this.isPaced) await this.#takeTurn(signal);
      onBegin?.();
      const reading = beginReading(clock, timeoutMs, signal);
      try {
        return await abortable(reading.signal, fly.listMachines(app, reading.signal));
      } finally {
        reading.end();
      }
    } finally {
      leave();
    }
  }

  /** A second's worth may go at once. */
  async #takeTurn(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const nowMs = clock.elapsedMs();
    this.#nextAtMs = Math.max(nowMs - 1000, this.#nextAtMs) + 1000 / PACED_PER_SECOND;
    if (this.#nextAtMs > nowMs) await clock.sleep(this.#nextAtMs - nowMs, signal);
  }
}
