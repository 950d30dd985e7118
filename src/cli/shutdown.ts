/** Ending on a signal. */
import type { Clock } from '../seams/clock.js';
import type { CliContext, StopSignal } from './context.js';

/** Fly kills 5 s after the signal; what is not done by then is found again by the next process. */
const DRAIN_LIMIT_MS = 3500;

const EXIT_CODES: Readonly<Record<StopSignal, number>> = { SIGINT: 130, SIGTERM: 143 };

export interface Stopping {
  /** Aborts with the first signal. */
  readonly signal: AbortSignal;
  /** Aborts as the signal does. */
  readonly stop: () => void;
}

/**
 * Runs `work` until it ends or a signal comes; then `work` has `DRAIN_LIMIT_MS` to drain.
 * A second signal ends the process at once, with its exit code, also while the caller closes what is open.
 * Rejects as `work` does, unless it was told to stop.
 * Answers whether the work has ended by itself or in time.
 */
export async function untilStopped(
  context: Pick<CliContext, 'onSignal' | 'exit'> & { readonly clock: Clock },
  work: (stopping: Stopping) => Promise<void>,
  onStop: (signal: StopSignal) => void = () => undefined,
): Promise<'ended' | 'drained' | 'cut-off'> {
  const controller = new AbortController();
  const drained = new AbortController();
  let isSignalled = false;
  const unsubscribe = context.onSignal((signal) => {
    if (controller.signal.aborted) {
      context.exit(EXIT_CODES[signal]);
      return;
    }
    isSignalled = true;
    onStop(signal);
    controller.abort();
  });
  const limit = new Promise<'cut-off'>((resolve) => {
    controller.signal.addEventListener(
      'abort',
      () => {
        const timeUp = context.clock.sleep(DRAIN_LIMIT_MS, drained.signal);
        timeUp.then(
          () => resolve('cut-off'),
          () => undefined,
        );
      },
      { once: true },
    );
  });
  const working = work({ signal: controller.signal, stop: () => controller.abort() }).then(
    () => (controller.signal.aborted ? ('drained' as const) : ('ended' as const)),
    (error: unknown) => {
      // What breaks off because it was told to has not failed.
      if (controller.signal.aborted) return 'drained' as const;
      throw error;
    },
  );
  try {
    return await Promise.race([working, limit]);
  } finally {
    drained.abort();
    if (!isSignalled) unsubscribe();
  }
}
