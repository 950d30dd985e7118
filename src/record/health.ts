import type { Clock } from '../clock.js';
import type { Recorder } from '../ports.js';

/** Whether the loop ticks and has begun its work. */
export interface Health {
  readonly recorder: Recorder;
  /** False when no tick came for three intervals and 10 s: the loop hangs, a restart may help. */
  isLive(): boolean;
  /** True once the apps are known and a pass is done, or once the list turned out to be empty. */
  isReady(): boolean;
}

export function createHealth(clock: Clock, intervalMs: number): Health {
  let lastTickMs = clock.elapsedMs();
  let isReady = false;
  return {
    recorder: {
      pass() {
        isReady = true;
      },
      fleet(event) {
        if (event.kind === 'tick') lastTickMs = clock.elapsedMs();
        if (event.kind === 'app-list' && event.apps.length === 0) isReady = true;
      },
    },
    isLive: () => clock.elapsedMs() - lastTickMs <= 3 * intervalMs + 10_000,
    isReady: () => isReady,
  };
}
