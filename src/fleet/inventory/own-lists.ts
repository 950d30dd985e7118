/** Reads the machine lists of single apps: a bounded number at once, and where they are all there is, so many a second. */
import { abortable, type Clock } from '../../seams/clock.js';
import { AppError } from '../../core/model/errors.js';
import type { Machine } from '../../core/model/machine.js';
import { flyError } from '../base/failure.js';
import { beginReading } from '../base/reading.js';
import { Slots } from '../base/slots.js';
import type { FlyReader } from '../../seams/fly.js';

/** Many times what Fly usually takes. */
const PROMPT_MS = 1000;
/** Together they leave connections to those who act. */
const PROMPT_AT_ONCE = 40;
const SLOW_AT_ONCE = 20;
/** Fly's own limit is one a second for each app; this is out of courtesy towards a platform that many share. */
const PACED_PER_SECOND = 250;

export interface OwnListsOptions {
  readonly fly: FlyReader;
  readonly clock: Clock;
  /** Limit of one read; its turn is not counted. */
  readonly timeoutMs: number;
}

/** An app that does not exist has no machines: it is counted, and holds nobody up. */
export function isUnknownApp(error: unknown): boolean {
  return flyError(error).code === 'fly-not-found';
}

/**
 * Each app has its turn in the order of asking, but those that take long only among themselves: when a region is down,
 * hundreds of lists may hang, and would hold every place for as long as a request may take.
 */
export class OwnLists {
  readonly #options: OwnListsOptions;
  readonly #promptMs: number;
  readonly #prompt = new Slots(PROMPT_AT_ONCE);
  readonly #patient = new Slots(SLOW_AT_ONCE);
  /** Apps that have not answered promptly when they were asked last. */
  readonly #slow = new Set<string>();
  /** True: no more than so many a second. */
  isPaced = false;
  /** Monotonic time at which the next paced read may begin. */
  #nextAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: OwnListsOptions) {
    this.#options = options;
    this.#promptMs = Math.min(PROMPT_MS, options.timeoutMs / 2);
  }

  /**
   * `onBegin` is called whenever Fly is asked: once, or twice when it takes long for the first time. Rejects like
   * `FlyReader.listMachines`, with `fly-timeout`, or with `aborted` when the signal aborts.
   */
  async read(app: string, signal: AbortSignal, onBegin?: () => void): Promise<readonly Machine[]> {
    const { timeoutMs } = this.#options;
    if (this.#slow.has(app)) return this.#readIn(this.#patient, timeoutMs, app, signal, onBegin);
    try {
      return await this.#readIn(this.#prompt, this.#promptMs, app, signal, onBegin);
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'fly-timeout')) throw error;
    }
    this.#slow.add(app);
    return this.#readIn(this.#patient, timeoutMs - this.#promptMs, app, signal, onBegin);
  }

  /** The app is of no interest any more. */
  forget(app: string): void {
    this.#slow.delete(app);
  }

  async #readIn(
    places: Slots,
    limitMs: number,
    app: string,
    signal: AbortSignal,
    onBegin?: () => void,
  ): Promise<readonly Machine[]> {
    const { fly, clock } = this.#options;
    const leave = await places.acquire(signal);
    try {
      if (this.isPaced) await this.#takeTurn(signal);
      onBegin?.();
      const beganAtMs = clock.elapsedMs();
      const reading = beginReading(clock, limitMs, signal);
      try {
        return await abortable(reading.signal, fly.listMachines(app, reading.signal));
      } finally {
        reading.end();
        if (clock.elapsedMs() - beganAtMs < this.#promptMs) this.#slow.delete(app);
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
