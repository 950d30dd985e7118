import type { Machine } from '../../core/model/machine.js';

/**
 * What is known of the apps' machines: good for a screen, which says who is worth a look. What is acted on is always
 * read anew under the lease, so that nothing here ever decides.
 */
export interface Inventory {
  /**
   * The app's machines, when they are known well enough to screen it at once: the same array for as long as nothing
   * has changed. Null: `view` has to ask.
   */
  peek(app: string): readonly Machine[] | null;
  /** The same, asked for where it must be; its turn in a queue aside within the pass timeout. Rejects like `FlyReader.listMachines`. */
  view(app: string, signal: AbortSignal): Promise<readonly Machine[]>;
  /** Takes in a list that was read elsewhere. `readAtMs`: monotonic time at which that began; an older one is no news. */
  note(app: string, machines: readonly Machine[], readAtMs: number): void;
  /** One machine more exists than the last list showed. */
  addOne(app: string): void;
  /** We may have changed the app: what is known of it is out of date. */
  touch(app: string): void;
  drop(app: string): void;
  /** True when the app's machines have been counted once; one that Fly does not know has none. */
  hasCounted(app: string): boolean;
  /** Machines of all apps that were counted, whatever their state. */
  readonly knownMachines: number;
  /**
   * Resolves when the organization's list has told of all machines since the app's own list came first, so that it is known which
   * of them that lacks, or when it is not for us. Call it only while `keep` runs. Ends with the signal.
   */
  compare(app: string, signal: AbortSignal): Promise<void>;
  /** Keeps up with what others change, until the signal aborts. */
  keep(signal: AbortSignal): Promise<void>;
}
