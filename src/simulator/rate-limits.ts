import type { Route } from './exchange.js';

/** Documented: one request a second for each action and identifier with bursts of three; reading one machine 5 a second, bursts of 10. */
const USUAL = { capacity: 3, perSecond: 1 };
const GET_MACHINE = { capacity: 10, perSecond: 5 };
const DELETE_APP = { capacity: 100, perSecond: 100 / 60 };

const FIRST_SWEEP_AT = 20_000;

/** Token buckets; whoever asks in vain takes nothing. */
export class RateLimits {
  readonly #buckets = new Map<string, { tokens: number; atMs: number }>();
  #sweepAt = FIRST_SWEEP_AT;

  /** False when the limit is reached. */
  admit(route: Route, nowMs: number): boolean {
    const { capacity, perSecond } = limitOf(route.action);
    const key = `${route.action} ${identifierOf(route)}`;
    const bucket = this.#buckets.get(key);
    if (bucket === undefined) {
      this.#sweep(nowMs);
      this.#buckets.set(key, { tokens: capacity - 1, atMs: nowMs });
      return true;
    }
    const refilled = bucket.tokens + ((nowMs - bucket.atMs) / 1000) * perSecond;
    bucket.tokens = Math.min(capacity, refilled);
    bucket.atMs = nowMs;
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

  /** Buckets that are long full again say nothing. */
  #sweep(nowMs: number): void {
    if (this.#buckets.size < this.#sweepAt) return;
    for (const [key, { atMs }] of this.#buckets) {
      if (nowMs - atMs > 60_000) this.#buckets.delete(key);
    }
    this.#sweepAt = Math.max(FIRST_SWEEP_AT, 2 * this.#buckets.size);
  }
}

function limitOf(action: string): { readonly capacity: number; readonly perSecond: number } {
  if (action === 'get-machine') return GET_MACHINE;
  if (action === 'delete-app') return DELETE_APP;
  return USUAL;
}

/** A machine's own actions by machine, its app's by app, the organization's by organization. */
function identifierOf({ action, app, machine, org }: Route): string {
  if (action === 'delete-app') return '';
  return machine ?? app ?? org ?? '';
}
