import type { Clock } from '../../../seams/clock.js';

/** Of an interval: what hangs when a fault ends is given up so soon that the next tick but one finds it answered. */
const INTERVAL_SHARE = 1.5;
/** However short the interval. */
const LEAST_MS = 1700;
/** What a source takes may double. */
const MARGIN = 2;
/** So much of what it took is believed one collection later. */
const FADING = 0.95;

export interface PatienceOptions {
  readonly clock: Clock;
  readonly intervalMs: number;
  /** The deadline of a collection. */
  readonly timeoutMs: number;
  /** The longest that requests of ours wait for each other. */
  readonly turnMs?: number;
}

/** How long a source may be silent before it is taken to hang: one and a half intervals, more for one that has been slower than that. */
export class Patience {
  readonly #clock: Clock;
  /** Who is not answered while others are is asked for again so often. */
  readonly besideMs: number;
  readonly #leastMs: number;
  readonly #longestMs: number;
  #answeredAtMs = Number.NEGATIVE_INFINITY;
  /** The first answer of all: by then everything had to be opened and loaded, as after an outage. */
  #firstMs: number | null = null;
  #slowestMs = 0;
  /** Given up in vain before it ever answered. */
  #cuts = 0;

  constructor({ clock, intervalMs, timeoutMs, turnMs = 0 }: PatienceOptions) {
    this.#clock = clock;
    this.besideMs = Math.max(intervalMs, turnMs);
    this.#leastMs = Math.max(LEAST_MS, INTERVAL_SHARE * intervalMs, 3 * turnMs);
    this.#longestMs = timeoutMs;
  }

  get ms(): number {
    if (this.#firstMs === null) return Math.min(this.#longestMs, this.#leastMs * 2 ** this.#cuts);
    const slowestMs = Math.max(this.#firstMs, this.#slowestMs);
    return Math.min(this.#longestMs, Math.max(this.#leastMs, MARGIN * slowestMs));
  }

  /** Since when nothing was heard of it, for a collection that began at that monotonic time. */
  silentSinceMs(beganAtMs: number): number {
    return Math.max(beganAtMs, this.#answeredAtMs);
  }

  /** A collection begins. */
  began(): void {
    this.#slowestMs *= FADING;
  }

  /** It answered somebody of a collection that began at that monotonic time. */
  answered(beganAtMs: number): void {
    const nowMs = this.#clock.elapsedMs();
    const tookMs = nowMs - this.silentSinceMs(beganAtMs);
    this.#answeredAtMs = nowMs;
    this.#firstMs ??= tookMs;
    this.#slowestMs = Math.max(tookMs, this.#slowestMs);
  }

  wasCut(): void {
    if (this.#firstMs === null) this.#cuts += 1;
  }
}
