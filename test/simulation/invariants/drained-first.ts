import { markedGoal } from '../deeds.js';
import type { Check, Ground, OwnEffect } from '../invariant.js';
import { DRAIN_TIMEOUT_MS } from '../metrics.js';

/** A zero from before the cordon says nothing; sources look at machines every so often. */
const SETTLE_MS = 15_000;
/** A call that waits for its turn comes so much later than what it was decided on. */
const CALL_MS = 20_000;

interface Mark {
  readonly by: string;
  readonly atMs: number;
  readonly jumps: number;
}

/** A busy machine is stopped neither before it is busy with nothing nor before its time is up. */
export function drainedFirst(ground: Ground): Check {
  const marks = new Map<string, Mark>();
  let jumps = 0;
  return {
    onFleet(_by, event) {
      if (event.kind === 'clock-jumped') jumps += 1;
    },
    onOwnEffect(effect) {
      const { entry, by, plan, atMs } = effect;
      const { machine } = entry;
      if (plan?.profile?.isBusyKnown !== true || machine === null) return;
      if (markedGoal(effect) !== null) marks.set(machine, { by, atMs, jumps });
      if (entry.effect !== 'stop' && entry.effect !== 'suspend') return;
      const mark = marks.get(machine);
      if (mark === undefined) {
        ground.fail('drained-first', `${by} ${entry.effect} ${machine}, which has no mark`);
        return;
      }
      const ageMs = atMs - mark.atMs;
      // Another process knows of the mark's age by wall time alone.
      const isAgeUnclear = mark.by !== by && jumps > mark.jumps;
      // A mark names the time of its decision, and the call comes somewhat later.
      if (ageMs >= DRAIN_TIMEOUT_MS - CALL_MS || isAgeUnclear) return;
      if (ageMs >= SETTLE_MS && wasIdle(ground, effect, machine)) return;
      const told = readings(ground, effect).map((r) => `${r.values?.get(machine)}`);
      ground.fail(
        'drained-first',
        `${by} ${entry.effect} ${machine} of ${entry.app} after ${ageMs} ms, told: ${told.join(', ')}`,
      );
    },
  };
}

function readings(ground: Ground, { by, entry, atMs }: OwnEffect) {
  return ground.busy.since(by, entry.app, atMs - CALL_MS);
}

function wasIdle(ground: Ground, effect: OwnEffect, machine: string): boolean {
  return readings(ground, effect).some(({ values }) => values?.get(machine) === 0);
}
