import type { Clock, Random } from '../seams/clock.js';
import { seededRandom } from '../seams/clock.js';
import { EventLog } from './event-log.js';
import type { RangeMs, SimulatorConfig } from './settings.js';
import { Timeline } from './timeline.js';

/**
 * The platform's own time, chance and record. Nothing runs by itself: whoever looks calls `catchUp` first, and all that was due
 * since then happens at its exact time. The platform's clock follows the monotonic time, so a jump of the client's wall clock
 * does not move it.
 */
export class Engine {
  readonly log: EventLog;
  /** Milliseconds since the epoch at which the world began. */
  readonly startMs: number;
  readonly #startElapsedMs: number;
  readonly #timeline = new Timeline();
  readonly #delays: Random;
  readonly #ids: Random;
  #nowMs: number;
  #isCatchingUp = false;

  constructor(
    readonly clock: Clock,
    readonly seed: number,
    readonly config: SimulatorConfig,
  ) {
    this.log = new EventLog(config.logCapacity);
    this.startMs = Math.floor(clock.now());
    this.#startElapsedMs = clock.elapsedMs();
    this.#nowMs = this.startMs;
    this.#delays = this.random('delays');
    this.#ids = this.random('ids');
  }

  /** The time of what is happening now, in milliseconds since the epoch. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** A stream of chance of its own: drawing from one does not shift the others. */
  random(purpose: string): Random {
    let hash = this.seed >>> 0;
    for (const char of purpose) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193) >>> 0;
    return seededRandom(hash);
  }

  catchUp(): void {
    // An event or a listener may look at the world while it is being brought up to date.
    if (this.#isCatchingUp) return;
    this.#isCatchingUp = true;
    try {
      // Fly's times are whole milliseconds; a real monotonic clock's are not.
      const passedMs = Math.floor(this.clock.elapsedMs() - this.#startElapsedMs);
      const untilMs = this.startMs + passedMs;
      for (;;) {
        const event = this.#timeline.takeDue(untilMs);
        if (event === undefined) break;
        this.#nowMs = Math.max(this.#nowMs, event.atMs);
        event.run();
      }
      this.#nowMs = Math.max(this.#nowMs, untilMs);
    } finally {
      this.#isCatchingUp = false;
    }
  }

  after(delayMs: number, run: () => void): void {
    this.#timeline.plan(this.#nowMs + Math.round(delayMs), run);
  }

  /** At a time of the platform's clock. */
  at(timeMs: number, run: () => void): void {
    this.#timeline.plan(timeMs, run);
  }

  draw(range: RangeMs): number {
    const [lowestMs, highestMs] = range;
    if (highestMs <= lowestMs) return lowestMs;
    return Math.round(lowestMs + this.#delays.next() * (highestMs - lowestMs));
  }

  chance(probability: number): boolean {
    return probability > 0 && this.#delays.next() < probability;
  }

  pick<T>(items: readonly T[]): T | undefined {
    return items[Math.floor(this.#delays.next() * items.length)];
  }

  hex(length: number): string {
    let text = '';
    for (let i = 0; i < length; i++) text += Math.floor(this.#ids.next() * 16).toString(16);
    return text;
  }

  /** Lower-case letters and digits. */
  word(length: number): string {
    let text = '';
    for (let i = 0; i < length; i++) text += Math.floor(this.#ids.next() * 36).toString(36);
    return text;
  }

  /** 26 characters that sort by time. */
  ulid(): string {
    let time = this.#nowMs;
    let text = '';
    for (let i = 0; i < 10; i++) {
      text = (CROCKFORD[time % 32] ?? '0') + text;
      time = Math.floor(time / 32);
    }
    for (let i = 0; i < 16; i++) text += CROCKFORD[Math.floor(this.#ids.next() * 32)] ?? '0';
    return text;
  }
}

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
