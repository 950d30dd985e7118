/** What people may ask of a running fleet. */
import type { Pause } from '../core/model/orders.js';

export type PauseOrder = Omit<Pause, 'id' | 'createdAtMs'>;

/** The fleet brake of one source, as operators see it. */
export interface BrakeStatus {
  readonly source: string;
  readonly isOn: boolean;
  /** Wall time; null when it is off. */
  readonly sinceMs: number | null;
  /** Apps that read the source and could shrink; those of them that fell to half or less. */
  readonly apps: number;
  readonly fallen: number;
}

/** What people may tell a running fleet. Rejects with `state-unwritable` when it could not be kept. */
export interface Operator {
  pauses(): readonly Pause[];
  /** False: there may be others, which got lost by damage or cannot be read; nothing shrinks meanwhile. */
  arePausesKnown(): boolean;
  pause(order: PauseOrder): Promise<Pause>;
  /** Ends the pauses that are for that app and policy; null: for any. Resolves with those that ended. */
  resume(app: string | null, policy: string | null): Promise<readonly Pause[]>;
  brakes(): readonly BrakeStatus[];
  /** False when that brake was not on. */
  releaseBrake(source: string): Promise<boolean>;
}
