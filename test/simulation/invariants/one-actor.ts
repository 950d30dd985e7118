import { AGENT_PREFIX } from '../autoscaler.js';
import type { Check, Ground } from '../invariant.js';

/** How the lease for a whole app is described; a new machine comes with one of its own, which is not. */
const OF_APP = 'fly-autoscaler ';

interface Holder {
  readonly owner: string;
  readonly id: string;
}

/** Whoever has seen another at work on an app, by its lease on any machine of it, does nothing there. */
export function oneActor(ground: Ground): Check {
  /** Process and app -> who else held a lease of the app on the first list under the lease of its own. */
  const others = new Map<string, readonly Holder[]>();
  ground.sim.subscribe((entry) => {
    if (entry.kind !== 'effect' || entry.effect !== 'lease') return;
    if (!entry.userAgent.startsWith(AGENT_PREFIX) || entry.detail['description'] === '') return;
    others.delete(`${entry.userAgent.slice(AGENT_PREFIX.length)} ${entry.app}`);
  });
  return {
    onOwnRequest({ action, app, status, isAnswerLost }, by) {
      if (action !== 'list-machines' || app === null || status !== 200 || isAnswerLost) return;
      const key = `${by} ${app}`;
      if (others.has(key)) return;
      const { apps, conditions } = ground.sim.world.state;
      const { nowMs } = ground.sim.world.engine;
      const machines = [...(apps.get(app)?.machines.values() ?? [])];
      // A list leaves out what is gone, whoever holds its lease; of what is odd as a whole nothing can be read.
      const held = machines.flatMap(({ id, lease, state }) =>
        lease !== null &&
        state !== 'destroyed' &&
        conditions.oddMachines.get(id)?.path.length !== 0 &&
        lease.expiresAtMs > nowMs &&
        lease.owner !== by &&
        lease.description.startsWith(OF_APP)
          ? [{ owner: lease.owner, id }]
          : [],
      );
      others.set(key, held);
    },
    onOwnEffect({ entry, by }) {
      // Nobody can tell of a machine that the list lacks.
      const other = others
        .get(`${by} ${entry.app}`)
        ?.find(({ id }) => ground.snapshots.isOnList(by, entry.app, id));
      if (other === undefined) return;
      const what = `${by} ${entry.effect} ${entry.machine ?? ''} of ${entry.app}`;
      ground.fail(
        'one-actor',
        `${what}: ${other.owner} on ${other.id} was seen to hold a lease for the app`,
      );
    },
  };
}
