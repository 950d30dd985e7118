import { sharedController } from '../base/abort.js';
import { aborted } from '../base/failure.js';
import type { FleetOptions } from '../base/options.js';
import type { SeenMachines } from './seen.js';
import { createInventory, inventoryKey } from './index.js';
import type { Inventory } from './inventory.js';

/** The inventory in use, and what keeps it up to date; a configuration that sees machines otherwise gets another. */
export class InventoryKeeper {
  #current: Inventory;
  /** Ends what keeps the current one up to date. */
  #ends = new AbortController();
  /** Since `begin`. */
  #stopping: AbortSignal | null = null;
  /** What keeps the current one up to date, and what kept earlier ones until it has ended. */
  readonly #keeping = new Set<Promise<void>>();

  readonly #seen: SeenMachines;

  constructor(options: FleetOptions, seen: SeenMachines) {
    this.#seen = seen;
    this.#current = createInventory(options, seen);
  }

  get current(): Inventory {
    return this.#current;
  }

  /** Keeps it up to date until the signal aborts. */
  begin(stopping: AbortSignal): void {
    this.#stopping = stopping;
    const ends = sharedController();
    this.#ends = ends;
    stopping.addEventListener('abort', () => ends.abort(stopping.reason), {
      once: true,
      signal: ends.signal,
    });
    if (stopping.aborted) ends.abort(stopping.reason);
    const keeping = this.#current.keep(ends.signal).finally(() => this.#keeping.delete(keeping));
    this.#keeping.add(keeping);
  }

  /** Where another takes its place, what was known of machines is read anew. */
  reconfigure(earlier: FleetOptions, options: FleetOptions): void {
    if (inventoryKey(earlier) === inventoryKey(options)) return;
    this.#ends.abort(aborted('the configuration is another'));
    this.#current = createInventory(options, this.#seen);
    if (this.#stopping !== null) this.begin(this.#stopping);
  }

  /** Resolves when nothing of any is under way; after the signal has aborted. */
  async idle(): Promise<void> {
    await Promise.all(this.#keeping);
  }
}
