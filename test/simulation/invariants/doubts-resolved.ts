import type { Check, Ground } from '../invariant.js';

/** A create whose answer was lost is looked for by its name before anybody is told what became of it. */
export function doubtsResolved(ground: Ground): Check {
  /** Process and app -> launch ids whose answers were lost, and when. */
  const lost = new Map<string, Map<string, number>>();
  /** Process and app -> when it asked for its list last. */
  const listedAt = new Map<string, number>();
  return {
    onOwnEffect({ entry, by, atMs }) {
      if (entry.effect !== 'create' || !entry.isAnswerLost) return;
      const key = `${by} ${entry.app}`;
      const names = lost.get(key) ?? new Map<string, number>();
      lost.set(key, names.set(String(entry.detail['name']), atMs));
    },
    onOwnRequest(entry, by) {
      if (entry.action === 'list-machines')
        listedAt.set(`${by} ${entry.app ?? ''}`, ground.clock.elapsedMs());
    },
    onReport(by, { app, outcomes, durationMs }) {
      const key = `${by} ${app}`;
      const names = lost.get(key);
      // Of several policies of the app each tells of its own creates.
      if (!outcomes.some(({ action }) => action.kind === 'create')) return;
      lost.delete(key);
      // At the end of its time a pass can look no more, nor when its process stops.
      const isCutShort =
        durationMs >= ground.plan.timeoutMs || ground.autoscalers.get(by)?.isStopping === true;
      if (names === undefined || isCutShort) return;
      for (const { action, result } of outcomes) {
        const lostAtMs = action.kind === 'create' ? names.get(action.launchId) : undefined;
        if (lostAtMs === undefined || action.kind !== 'create') continue;
        if ((listedAt.get(key) ?? 0) < lostAtMs) {
          ground.fail(
            'doubts-resolved',
            `${key}: ${action.launchId} is told ${result} without a look`,
          );
        }
      }
    },
  };
}
