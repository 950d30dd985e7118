import { isForced } from '../deeds.js';
import type { Check, Ground } from '../invariant.js';

/** Whoever changes an app holds a lease on it and has listed it since; an undo outlives nothing but the list. */
export function aloneAtWork(ground: Ground): Check {
  return {
    onOwnEffect(effect) {
      const { entry, by, snapshot } = effect;
      const what = `${by} ${entry.effect} ${entry.machine ?? ''} of ${entry.app}`;
      if (snapshot === null) ground.fail('alone-at-work', `${what}: without a list under a lease`);
      const app = ground.sim.world.state.apps.get(entry.app);
      const { nowMs } = ground.sim.world.engine;
      const isHolder = [...(app?.machines.values() ?? [])].some(
        ({ id, lease }) =>
          lease !== null &&
          lease.owner === by &&
          lease.expiresAtMs > nowMs &&
          (entry.effect !== 'create' || id !== entry.machine),
      );
      if (!isHolder)
        ground.fail(
          'alone-at-work',
          `${what}: holding no lease${isForced(effect) ? ' (undo)' : ''}`,
        );
    },
  };
}
