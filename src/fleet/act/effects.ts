import type { Machine } from '../../core/model/machine.js';
import type { AppMemory } from '../../core/model/app-memory.js';

/** What acting on an app leaves behind, beyond what it did to the app. */
export interface Effects {
  /** Changes what later passes over the app know. */
  remember(change: (memory: AppMemory) => AppMemory): void;
  /** The app has one more machine, which the next list may not show yet. */
  made(machine: Machine): void;
  /** The machine was started by us, which the next list may lack. */
  started(machineId: string): void;
  /** The machine was destroyed by us. */
  gone(machineId: string): void;
  /** The app may have one more machine; nobody knows which. */
  countOneMore(): void;
  /** The organization's quota is reached: no creates anywhere for a while. */
  holdCreates(): void;
  areCreatesHeld(): boolean;
}
