import { isForbidden } from '../deeds.js';
import type { Check, Ground } from '../invariant.js';

/** A call that was sent just before may arrive so much later. */
const CALL_MS = 10_000;

/** What operators pause is left alone by whoever was told, and by those that find it in a lasting state. */
export function staysPaused(ground: Ground): Check {
  return {
    onOwnEffect(effect) {
      const { entry, by, atMs, plan } = effect;
      if (plan === null) return;
      const state = ground.autoscalers.get(by)?.state;
      const pause = ground.pauses.find(
        (each) =>
          each.app === entry.app &&
          atMs - each.sinceMs >= CALL_MS &&
          atMs < each.untilMs &&
          ground.autoscalers.get(each.by)?.state === state &&
          isForbidden(effect, each.mode),
      );
      if (pause === undefined) return;
      const since = `${Math.round((atMs - pause.sinceMs) / 1000)} s into a pause (${pause.mode})`;
      ground.fail(
        'stays-paused',
        `${by} ${entry.effect} ${entry.machine ?? ''} of ${entry.app}, ${since}`,
      );
    },
  };
}
