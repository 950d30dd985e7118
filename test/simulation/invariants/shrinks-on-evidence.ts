import { Deeds, isForced, markedGoal } from '../deeds.js';
import type { Check, Ground, OwnEffect } from '../invariant.js';
import type { Profile } from '../profiles.js';
import type { Wish } from '../sketches.js';
import type { Reading } from '../readings.js';
import { healthy, RUNS, type AppSnapshot, type MachineSnapshot } from '../snapshots.js';
import { goodReadings, readingsFor, wantedBy } from '../wishes.js';

/** Nothing shrinks without a fresh good sample, nor below what it asks for, nor by more than half in a pass. */
export function shrinksOnEvidence(ground: Ground): Check {
  return {
    onOwnEffect(effect) {
      const { plan, snapshot, entry } = effect;
      const profile = plan?.profile ?? null;
      const goal = goalOf(effect);
      if (profile === null || snapshot === null || goal === null) return;
      const seen = snapshot.members.find(({ id }) => id === entry.machine);
      if (seen === undefined) return;
      const wish = goal === 'destroy' ? profile.created : profile.started;
      const what = `${effect.by} ${entry.effect} ${seen.id} of ${entry.app} (${goal})`;
      if (wish === null) {
        ground.fail('shrinks-on-evidence', `${what}: no policy for it`);
        return;
      }
      judge(ground, effect, { what, wish, profile, snapshot, seen, goal });
    },
  };
}

interface Case {
  readonly what: string;
  readonly wish: Wish;
  readonly profile: Profile;
  readonly snapshot: AppSnapshot;
  readonly seen: MachineSnapshot;
  readonly goal: string;
}

/** Towards what end the effect takes its machine; null: it takes nothing away. */
function goalOf(effect: OwnEffect): string | null {
  const { entry, machine } = effect;
  if (entry.effect === 'metadata') return markedGoal(effect);
  if (entry.effect === 'destroy') return isForced(effect) ? null : 'destroy';
  if (entry.effect !== 'cordon' && entry.effect !== 'stop' && entry.effect !== 'suspend')
    return null;
  const mark = machine?.config.metadata?.['fas-remove'];
  // Without a mark it is nobody's removal, which is wrong enough to be told as the worst.
  return mark === undefined
    ? 'destroy'
    : ((JSON.parse(mark) as { goal?: string }).goal ?? 'destroy');
}

function judge(ground: Ground, effect: OwnEffect, one: Case): void {
  const { what, wish, snapshot, seen, goal } = one;
  const readings = readingsFor(ground, effect, wish, snapshot);
  const good = goodReadings(ground, readings, wish, snapshot);
  if (good.length === 0) {
    const told = readings.map(({ value, isGood }) => `${value}${isGood ? '' : '?'}`).join(', ');
    ground.fail(
      'shrinks-on-evidence',
      `${what} without a fresh good sample of ${wish.metric} (${told})`,
    );
    return;
  }
  if (seen.mark !== null) {
    // Of what the pass found under way only this may be judged: that the machines that stay are enough.
    const least = Math.min(...wantedBy(wish, readings).mins);
    const stay = staying(snapshot, goal).length + new Deeds(ground, effect, snapshot).undone.size;
    if (stay < least && seen.state !== 'failed') {
      ground.fail('shrinks-too-far', `${what}: ${stay} stay, ${least} wanted`);
    }
    return;
  }
  const { maxes } = wantedBy(wish, good);
  const least = goal === 'destroy' ? Math.max(1, Math.min(...maxes)) : Math.min(...maxes);
  const deeds = new Deeds(ground, effect, snapshot);
  const taken = goal === 'destroy' ? deeds.removals : deeds.stops;
  const left = staying(snapshot, goal).filter(({ id }) => !taken.has(id)).length;
  if (left < least) {
    ground.fail(
      'shrinks-too-far',
      `${what}: ${left} left, ${least} wanted (${told(good, snapshot)})`,
    );
  }
  if (goal === 'destroy') startedFloor(ground, effect, one);
  capped(ground, effect, one);
}

function staying(snapshot: AppSnapshot, goal: string): readonly MachineSnapshot[] {
  const all = healthy(snapshot);
  return goal === 'destroy' ? all : all.filter((m) => m.mark === null && RUNS.has(m.state));
}

/** Destroying machines that run leaves as many running as are wanted. */
function startedFloor(
  ground: Ground,
  effect: OwnEffect,
  { what, profile, snapshot, seen }: Case,
): void {
  if (profile.started === null || !RUNS.has(seen.state)) return;
  const readings = readingsFor(ground, effect, profile.started, snapshot);
  const least = Math.min(...wantedBy(profile.started, readings).mins);
  const { stops } = new Deeds(ground, effect, snapshot);
  const running = staying(snapshot, 'stop').filter(({ id }) => !stops.has(id)).length;
  if (running < least) ground.fail('shrinks-too-far', `${what}: ${running} run, ${least} wanted`);
}

function capped(ground: Ground, effect: OwnEffect, { what, snapshot, goal }: Case): void {
  const own = new Deeds(ground, effect, snapshot, 'own');
  const begun = goal === 'destroy' ? own.removals.size : own.mereStops.size;
  const current = staying(snapshot, goal).length;
  if (begun > Math.ceil(current / 2)) {
    ground.fail('caps', `${what}: ${begun} in one pass, ${current} were there`);
  }
}

/** Values and how long before the list they came. */
function told(readings: readonly Reading[], snapshot: AppSnapshot): string {
  return readings
    .map(
      ({ value, isGood, atMs }) => `${value}${isGood ? '' : '?'} ${snapshot.atMs - atMs} ms before`,
    )
    .join(', ');
}
