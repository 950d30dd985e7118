/** What the wall clock shows, and for how long it has run without being set. */
import type { Ground } from './invariant.js';
import type { OpenWindow } from './rules.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export class WallClock {
  readonly #ground: Ground;
  /** What it is ahead of the monotonic clock, and since when. */
  #offset = { ms: Number.NaN, sinceMs: 0 };

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  /** Call it whenever something happens. */
  look(): void {
    const { clock } = this.#ground;
    const elapsedMs = clock.elapsedMs();
    const ms = clock.now() - elapsedMs;
    if (ms !== this.#offset.ms) this.#offset = { ms, sinceMs: elapsedMs };
  }

  /** Whether it was set within so long, and a process began since: that one cannot tell how long ago is what was stored. */
  hasDeceived(forMs: number): boolean {
    const { autoscalers, clock } = this.#ground;
    const { sinceMs } = this.#offset;
    if (clock.elapsedMs() - sinceMs >= forMs) return false;
    return autoscalers.all.some(({ startedAtMs }) => startedAtMs > clock.elapsedMs() - forMs);
  }

  /** So long it has been in the window; null: it is not. */
  intoMs({ fromMinute, minutes }: OpenWindow): number | null {
    const intoMs = (this.#ground.clock.now() % HOUR_MS) - fromMinute * MINUTE_MS;
    return intoMs < 0 || intoMs >= minutes * MINUTE_MS ? null : intoMs;
  }

  /** Whether it has run through so much of the window. */
  hasBeenOpen(window: OpenWindow, forMs: number): boolean {
    const intoMs = this.intoMs(window);
    const runsForMs = this.#ground.clock.elapsedMs() - this.#offset.sinceMs;
    return intoMs !== null && Math.min(intoMs, runsForMs) >= forMs;
  }
}
