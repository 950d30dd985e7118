import type { Clock } from '../../seams/clock.js';

const LEAST_LOST = 4;
const LOST_SHARE = 0.1;
const HELD_TICKS = 3;
const HELD_MS = 60_000;

interface Suspicion {
  readonly sinceMs: number;
  ticks: number;
  /** "17 of 40 apps lost their series at once" */
  readonly detail: string;
}

export type SuspectCheck = (app: string) => string | null;

/**
 * When many apps lose their series from one answer to the next, it is the source that lost them, more likely than the apps. More than a
 * tenth, and at least four, of those that had series: they are held for three answers and at least a minute, then believed.
 */
export class Suspects {
  readonly #clock: Clock;
  /** Apps with series in the newest answer, of the fleet or not. */
  #had: ReadonlySet<string> = new Set();
  readonly #suspicions = new Map<string, Suspicion>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes an answer; gives why an app is to be held, null when it is not. */
  judge(
    asked: readonly string[],
    withSeries: { has(app: string): boolean; keys(): Iterable<string> },
  ): SuspectCheck {
    const nowMs = this.#clock.elapsedMs();
    this.#endSuspicions(asked, withSeries, nowMs);
    const had = asked.filter((app) => this.#had.has(app));
    const lost = had.filter((app) => !withSeries.has(app));
    this.#had = new Set(withSeries.keys());
    if (lost.length >= LEAST_LOST && lost.length > had.length * LOST_SHARE) {
      const detail = `${lost.length} of ${had.length} apps lost their series at once`;
      for (const app of lost) this.#suspicions.set(app, { sinceMs: nowMs, ticks: 1, detail });
    }
    return (app) => this.#suspicions.get(app)?.detail ?? null;
  }

  #endSuspicions(
    asked: readonly string[],
    withSeries: { has(app: string): boolean },
    nowMs: number,
  ): void {
    if (this.#suspicions.size === 0) return;
    const now = new Set(asked);
    for (const [app, suspicion] of this.#suspicions) {
      if (now.has(app)) suspicion.ticks += 1;
      const isOver = suspicion.ticks > HELD_TICKS && nowMs - suspicion.sinceMs >= HELD_MS;
      // Whoever is not asked for any more has left the fleet.
      const isGone = !now.has(app) && nowMs - suspicion.sinceMs >= 10 * HELD_MS;
      if (withSeries.has(app) || isOver || isGone) this.#suspicions.delete(app);
    }
  }
}
