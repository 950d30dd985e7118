import type { Clock } from '../clock.js';
import type { Recorder } from '../ports.js';

/** Whether the loop ticks and has begun its work. */
export interface Health {
  readonly recorder: Recorder;
  /**
   * False when no tick came for three intervals and 10 s since the last: the loop hangs, a restart may help.
   * Before the first tick the apps may not be known yet, because Fly does not answer: no restart helps there.
   */
  isLive(): boolean;
  /** True once the apps are known and a pass is done, or once the list turned out to be empty. */
  isReady(): boolean;
}

/** `interval.ms`: time from one tick to the next, at present. */
export function createHealth(clock: Clock, interval: { readonly ms: number }): Health {
  let lastTickMs: number | null = null;
  let isReady = false;
  return {
    recorder: {
      pass() {
        isReady = true;
      },
      fleet(event) {
        if (event.kind === 'tick') lastTickMs = clock.elapsedMs();
        // The apps of a new configuration may have to be listed first.
        if (event.kind === 'reconfigured') lastTickMs = null;
        if (event.kind === 'app-list' && event.apps.length === 0) isReady = true;
      },
    },
    isLive: () => lastTickMs === null || clock.elapsedMs() - lastTickMs <= 3 * interval.ms + 10_000,
    isReady: () => isReady,
  };
}
