import type { Instant } from '../../core/time/instant.js';
import { forgetHistory } from '../../core/memory/memory.js';
import { isBlank } from '../../core/decide/quiet.js';
import { type AppMemory, EMPTY_MEMORY } from '../../core/model/app-memory.js';

/** What is kept between passes, and nothing else: one memory per app of the fleet. */
export class Memories {
  readonly #byApp = new Map<string, AppMemory>();
  /** What an app begins with; it knows of a jump of the clocks too. */
  #empty = EMPTY_MEMORY;
  readonly #stored: (app: string) => AppMemory['histories'];

  /** `stored`: what was kept of an app from before this process. */
  constructor(stored: (app: string) => AppMemory['histories'] = () => ({})) {
    this.#stored = stored;
  }

  get(app: string): AppMemory {
    return this.#byApp.get(app) ?? { ...this.#empty, histories: this.#stored(app) };
  }

  update(app: string, change: (memory: AppMemory) => AppMemory): AppMemory {
    const next = change(this.get(app));
    // Most apps have nothing to remember: they share what all begin with.
    const isCommon = isBlank(next) && next.clockJumpedAtMs === this.#empty.clockJumpedAtMs;
    if (isCommon) this.#byApp.delete(app);
    else this.#byApp.set(app, next);
    return next;
  }

  drop(app: string): void {
    this.#byApp.delete(app);
  }

  forgetHistories(now: Instant): void {
    this.#empty = forgetHistory(EMPTY_MEMORY, now);
    for (const [app, memory] of this.#byApp) this.#byApp.set(app, forgetHistory(memory, now));
  }

  get size(): number {
    return this.#byApp.size;
  }
}
