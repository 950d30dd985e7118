/**
 * Fly's rate limits: one request a second and bursts of three, for each action on each identifier;
 * reading one machine five a second and bursts of ten
 * (fly.io/docs/machines/api/working-with-machines-api, "Rate limits").
 */
import type { Clock } from '../seams/clock.js';
import { ownWait } from '../seams/own-wait.js';
import { RateBucket, type RateLimit } from '../seams/rate-bucket.js';

export type LimitedAction =
  | 'list-apps'
  | 'get-app'
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

const ORDINARY: RateLimit = { intervalMs: 1000, burst: 3 };
const GET_MACHINE: RateLimit = { intervalMs: 200, burst: 10 };

export interface RateLimits {
  /**
   * Resolves when the request may be sent, in the order of asking; rejects with the signal's reason.
   * `key` is the organization, app or machine that the limit of the action is counted by.
   */
  take(action: LimitedAction, key: string, signal: AbortSignal): Promise<void>;
  /** Resolves when `take` would at once. */
  free(action: LimitedAction, key: string, signal: AbortSignal): Promise<void>;
  /** How many buckets are remembered. */
  readonly size: number;
}

export function createRateLimits(clock: Clock): RateLimits {
  // In the order of their last use, so that those at rest are found at the front.
  const buckets = new Map<string, RateBucket>();

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
        buckets.get(name) ??
        new RateBucket(clock, action === 'get-machine' ? GET_MACHINE : ORDINARY);
      buckets.delete(name);
      buckets.set(name, bucket);
      if (bucket.isFree) await bucket.take(signal);
      else await ownWait(signal, () => bucket.take(signal));
    },
    async free(action, key, signal) {
      await buckets.get(`${action} ${key}`)?.free(signal);
    },
  };
}
