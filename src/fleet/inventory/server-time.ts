import type { Clock } from '../../seams/clock.js';
import type { OrgMachinesPage } from '../../seams/fly.js';

/**
 * What Fly's clock shows, or less: changes are asked for from there, and too early a time only tells some of them again.
 *
 * Two clues, and either may be ahead of it, so that the lesser one counts: the newest change that was heard of and the
 * time since, where a machine's host may have another time, and our monotonic clock may gain in weeks; and our wall clock,
 * which may be set wrong.
 */
export class ServerTime {
  readonly #clock: Clock;
  /** Fly's clock less our monotonic one, at least. */
  #aheadMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A page that came now: what it tells of had happened by then. */
  note({ machines, lastUpdatedAtMs }: OrgMachinesPage): void {
    let newestMs = lastUpdatedAtMs ?? Number.NEGATIVE_INFINITY;
    for (const { updatedAtMs } of machines) newestMs = Math.max(newestMs, updatedAtMs);
    this.#aheadMs = Math.max(this.#aheadMs, newestMs - this.#clock.elapsedMs());
  }

  /** At that monotonic time; zero when nothing was ever heard of. */
  atMost(elapsedMs: number): number {
    const wallMs = this.#clock.now() - (this.#clock.elapsedMs() - elapsedMs);
    return Math.max(0, Math.min(this.#aheadMs + elapsedMs, wallMs));
  }
}
