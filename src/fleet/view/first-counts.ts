import type { Inventory } from '../inventory/index.js';

/**
 * With a ceiling for the fleet each app is counted once before anything is created, whatever its metrics do: a ceiling
 * means nothing while part of the fleet is unknown. An app that cannot be counted holds the creates of all, and is named.
 */
export class FirstCounts {
  readonly #inventory: () => Inventory;
  readonly #uncounted = new Set<string>();
  /** Of these, the ones that are being counted now. */
  readonly #counting = new Set<string>();

  /** `inventory`: the one in use, which a new configuration may replace. */
  constructor(inventory: () => Inventory) {
    this.#inventory = inventory;
  }

  /** Apps that have not been counted yet. */
  get open(): readonly string[] {
    return [...this.#uncounted];
  }

  /** Begins to count those of the fleet that were not; call it at each tick. */
  begin(apps: Iterable<string>, stopping: AbortSignal): void {
    const inventory = this.#inventory();
    for (const app of apps) {
      if (inventory.hasCounted(app)) this.#uncounted.delete(app);
      else this.#uncounted.add(app);
    }
    for (const app of this.#uncounted) {
      if (this.#counting.has(app)) continue;
      this.#counting.add(app);
      void this.#count(inventory, app, stopping);
    }
  }

  drop(app: string): void {
    this.#uncounted.delete(app);
  }

  async #count(inventory: Inventory, app: string, stopping: AbortSignal): Promise<void> {
    try {
      await inventory.view(app, stopping);
    } catch {
      // The next tick tries again; the app's own pass says what is wrong.
    } finally {
      if (inventory.hasCounted(app)) this.#uncounted.delete(app);
      this.#counting.delete(app);
    }
  }
}
