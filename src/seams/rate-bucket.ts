import type { Clock } from './clock.js';

/** One request an interval on the average, and so many at once after a pause. */
export interface RateLimit {
  readonly intervalMs: number;
  readonly burst: number;
}

interface Waiter {
  readonly resolve: () => void;
}

/** Lets requests go by a rate, in the order of asking. */
export class RateBucket {
  readonly #clock: Clock;
  readonly #limit: RateLimit;
  /** When the bucket would be full again; before now it is. Counting in whole intervals keeps it exact. */
  #fullAtMs = 0;
  #waiters: Waiter[] = [];
  #timer: AbortController | null = null;

  constructor(clock: Clock, limit: RateLimit) {
    this.#clock = clock;
    this.#limit = limit;
    this.#fullAtMs = clock.elapsedMs();
  }

  isFull(): boolean {
    return this.#waiters.length === 0 && this.#fullAtMs <= this.#clock.elapsedMs();
  }

  /** True when a request may be sent at once. */
  get isFree(): boolean {
    return this.#waiters.length === 0 && this.#waitMs() <= 0;
  }

  /** Resolves when one more request could be sent, and takes no turn; rejects with the signal's reason. */
  async free(signal: AbortSignal): Promise<void> {
    while (!this.isFree) await this.#clock.sleep(Math.max(1, this.#waitMs()), signal);
  }

  /** Resolves when one more request may be sent; rejects with the signal's reason. */
  take(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    if (this.isFree) {
      this.#spend();
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiters = this.#waiters.filter((each) => each !== waiter);
        if (this.#waiters.length === 0) this.#timer?.abort();
        reject(signal.reason as Error);
      };
      const waiter: Waiter = {
        resolve: () => {
          signal.removeEventListener('abort', leave);
          resolve();
        },
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiters.push(waiter);
      if (this.#waiters.length === 1) this.#serve();
    });
  }

  /** How long until one more may go; zero or less: now. */
  #waitMs(): number {
    const { burst, intervalMs } = this.#limit;
    return this.#fullAtMs - (burst - 1) * intervalMs - this.#clock.elapsedMs();
  }

  #spend(): void {
    this.#fullAtMs = Math.max(this.#fullAtMs, this.#clock.elapsedMs()) + this.#limit.intervalMs;
  }

  /** Lets the waiters go one by one. One timer for the whole queue, and none without a queue. */
  #serve(): void {
    const timer = new AbortController();
    this.#timer = timer;
    const run = async (): Promise<void> => {
      while (this.#waiters.length > 0) {
        await this.#clock.sleep(this.#waitMs(), timer.signal);
        // The queue may have emptied, and a new one begun, just as the timer fired.
        if (timer.signal.aborted) return;
        this.#spend();
        this.#waiters.shift()?.resolve();
      }
    };
    // It rejects only when the last waiter has left.
    run().catch(() => undefined);
  }
}
