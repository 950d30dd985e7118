interface Waiter {
  readonly signal: AbortSignal;
  readonly admit: () => void;
  readonly refuse: () => void;
}

/** A bounded number of places, given out in the order of arrival. */
export class Slots {
  /** In order; thousands may wait, so each leaves in constant time. */
  readonly #waiting = new Set<Waiter>();
  /** Signals that waiters have, each listened to once: a signal takes longer for each listener that it has. */
  readonly #signals = new Map<AbortSignal, { count: number; readonly abort: () => void }>();
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
    while (this.#free > 0 && this.#waiting.size > 0) {
      this.#free -= 1;
      this.#next()?.admit();
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
    this.#listen(signal);
    return new Promise((resolve, reject) => {
      this.#waiting.add({
        signal,
        admit: resolve,
        refuse: () => reject(signal.reason as Error),
      });
    });
  }

  #passOn(): void {
    const next = this.#free < 0 ? undefined : this.#next();
    if (next === undefined) this.#free += 1;
    else next.admit();
  }

  /** The first of those that wait, who waits no more. */
  #next(): Waiter | undefined {
    for (const next of this.#waiting) {
      this.#leave(next);
      return next;
    }
    return undefined;
  }

  #leave(waiter: Waiter): void {
    const { signal } = waiter;
    this.#waiting.delete(waiter);
    const listening = this.#signals.get(signal);
    if (listening === undefined) return;
    listening.count -= 1;
    if (listening.count > 0) return;
    signal.removeEventListener('abort', listening.abort);
    this.#signals.delete(signal);
  }

  #listen(signal: AbortSignal): void {
    const listening = this.#signals.get(signal);
    if (listening !== undefined) {
      listening.count += 1;
      return;
    }
    const abort = (): void => {
      for (const waiter of [...this.#waiting].filter((each) => each.signal === signal)) {
        this.#leave(waiter);
        waiter.refuse();
      }
    };
    signal.addEventListener('abort', abort, { once: true });
    this.#signals.set(signal, { count: 1, abort });
  }
}
