import { isGone } from '../core/states.js';
import type { Machine } from '../core/machine.js';
import type { FlyReader } from '../ports.js';

/** The view of machines that a screen is decided on; never what is acted on. */
export interface Inventory {
  /** The app's machines; may be a little old. Rejects like `FlyReader.listMachines`. */
  view(app: string, signal: AbortSignal): Promise<readonly Machine[]>;
  /** Takes in a list that was read elsewhere, later than any view. */
  note(app: string, machines: readonly Machine[]): void;
  /** One machine more exists than the last list showed. */
  addOne(app: string): void;
  drop(app: string): void;
  /** True when the app's machines have been counted once. */
  hasCounted(app: string): boolean;
  /** Machines of all apps that were counted, whatever their state. */
  readonly knownMachines: number;
}

/** Asks Fly app by app, and keeps no more than how many machines each has. */
export class PerAppInventory implements Inventory {
  readonly #reader: FlyReader;
  readonly #counts = new Map<string, number>();
  #known = 0;

  constructor(reader: FlyReader) {
    this.#reader = reader;
  }

  async view(app: string, signal: AbortSignal): Promise<readonly Machine[]> {
    const machines = await this.#reader.listMachines(app, signal);
    this.note(app, machines);
    return machines;
  }

  note(app: string, machines: readonly Machine[]): void {
    this.#set(app, machines.filter((machine) => !isGone(machine)).length);
  }

  addOne(app: string): void {
    this.#set(app, (this.#counts.get(app) ?? 0) + 1);
  }

  drop(app: string): void {
    this.#known -= this.#counts.get(app) ?? 0;
    this.#counts.delete(app);
  }

  hasCounted(app: string): boolean {
    return this.#counts.has(app);
  }

  get knownMachines(): number {
    return this.#known;
  }

  #set(app: string, count: number): void {
    this.#known += count - (this.#counts.get(app) ?? 0);
    this.#counts.set(app, count);
  }
}
