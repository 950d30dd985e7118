/** Waits by our own will within a deadline that is for what others take. */

/** A deadline that stands still from `pause` to `resume`; both may be called within each other. */
export interface Pausable {
  pause(): void;
  resume(): void;
}

const deadlines = new WeakMap<AbortSignal, Pausable>();

/** From now on `deadline`, which aborts the signal, stands still while whoever was given the signal waits by our own will. */
export function standsStill(signal: AbortSignal, deadline: Pausable): void {
  deadlines.set(signal, deadline);
}

const unsent = new WeakSet<AbortSignal>();

/** Waits before a call is sent, for the first time or after an answer that says that it did nothing. */
export async function beforeSending<T>(signal: AbortSignal, wait: () => Promise<T>): Promise<T> {
  unsent.add(signal);
  try {
    return await wait();
  } finally {
    unsent.delete(signal);
  }
}

/** True while nothing is on its way of the one call that was given the signal. */
export function isUnsent(signal: AbortSignal): boolean {
  return unsent.has(signal);
}

/** Waits by our own will. A deadline that knows nothing of such waits runs on. */
export async function ownWait<T>(signal: AbortSignal, wait: () => Promise<T>): Promise<T> {
  const deadline = deadlines.get(signal);
  deadline?.pause();
  try {
    return await wait();
  } finally {
    deadline?.resume();
  }
}
