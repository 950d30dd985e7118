import type { Clock } from '../../seams/clock.js';
import type { Machine } from '../../core/model/machine.js';
import type { Inventory } from '../inventory/index.js';
import type { SampleBoard } from './samples.js';

/** What the last decision was made on, and how long time alone does not change it. */
export interface Mark {
  readonly machines: readonly Machine[];
  /** Of the app's samples, before they were read. */
  readonly revision: number;
  /** Monotonic time. */
  readonly untilMs: number;
}

/**
 * Apps whose last decision would come out the same: while their samples and machines stay as they were, they are not
 * decided again. Whatever else a decision may depend on must `drop` the app, or `clear` all, when it changes.
 */
export class QuietApps {
  readonly #inventory: Inventory;
  readonly #board: SampleBoard;
  readonly #clock: Clock;
  readonly #marks = new Map<string, Mark>();

  constructor(inventory: Inventory, board: SampleBoard, clock: Clock) {
    this.#inventory = inventory;
    this.#board = board;
    this.#clock = clock;
  }

  /** The app was decided on these. */
  mark(app: string, mark: Mark): void {
    this.#marks.set(app, mark);
  }

  isQuiet(app: string): boolean {
    const mark = this.#marks.get(app);
    return (
      mark !== undefined &&
      this.#clock.elapsedMs() < mark.untilMs &&
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
