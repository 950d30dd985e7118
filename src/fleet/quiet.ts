import type { Machine } from '../core/machine.js';
import type { Inventory } from './inventory/index.js';
import type { SampleBoard } from './samples.js';

interface Mark {
  readonly machines: readonly Machine[];
  readonly revision: number;
}

/**
 * Apps whose last decision would come out the same: while their samples and machines stay as they were, they are not
 * decided again. Whatever else a decision may depend on must `drop` the app, or `clear` all, when it changes.
 */
export class QuietApps {
  readonly #inventory: Inventory;
  readonly #board: SampleBoard;
  readonly #marks = new Map<string, Mark>();

  constructor(inventory: Inventory, board: SampleBoard) {
    this.#inventory = inventory;
    this.#board = board;
  }

  /** The app was decided on these, and the decision is timeless. `revision` is that of its samples before they were read. */
  mark(app: string, machines: readonly Machine[], revision: number): void {
    this.#marks.set(app, { machines, revision });
  }

  isQuiet(app: string): boolean {
    const mark = this.#marks.get(app);
    return (
      mark !== undefined &&
      mark.revision === this.#board.revision(app) &&
      mark.machines === this.#inventory.peek(app)
    );
  }

  drop(app: string): void {
    this.#marks.delete(app);
  }

  clear(): void {
    this.#marks.clear();
  }
}
