import type { Check, Ground } from '../invariant.js';

/** Passes of one app never overlap, and none fails by a mistake of ours. */
export function passesApart(ground: Ground): Check {
  const ended = new Map<string, { startMs: number; endMs: number }>();
  return {
    onReport(by, { app, durationMs, error }) {
      const key = `${by} ${app}`;
      const endMs = ground.clock.elapsedMs();
      const startMs = endMs - durationMs;
      const before = ended.get(key);
      // Each policy of an app has a report of the same pass.
      if (before !== undefined && startMs < before.endMs && startMs !== before.startMs) {
        ground.fail(
          'passes-apart',
          `${key}: a pass began at ${startMs} ms, the one before ended at ${before.endMs} ms`,
        );
      }
      ended.set(key, { startMs, endMs });
      if (error?.code === 'internal') ground.fail('passes-apart', `${key}: ${error.message}`);
    },
  };
}
