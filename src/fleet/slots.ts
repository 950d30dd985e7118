interface Waiter {
  readonly admit: () => void;
}

/** A bounded number of places, given out in the order of arrival. */
export class Slots {
  readonly #waiting: Waiter[] = [];
  #places: number;
  /** Below zero while more are in use than there are since a change. */
  #free: number;

  constructor(places: number) {
    this.#places = places;
    this.#free = places;
  }

  /** Resolves with the function that gives the place back; rejects with the signal's reason when it aborts first. */
  async acquire(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#free > 0) this.#free -= 1;
    else await this.#queue(signal);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#passOn();
    };
  }

  /** So many places from now on; who has one keeps it. */
  resize(places: number): void {
    this.#free += places - this.#places;
    this.#places = places;
    while (this.#free > 0 && this.#waiting.length > 0) {
      this.#free -= 1;
      this.#waiting.shift()?.admit();
    }
  }

  /** Runs `work` for each item, as many at once as there are places; results in the order of the items. */
  async forEach<T, R>(
    items: readonly T[],
    signal: AbortSignal,
    work: (item: T) => Promise<R>,
  ): Promise<R[]> {
    return Promise.all(
      items.map(async (item) => {
        const leave = await this.acquire(signal);
        try {
          return await work(item);
        } finally {
          leave();
        }
      }),
    );
  }

  #queue(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        reject(signal.reason as Error);
      };
      const waiter: Waiter = {
        admit: () => {
          signal.removeEventListener('abort', abort);
          resolve();
        },
      };
      this.#waiting.push(waiter);
      signal.addEventListener('abort', abort, { once: true });
    });
  }

  #passOn(): void {
    const next = this.#free < 0 ? undefined : this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next.admit();
  }
}
