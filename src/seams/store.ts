/** Where the state lives that must survive a restart. */

/** A value as JSON has it. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/**
 * What must survive a restart: small values by key, such as `history/my-app-1/web` or `pause/1`. Times in them are
 * wall time. It is written before the action that it allows.
 */
export interface StateStore {
  /** False: it lasts until the process ends. */
  readonly isDurable: boolean;
  /** Becomes another number when values got lost by damage: what is known of them should be committed again. */
  readonly generation: number;
  /**
   * True after `load` when damage took values that nobody here ever knew. It stays so, over restarts too, until a commit has
   * `LOST_STATE` with null: who gives it must have seen to what follows. Undefined: such a store loses nothing.
   */
  readonly hasLost?: boolean;
  /** All values, as last committed, but for damaged ones. Rejects with `state-unreadable`. */
  load(): Promise<ReadonlyMap<string, Json>>;
  /** All of them or none, and for good once resolved; null removes. Rejects with `state-unwritable`. */
  commit(changes: ReadonlyMap<string, Json | null>): Promise<void>;
  close(): Promise<void>;
}

/** See `StateStore.hasLost`; `load` does not give it. */
export const LOST_STATE = 'lost/state';
