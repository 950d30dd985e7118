import { isGone } from '../../core/machines/states.js';
import type { Machine } from '../../core/model/machine.js';
import type { Clock } from '../../seams/clock.js';
import { flyError } from '../base/failure.js';
import type { SeenMachines } from './seen.js';
import type { Inventory } from './inventory.js';
import { isRefused, orgPages } from './org-watch.js';
import { isUnknownApp, type OwnLists } from './own-lists.js';
import type { FlyReader } from '../../seams/fly.js';

/** A list that comes later is compared with nothing. */
const WORTH_COMPARING_MS = 60_000;
const RETRY_MS = 3000;

export interface PerAppOptions {
  readonly fly: FlyReader;
  readonly clock: Clock;
  /** Null: its list is not asked, not even to compare. */
  readonly org: string | null;
  /** Limit of one page of the organization's list. */
  readonly timeoutMs: number;
}

/** Asks Fly app by app, and keeps how many machines each has beside what was seen of them. */
export class PerAppInventory implements Inventory {
  readonly #lists: OwnLists;
  readonly #counts = new Map<string, number>();
  #known = 0;

  readonly #options: PerAppOptions;
  readonly #seen: SeenMachines;
  /** The organization's list is read once, for all who ask. */
  #comparing: Promise<void> | null = null;

  constructor(options: PerAppOptions, lists: OwnLists, seen: SeenMachines) {
    this.#options = options;
    this.#lists = lists;
    this.#seen = seen;
  }

  peek(): null {
    return null;
  }

  async view(app: string, signal: AbortSignal): Promise<readonly Machine[]> {
    try {
      let beganAtMs = 0;
      const machines = await this.#lists.read(app, signal, () => {
        beganAtMs = this.#options.clock.elapsedMs();
      });
      this.note(app, machines, beganAtMs);
      return machines;
    } catch (error) {
      if (isUnknownApp(error)) {
        this.#seen.drop(app);
        this.#set(app, 0);
      }
      throw error;
    }
  }

  note(app: string, machines: readonly Machine[], readAtMs: number): void {
    this.#seen.take(app, machines, readAtMs);
    this.#set(app, machines.filter((machine) => !isGone(machine)).length);
  }

  addOne(app: string): void {
    this.#set(app, (this.#counts.get(app) ?? 0) + 1);
  }

  touch(): void {
    // Every view asks anyway.
  }

  drop(app: string): void {
    this.#known -= this.#counts.get(app) ?? 0;
    this.#counts.delete(app);
    this.#lists.forget(app);
  }

  hasCounted(app: string): boolean {
    return this.#counts.has(app);
  }

  get knownMachines(): number {
    return this.#known;
  }

  compare(signal: AbortSignal): Promise<void> {
    this.#comparing ??= this.#hearOfAll(signal);
    return this.#comparing;
  }

  keep(): Promise<void> {
    return Promise.resolve();
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

  #set(app: string, count: number): void {
    this.#known += count - (this.#counts.get(app) ?? 0);
    this.#counts.set(app, count);
  }
}
