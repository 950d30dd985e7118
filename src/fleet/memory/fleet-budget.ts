/** What the fleet made and took away within the last minute. */
import type { FleetBudget } from '../../core/fleet-wide/grant.js';
import type { Instant } from '../../core/time/instant.js';
import type { Json } from '../../seams/store.js';

const MINUTE_MS = 60_000;

interface Use {
  /** Monotonic; null: it is under way, and counts for a minute from its end on. */
  atMs: number | null;
  n: number;
}

/** One kind of change. Uses are taken when granted, since nobody knows when they are used, and end with what came of them. */
export class MinuteBudget {
  readonly #mostNow: () => number | null;
  #uses: Use[] = [];
  /** Monotonic. Until then what was done within the last minute is not known, and nothing is left. */
  #unknownUntilMs = Number.NEGATIVE_INFINITY;

  /** `most` may change between calls; null: no limit. */
  constructor(most: () => number | null) {
    this.#mostNow = most;
  }

  get most(): number | null {
    return this.#mostNow();
  }

  state(nowMs: number): FleetBudget {
    this.#forgetOld(nowMs);
    const { most } = this;
    const used = this.#uses.reduce((sum, { n }) => sum + n, 0);
    return { most, used: nowMs < this.#unknownUntilMs ? Math.max(used, most ?? 0) : used };
  }

  /** Returns what ends it, and gives back a part of it. Without a limit it counts too: there may soon be one. */
  take(n: number): (unused: number, nowMs: number) => void {
    if (n === 0) return () => undefined;
    const use: Use = { atMs: null, n };
    this.#uses.push(use);
    return (unused, nowMs) => {
      if (use.atMs !== null) return;
      use.n -= Math.min(use.n, unused);
      use.atMs = nowMs;
    };
  }

  /** What was done before a start is not known: for a minute nothing is left. */
  spend(nowMs: number): void {
    this.#unknownUntilMs = nowMs + MINUTE_MS;
  }

  /** Wall time and number of each use; null for the time of one that is under way. Null in all: nobody has counted. */
  stored({ wallMs, elapsedMs }: Instant): Json {
    const { most } = this;
    if (most === null) return null;
    this.#forgetOld(elapsedMs);
    const isKnown = elapsedMs >= this.#unknownUntilMs;
    const unknown: Use[] = isKnown ? [] : [{ atMs: this.#unknownUntilMs - MINUTE_MS, n: most }];
    return [...unknown, ...this.#uses]
      .filter(({ n }) => n > 0)
      .map(({ atMs, n }) => [atMs === null ? null : wallMs - elapsedMs + atMs, n]);
  }

  /** Beside what was used meanwhile. False when it cannot be understood. */
  restore(stored: Json | undefined, { wallMs, elapsedMs }: Instant): boolean {
    if (!Array.isArray(stored)) return false;
    const uses = stored as readonly Json[];
    this.#unknownUntilMs = Number.NEGATIVE_INFINITY;
    const before = uses.flatMap((entry): Use[] => {
      const [atMs, n] = Array.isArray(entry) ? (entry as readonly Json[]) : [];
      if (typeof n !== 'number') return [];
      // It may have been used up to the end of the process, which is not known.
      if (atMs === null) return [{ atMs: elapsedMs, n }];
      if (typeof atMs !== 'number') return [];
      // A time to come is a clock that was set back: it counts from now.
      return [{ atMs: Math.min(elapsedMs, atMs - wallMs + elapsedMs), n }];
    });
    this.#uses = [...before, ...this.#uses];
    return true;
  }

  #forgetOld(nowMs: number): void {
    this.#uses = this.#uses.filter(({ atMs }) => atMs === null || nowMs - atMs < MINUTE_MS);
  }
}
