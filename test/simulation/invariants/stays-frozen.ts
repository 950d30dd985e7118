import { isForbidden } from '../deeds.js';
import type { Check, Ground } from '../invariant.js';
import { WallClock } from '../wall-clock.js';

/** A call that was sent just before may arrive so much later. */
const CALL_MS = 10_000;

/** Nothing is done in a freeze but to take removals back. */
export function staysFrozen(ground: Ground): Check {
  const wall = new WallClock(ground);
  return {
    onOwnEffect(effect) {
      const freeze = effect.plan?.profile?.rules.freeze;
      wall.look();
      if (freeze === undefined || !isForbidden(effect, freeze.what)) return;
      if (!wall.hasBeenOpen(freeze, CALL_MS)) return;
      const { by, entry } = effect;
      const since = `${Math.round((wall.intoMs(freeze) ?? 0) / 1000)} s into a freeze`;
      ground.fail(
        'stays-frozen',
        `${by} ${entry.effect} ${entry.machine ?? ''} of ${entry.app}, ${since}`,
      );
    },
  };
}
