import type { Clock } from '../../seams/clock.js';
import type { Instant } from '../../core/time/instant.js';
import { instant } from '../../seams/clock.js';

const MAX_DRIFT_MS = 2000;
const LATE_INTERVALS = 3;
const LATE_AT_LEAST_MS = 10_000;

export interface ClockJump {
  /** What each clock says went by since the tick before. */
  readonly wallMs: number;
  readonly elapsedMs: number;
}

/**
 * Notices when what was remembered can no longer be believed: the clocks parted between two ticks,
 * or the process stood still for several intervals.
 */
export class ClockWatch {
  readonly #clock: Clock;
  #lateMs = 0;
  #last: Instant | null = null;

  constructor(clock: Clock, intervalMs: number) {
    this.#clock = clock;
    this.setInterval(intervalMs);
  }

  /** Ticks come so often from now on. */
  setInterval(intervalMs: number): void {
    this.#lateMs = Math.max(LATE_INTERVALS * intervalMs, LATE_AT_LEAST_MS);
  }

  /** Call at each tick with how late it is. Null: all is well. */
  check(latenessMs: number): ClockJump | null {
    const now = instant(this.#clock);
    const last = this.#last;
    this.#last = now;
    if (last === null) return null;
    const wallMs = now.wallMs - last.wallMs;
    const elapsedMs = now.elapsedMs - last.elapsedMs;
    const hasParted = Math.abs(wallMs - elapsedMs) > MAX_DRIFT_MS;
    return hasParted || latenessMs >= this.#lateMs ? { wallMs, elapsedMs } : null;
  }
}
