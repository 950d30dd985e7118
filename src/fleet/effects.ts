import type { AppMemory } from '../core/memory.js';

/** What acting on an app leaves behind, beyond what it did to the app. */
export interface Effects {
  /** Changes what later passes over the app know. */
  remember(change: (memory: AppMemory) => AppMemory): void;
  /** The app has one more machine, or may have; what was removed is counted by the next look. */
  countOneMore(): void;
  /** The organization's quota is reached: no creates anywhere for a while. */
  holdCreates(): void;
  areCreatesHeld(): boolean;
}
