import { isForced, markedGoal } from '../deeds.js';
import type { Check, Ground, OwnEffect } from '../invariant.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** A call that was sent just before may arrive so much later. */
const CALL_MS = 10_000;

/** Nothing is done in a freeze but to take removals back. */
export function staysFrozen(ground: Ground): Check {
  /** What the wall clock was ahead of the monotonic one, and since when. */
  let offset = { ms: Number.NaN, sinceMs: 0 };
  return {
    onOwnEffect(effect) {
      const freeze = effect.plan?.profile?.rules.freeze;
      const elapsedMs = ground.clock.elapsedMs();
      const wallMs = ground.clock.now();
      if (wallMs - elapsedMs !== offset.ms) offset = { ms: wallMs - elapsedMs, sinceMs: elapsedMs };
      if (freeze === undefined || !changes(effect)) return;
      const intoMs = (wallMs % HOUR_MS) - freeze.fromMinute * MINUTE_MS;
      const frozenMs = Math.min(intoMs, elapsedMs - offset.sinceMs);
      if (frozenMs < CALL_MS || intoMs >= freeze.minutes * MINUTE_MS) return;
      const { by, entry } = effect;
      const since = `${Math.round(intoMs / 1000)} s into a freeze`;
      ground.fail(
        'stays-frozen',
        `${by} ${entry.effect} ${entry.machine ?? ''} of ${entry.app}, ${since}`,
      );
    },
  };
}

function changes(effect: OwnEffect): boolean {
  switch (effect.entry.effect) {
    case 'create':
    case 'start':
    case 'stop':
    case 'suspend':
    case 'cordon':
      return true;
    case 'destroy':
      return !isForced(effect);
    case 'metadata':
      return markedGoal(effect) !== null;
    default:
      return false;
  }
}
