import type { Clock } from '../seams/clock.js';

/** A clock that stands still until a test moves it. */
export interface FakeClock extends Clock {
  /** Lets `ms` pass: fires what comes due in order, each after all that the one before it set off has come to rest. */
  advance(ms: number): Promise<void>;
  /** Moves wall time by `ms` (back when negative), as when a machine's clock is set; monotonic time and timers do not notice. */
  jumpWall(ms: number): void;
  /**
   * Goes from timer to timer until the promise settles, and settles like it.
   * Throws when nothing is left that could settle it, or after `limitMs` (a day unless told).
   */
  runUntil<T>(promise: Promise<T>, limitMs?: number): Promise<T>;
  /** How many sleeps are under way. */
  readonly pendingTimers: number;
}

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  isLive: boolean;
  readonly fire: () => void;
}

const DAY_MS = 86_400_000;
/** Turns of the event loop without a timer, after which a promise counts as stuck rather than slow. */
const PATIENCE_TURNS = 20;

/** `startMs`: wall time at the start, 2026-01-01T00:00:00Z unless told. Monotonic time starts at zero. */
export function createFakeClock(options: { readonly startMs?: number } = {}): FakeClock {
  let elapsedMs = 0;
  let wallOffsetMs = options.startMs ?? Date.UTC(2026, 0, 1);
  let isMoving = false;
  const timers = new TimerHeap();

  const fireNext = async (): Promise<void> => {
    const timer = timers.pop();
    if (timer === undefined) return;
    elapsedMs = Math.max(elapsedMs, timer.dueMs);
    timer.fire();
    await settle();
  };

  /** Two movers at once would each see the other's time. */
  const moving = async <T>(work: () => Promise<T>): Promise<T> => {
    if (isMoving) throw new Error('the clock is being moved already: await the first mover');
    isMoving = true;
    try {
      return await work();
    } finally {
      isMoving = false;
    }
  };

  return {
    now: () => wallOffsetMs + elapsedMs,
    elapsedMs: () => elapsedMs,
    get pendingTimers() {
      return timers.liveCount;
    },
    jumpWall(ms) {
      wallOffsetMs += ms;
    },
    sleep(ms, signal) {
      return sleepOn(timers, elapsedMs + Math.max(0, ms), signal);
    },
    advance: (ms) =>
      moving(async () => {
        const untilMs = elapsedMs + ms;
        await settle();
        while (timers.nextDueMs() <= untilMs) await fireNext();
        elapsedMs = untilMs;
      }),
    runUntil: (promise, limitMs = DAY_MS) =>
      moving(async () => {
        const untilMs = elapsedMs + limitMs;
        const outcome = { isSettled: false };
        promise
          .catch(() => undefined)
          .finally(() => {
            outcome.isSettled = true;
          });
        await settle();
        let idleTurns = 0;
        while (!outcome.isSettled) {
          const dueMs = timers.nextDueMs();
          if (dueMs > untilMs && dueMs < Number.POSITIVE_INFINITY) {
            throw new Error(`not settled after ${limitMs} ms of fake time`);
          }
          if (dueMs === Number.POSITIVE_INFINITY) {
            idleTurns += 1;
            if (idleTurns > PATIENCE_TURNS) {
              throw new Error('never settles: no timer is pending');
            }
            await settle();
          } else {
            idleTurns = 0;
            await fireNext();
          }
        }
        return promise;
      }),
  };
}

function sleepOn(timers: TimerHeap, dueMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason as Error);
      return;
    }
    const abort = (): void => {
      timers.cancel(timer);
      reject(signal?.reason as Error);
    };
    const timer = timers.push(dueMs, () => {
      signal?.removeEventListener('abort', abort);
      resolve();
    });
    signal?.addEventListener('abort', abort, { once: true });
  });
}

/** Promise chains of any length and ticks end before the next turn of the event loop. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** By due time, then by order of arrival. Cancelled timers stay until they surface or outnumber the live ones. */
class TimerHeap {
  liveCount = 0;
  #heap: Timer[] = [];
  #pushed = 0;

  push(dueMs: number, fire: () => void): Timer {
    const timer: Timer = { dueMs, order: this.#pushed, isLive: true, fire };
    this.#pushed += 1;
    this.liveCount += 1;
    this.#heap.push(timer);
    this.#siftUp(this.#heap.length - 1);
    return timer;
  }

  cancel(timer: Timer): void {
    if (!timer.isLive) return;
    timer.isLive = false;
    this.liveCount -= 1;
    if (this.#heap.length > 64 && this.liveCount < this.#heap.length / 2) {
      // An array sorted by the heap's own order is a heap.
      this.#heap = this.#heap.filter((each) => each.isLive).sort(compare);
    }
  }

  /** Infinity when no timer is pending. */
  nextDueMs(): number {
    for (;;) {
      const top = this.#heap[0];
      if (top === undefined) return Number.POSITIVE_INFINITY;
      if (top.isLive) return top.dueMs;
      this.#removeTop();
    }
  }

  pop(): Timer | undefined {
    this.nextDueMs();
    const top = this.#heap[0];
    if (top === undefined) return undefined;
    this.#removeTop();
    top.isLive = false;
    this.liveCount -= 1;
    return top;
  }

  #removeTop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#siftDown();
  }

  #siftUp(start: number): void {
    let child = start;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.#swapIfBefore(child, parent)) return;
      child = parent;
    }
  }

  #siftDown(): void {
    let parent = 0;
    for (;;) {
      const left = 2 * parent + 1;
      const right = left + 1;
      const a = this.#heap[left];
      const b = this.#heap[right];
      if (a === undefined) return;
      const child = b !== undefined && compare(b, a) < 0 ? right : left;
      if (!this.#swapIfBefore(child, parent)) return;
      parent = child;
    }
  }

  #swapIfBefore(child: number, parent: number): boolean {
    const a = this.#heap[child];
    const b = this.#heap[parent];
    if (a === undefined || b === undefined || compare(a, b) >= 0) return false;
    this.#heap[parent] = a;
    this.#heap[child] = b;
    return true;
  }
}

function compare(a: Timer, b: Timer): number {
  return a.dueMs - b.dueMs || a.order - b.order;
}
