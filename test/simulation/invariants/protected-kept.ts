import type { SimMachine } from '../../../src/simulator/index.js';
import { isForced, markedGoal } from '../deeds.js';
import type { Check, Ground, OwnEffect } from '../invariant.js';
import { isProtectedByPeople, PROTECT_KEY } from '../machine-troubles.js';

/** A machine that a process has read as protected by people is not touched by it, but to be taken back. */
export function protectedKept(ground: Ground): Check {
  /** Process and machine -> whether it was protected when it was read last. */
  const wasProtected = new Map<string, boolean>();
  return {
    onOwnRequest({ action, app, machine }, by) {
      if (action !== 'get-machine' || app === null || machine === null) return;
      const read = ground.sim.world.state.apps.get(app)?.machines.get(machine);
      wasProtected.set(`${by} ${machine}`, read !== undefined && isProtected(ground, read));
    },
    onOwnEffect(effect) {
      const { entry, by, machine } = effect;
      if (machine === undefined || !takesAway(effect)) return;
      // It may have been protected since it was read.
      if (wasProtected.get(`${by} ${machine.id}`) === true && isProtected(ground, machine)) {
        const value = machine.config.metadata?.[PROTECT_KEY];
        const what = `${by} ${entry.effect} ${machine.id} of ${entry.app}`;
        ground.fail('protected-kept', `${what}, which says ${PROTECT_KEY}=${value}`);
      }
    },
  };
}

/** By people, and by the clock that the processes go by: a mark that came with a copy protects nobody. */
function isProtected(ground: Ground, { id, config }: SimMachine): boolean {
  const written = config.metadata?.[PROTECT_KEY];
  if (written === undefined || !isProtectedByPeople(ground.sim, id)) return false;
  const text = written.replace(id, '').trim();
  if (text === 'true' || text === '') return true;
  const untilMs = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text);
  return ground.clock.now() < untilMs;
}

function takesAway(effect: OwnEffect): boolean {
  switch (effect.entry.effect) {
    case 'metadata':
      return markedGoal(effect) !== null;
    case 'destroy':
      return !isForced(effect);
    case 'cordon':
    case 'stop':
    case 'suspend':
      return true;
    default:
      return false;
  }
}
