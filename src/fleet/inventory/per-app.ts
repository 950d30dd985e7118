import { isGone } from '../../core/machines/states.js';
import type { Machine } from '../../core/model/machine.js';
import type { Clock } from '../../seams/clock.js';
import type { SeenMachines } from './seen.js';
import type { Inventory } from './inventory.js';
import { ListComparison, type ListComparisonOptions } from './list-comparison.js';
import { isUnknownApp, type OwnLists } from './own-lists.js';

/** Asks Fly app by app, and keeps how many machines each has beside what was seen of them. */
export class PerAppInventory implements Inventory {
  readonly #lists: OwnLists;
  readonly #counts = new Map<string, number>();
  #known = 0;

  readonly #clock: Clock;
  readonly #seen: SeenMachines;
  readonly #comparison: ListComparison;

  constructor(options: ListComparisonOptions, lists: OwnLists, seen: SeenMachines) {
    this.#clock = options.clock;
    this.#lists = lists;
    this.#seen = seen;
    this.#comparison = new ListComparison(options, seen);
  }

  peek(): null {
    return null;
  }

  async view(app: string, signal: AbortSignal): Promise<readonly Machine[]> {
    try {
      let beganAtMs = 0;
      const machines = await this.#lists.read(app, signal, () => {
        beganAtMs = this.#clock.elapsedMs();
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

  compare(app: string, signal: AbortSignal): Promise<void> {
    return this.#comparison.compare(this.#seen.listedSinceMs(app), signal);
  }

  keep(): Promise<void> {
    return Promise.resolve();
  }

  #set(app: string, count: number): void {
    this.#known += count - (this.#counts.get(app) ?? 0);
    this.#counts.set(app, count);
  }
}
