/** Reads the organization's list whole, so that it is known what the own lists of apps lack. */
import type { Clock } from '../../seams/clock.js';
import type { FlyReader } from '../../seams/fly.js';
import { flyError } from '../base/failure.js';
import { isRefused, orgPages } from './org-watch.js';
import type { SeenMachines } from './seen.js';

/** A list that comes later is compared with nothing. */
const WORTH_COMPARING_MS = 60_000;
const RETRY_MS = 3000;

export interface ListComparisonOptions {
  readonly fly: FlyReader;
  readonly clock: Clock;
  /** Null: its list is not asked, not even to compare. */
  readonly org: string | null;
  /** Limit of one page of the organization's list. */
  readonly timeoutMs: number;
}

export class ListComparison {
  readonly #options: ListComparisonOptions;
  readonly #seen: SeenMachines;
  #beganAtMs = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> = Promise.resolve();

  constructor({ fly, clock, org, timeoutMs }: ListComparisonOptions, seen: SeenMachines) {
    this.#options = { fly, clock, org, timeoutMs };
    this.#seen = seen;
  }

  /**
   * Resolves when a list that began at that monotonic time or later has told of all machines, or when it is not for us. One
   * reading serves all who ask meanwhile.
   */
  compare(sinceMs: number, signal: AbortSignal): Promise<void> {
    if (this.#beganAtMs < sinceMs) {
      this.#beganAtMs = this.#options.clock.elapsedMs();
      this.#reading = this.#hearOfAll(signal);
    }
    return this.#reading;
  }

  async #hearOfAll(signal: AbortSignal): Promise<void> {
    const { org, clock, ...options } = this.#options;
    if (org === null) return;
    const untilMs = clock.elapsedMs() + WORTH_COMPARING_MS;
    while (clock.elapsedMs() < untilMs) {
      try {
        for await (const page of orgPages({ ...options, clock, org }, null, signal)) {
          for (const machine of page.machines) this.#seen.hear(machine);
        }
        return;
      } catch (error) {
        if (signal.aborted || isRefused(flyError(error))) return;
        await clock.sleep(RETRY_MS, signal).catch(() => undefined);
      }
    }
  }
}
