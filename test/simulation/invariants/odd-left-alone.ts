import type { Check, Ground } from '../invariant.js';

/** What the process could not read when it looked at a machine last is not acted on. */
export function oddLeftAlone(ground: Ground): Check {
  /** Process and machine -> when it was read last by itself, by the world's clock. */
  const readAt = new Map<string, number>();
  return {
    onOwnRequest({ action, machine, atMs, status }, by) {
      if (action === 'get-machine' && machine !== null && status === 200)
        readAt.set(`${by} ${machine}`, atMs);
    },
    onOwnEffect({ entry, by }) {
      const { machine, effect, app } = entry;
      if (machine === null || effect === 'create' || effect === 'volume-create') return;
      const oddSinceMs = ground.sim.faults.oddSinceMs(machine);
      const wasRead = readAt.get(`${by} ${machine}`);
      if (oddSinceMs === null || wasRead === undefined || wasRead < oddSinceMs) return;
      ground.fail('odd-left-alone', `${by} ${effect} ${machine} of ${app}, which cannot be read`);
    },
  };
}
