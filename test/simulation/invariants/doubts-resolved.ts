import type { Check, Ground } from '../invariant.js';

/** A create whose answer was lost is looked for by its name before anybody is told what became of it. */
export function doubtsResolved(ground: Ground): Check {
  /** Process and app -> launch ids whose answers were lost, and when. */
  const lost = new Map<string, Map<string, number>>();
  /** Request -> whose create it is. */
  const underWay = new Map<string | null, { readonly key: string; readonly name: string }>();
  /** Process and app -> when it asked for its list last. */
  const listedAt = new Map<string, number>();
  return {
    onOwnEffect({ entry, by, atMs }) {
      if (entry.effect !== 'create' || !entry.isAnswerLost) return;
      const key = `${by} ${entry.app}`;
      const names = lost.get(key) ?? new Map<string, number>();
      const name = String(entry.detail['name']);
      lost.set(key, names.set(name, atMs));
      underWay.set(entry.requestId, { key, name });
    },
    onOwnRequest(entry, by) {
      const create = underWay.get(entry.requestId);
      underWay.delete(entry.requestId);
      // Some odd answers can be read all the same.
      if (create !== undefined && !entry.isAnswerLost) lost.get(create.key)?.delete(create.name);
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
