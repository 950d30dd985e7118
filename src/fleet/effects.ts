import type { AppMemory } from '../core/memory.js';

/** What acting on an app leaves behind, beyond what it did to the app. */
export interface Effects {
  /** Changes what later passes over the app know. */
  remember(change: (memory: AppMemory) => AppMemory): void;
  /** So many more machines of the app exist now, or may exist. */
  count(change: number): void;
  /** The organization's quota is reached: no creates anywhere for a while. */
  holdCreates(): void;
  areCreatesHeld(): boolean;
}
