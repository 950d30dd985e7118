/**
 * Fly's rate limits: one request a second and bursts of three, for each action on each identifier;
 * reading one machine five a second and bursts of ten
 * (fly.io/docs/machines/api/working-with-machines-api, "Rate limits").
 */
import type { Clock } from '../clock.js';

export type LimitedAction =
  | 'list-apps'
  | 'list-machines'
  | 'list-org-machines'
  | 'get-machine'
  | 'create-machine'
  | 'start'
  | 'stop'
  | 'suspend'
  | 'destroy'
  | 'cordon'
  | 'uncordon'
  | 'metadata'
  | 'lease'
  | 'list-volumes'
  | 'create-volume';

interface Limit {
  readonly intervalMs: number;
  readonly burst: number;
}

const ORDINARY: Limit = { intervalMs: 1000, burst: 3 };
const GET_MACHINE: Limit = { intervalMs: 200, burst: 10 };

export interface RateLimits {
  /**
   * Resolves when the request may be sent, in the order of asking; rejects with the signal's reason.
   * `key` is the organization, app or machine that the limit of the action is counted by.
   */
  take(action: LimitedAction, key: string, signal: AbortSignal): Promise<void>;
  /** How many buckets are remembered. */
  readonly size: number;
}

export function createRateLimits(clock: Clock): RateLimits {
  // In the order of their last use, so that those at rest are found at the front.
  const buckets = new Map<string, Bucket>();

  const dropRested = (): void => {
    for (const [name, bucket] of buckets) {
      if (!bucket.isFull()) return;
      buckets.delete(name);
    }
  };

  return {
    get size() {
      return buckets.size;
    },
    async take(action, key, signal) {
      signal.throwIfAborted();
      dropRested();
      const name = `${action} ${key}`;
      const bucket =
        buckets.get(name) ?? new Bucket(clock, action === 'get-machine' ? GET_MACHINE : ORDINARY);
      buckets.delete(name);
      buckets.set(name, bucket);
      await bucket.take(signal);
    },
  };
}

interface Waiter {
  readonly resolve: () => void;
}

class Bucket {
  readonly #clock: Clock;
  readonly #limit: Limit;
  /** When the bucket would be full again; before now it is. Counting in whole intervals keeps it exact. */
  #fullAtMs = 0;
  #waiters: Waiter[] = [];
  #timer: AbortController | null = null;

  constructor(clock: Clock, limit: Limit) {
    this.#clock = clock;
    this.#limit = limit;
    this.#fullAtMs = clock.elapsedMs();
  }

  isFull(): boolean {
    return this.#waiters.length === 0 && this.#fullAtMs <= this.#clock.elapsedMs();
  }

  take(signal: AbortSignal): Promise<void> {
    if (this.#waiters.length === 0 && this.#waitMs() <= 0) {
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
