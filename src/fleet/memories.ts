import { EMPTY_MEMORY, forgetHistory, type AppMemory } from '../core/memory.js';

/** What is kept between passes, and nothing else: one memory per app of the fleet. */
export class Memories {
  readonly #byApp = new Map<string, AppMemory>();

  get(app: string): AppMemory {
    return this.#byApp.get(app) ?? EMPTY_MEMORY;
  }

  update(app: string, change: (memory: AppMemory) => AppMemory): AppMemory {
    const next = change(this.get(app));
    this.#byApp.set(app, next);
    return next;
  }

  drop(app: string): void {
    this.#byApp.delete(app);
  }

  forgetHistories(): void {
    for (const [app, memory] of this.#byApp) this.#byApp.set(app, forgetHistory(memory));
  }

  get size(): number {
    return this.#byApp.size;
  }
}
