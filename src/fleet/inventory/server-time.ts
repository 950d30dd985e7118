import type { OrgMachinesPage } from '../../ports.js';

/**
 * The least that Fly's clock can show, by the newest change that was heard of and the time since, so that how far apart
 * its clock and ours are does not matter.
 */
export class ServerTime {
  /** Fly's clock less our monotonic one, at least. */
  #aheadMs = Number.NEGATIVE_INFINITY;

  /** A page that came at that monotonic time: what it tells of had happened by then. */
  note({ machines, lastUpdatedAtMs }: OrgMachinesPage, elapsedMs: number): void {
    let newestMs = lastUpdatedAtMs ?? Number.NEGATIVE_INFINITY;
    for (const { updatedAtMs } of machines) newestMs = Math.max(newestMs, updatedAtMs);
    this.#aheadMs = Math.max(this.#aheadMs, newestMs - elapsedMs);
  }

  /** By Fly's clock, at that monotonic time; zero when nothing was ever heard of. */
  atLeast(elapsedMs: number): number {
    return Math.max(0, this.#aheadMs + elapsedMs);
  }
}
