import { isForced, markedGoal } from '../deeds.js';
import type { Check, Ground, OwnEffect } from '../invariant.js';
import { WallClock } from '../wall-clock.js';

/** Two clocks round to whole milliseconds where times are stored. */
const ROUNDING_MS = 10;

/** After an action of a policy nothing is begun for its cooldown, whoever acted on the same lasting state. */
export function coolsDown(ground: Ground): Check {
  /** App and profile -> what was done to it, oldest first. */
  const acts = new Map<string, OwnEffect[]>();
  const wall = new WallClock(ground);
  return {
    onOwnEffect(effect) {
      wall.look();
      const { plan, entry, by, snapshot, atMs } = effect;
      const profile = plan?.profile ?? null;
      const { cooldownMs } = profile?.rules ?? {};
      const direction = directionOf(effect);
      if (entry.effect === 'destroy' && isForced(effect)) forgetCreate(acts, effect);
      if (profile === null || cooldownMs === undefined || direction === null) return;
      const key = `${entry.app} ${profile.name}`;
      const known = acts.get(key) ?? [];
      acts.set(key, [...known.filter((each) => atMs - each.atMs < LONGEST_MS), effect]);
      const restMs = cooldownMs[direction];
      if (snapshot === null || restMs === 0) return;
      if (direction === 'up' && wall.hasDeceived(restMs)) return;
      const process = ground.autoscalers.get(by);
      const last = known.findLast(
        (each) =>
          each.atMs < snapshot.firstAtMs &&
          ground.autoscalers.get(each.by)?.state === process?.state,
      );
      const sinceMs = snapshot.firstAtMs - (last?.atMs ?? Number.NEGATIVE_INFINITY);
      const what = `${by} ${entry.effect} ${entry.machine ?? ''} of ${entry.app}`;
      if (sinceMs < restMs - ROUNDING_MS)
        ground.fail(
          'cools-down',
          `${what}: ${Math.round(sinceMs / 1000)} s after the last action, ${restMs / 1000} s wanted`,
        );
      const forMs = atMs - (process?.startedAtMs ?? 0);
      const isUnknown = direction === 'down' && process?.state.isDurable === false;
      if (isUnknown && forMs < restMs)
        ground.fail('cools-down', `${what}: ${Math.round(forMs / 1000)} s after the start`);
    },
  };
}

/** A create that a release overtook is taken back at once: nothing was done. */
function forgetCreate(acts: Map<string, OwnEffect[]>, { entry }: OwnEffect): void {
  for (const [key, known] of acts) {
    if (!key.startsWith(`${entry.app} `)) continue;
    acts.set(
      key,
      known.filter(
        (each) => each.entry.effect !== 'create' || each.entry.machine !== entry.machine,
      ),
    );
  }
}

const LONGEST_MS = 10 * 60_000;

/** Of what begins with the effect; null: nothing does. */
function directionOf(effect: OwnEffect): 'up' | 'down' | null {
  const { entry, snapshot } = effect;
  const seen = snapshot?.members.find(({ id }) => id === entry.machine);
  if (entry.effect === 'create') return 'up';
  if (seen === undefined || seen.mark !== null) return null;
  if (entry.effect === 'start') return 'up';
  if (entry.effect === 'destroy') return isForced(effect) ? null : 'down';
  return markedGoal(effect) === null ? null : 'down';
}
