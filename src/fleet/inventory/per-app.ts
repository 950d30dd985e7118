import { isGone } from '../../core/states.js';
import type { Machine } from '../../core/machine.js';
import type { Inventory } from './inventory.js';
import { isUnknownApp, type OwnLists } from './own-lists.js';

/** Asks Fly app by app, and keeps no more than how many machines each has. */
export class PerAppInventory implements Inventory {
  readonly #lists: OwnLists;
  readonly #counts = new Map<string, number>();
  #known = 0;

  constructor(lists: OwnLists) {
    this.#lists = lists;
  }

  peek(): null {
    return null;
  }

  async view(app: string, signal: AbortSignal): Promise<readonly Machine[]> {
    try {
      const machines = await this.#lists.read(app, signal);
      this.note(app, machines);
      return machines;
    } catch (error) {
      if (isUnknownApp(error)) this.note(app, []);
      throw error;
    }
  }

  note(app: string, machines: readonly Machine[]): void {
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

  keep(): Promise<void> {
    return Promise.resolve();
  }

  #set(app: string, count: number): void {
    this.#known += count - (this.#counts.get(app) ?? 0);
    this.#counts.set(app, count);
  }
}
