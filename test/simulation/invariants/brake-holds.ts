import { isForced, markedGoal } from '../deeds.js';
import type { AppPlan } from '../fleet-plan.js';
import type { Check, Ground, OwnEffect } from '../invariant.js';
import { SERIES, type MetricName, type Wish } from '../profiles.js';

const MINUTE_MS = 60_000;
/** Beyond what the rule asks for: what a process knows may be a little older than what its source says. */
const MARGIN = 0.7;

/** While a source tells most of the fleet that nothing is to be done, nothing shrinks on it until the brake lets go. */
export function brakeHolds(ground: Ground): Check {
  /** Process and metric -> when its brake ended last; process -> when its clocks jumped. */
  const resets = new Map<string, number>();
  /** Process and metric -> since when its brake is on. */
  const trips = new Map<string, number>();
  return {
    onFleet(by, event) {
      const nowMs = ground.clock.elapsedMs();
      if (event.kind === 'clock-jumped') resets.set(by, nowMs);
      if (event.kind !== 'brake') return;
      const key = `${by} ${event.source}`;
      if (!event.isOn) {
        resets.set(key, nowMs);
        trips.delete(key);
      } else if (event.change === 'tripped') trips.set(key, nowMs);
    },
    onOwnEffect(effect) {
      const { plan, entry, by, atMs, snapshot } = effect;
      const { brake } = ground.plan;
      const goal = beginning(effect);
      if (brake === null || goal === null || plan?.profile == null || snapshot === null) return;
      const wish = goal === 'destroy' ? plan.profile.created : plan.profile.started;
      if (wish === null) return;
      const lieMs = ground.lies.get(SERIES[wish.metric]);
      if (lieMs === undefined || atMs - lieMs >= brake.letGoAfterMs) return;
      // One that was on before the lie has let some apps go already, which may follow what they are told.
      const tripMs = trips.get(`${by} ${wish.metric}`) ?? lieMs;
      if (tripMs < lieMs && atMs - tripMs >= brake.letGoAfterMs) return;
      const newest = ground.readings.since(by, entry.app, wish.metric, atMs).at(0);
      // Begun on what the source said before it lied.
      if (newest === undefined || newest.atMs < lieMs) return;
      const resetMs = Math.max(resets.get(by) ?? 0, resets.get(`${by} ${wish.metric}`) ?? 0);
      const startedMs = ground.autoscalers.get(by)?.startedAtMs ?? lieMs;
      if (Math.max(resetMs, startedMs) > lieMs - 2 * MINUTE_MS) return;
      const { able, down } = fallen(ground, by, wish.metric, lieMs, snapshot.firstAtMs);
      if (down >= 4 && down >= able * MARGIN) {
        const what = `${entry.effect} ${entry.machine ?? ''} of ${entry.app} (${goal})`;
        ground.fail(
          'brake-holds',
          `${by} ${what} while ${wish.metric} says 0 to ${down} of ${able} apps`,
        );
      }
    },
  };
}

/** The goal of a removal that begins with the effect. */
function beginning(effect: OwnEffect): string | null {
  const { entry, snapshot } = effect;
  if (entry.effect === 'metadata') return markedGoal(effect);
  if (entry.effect !== 'destroy' || isForced(effect)) return null;
  const seen = snapshot?.members.find(({ id }) => id === entry.machine);
  return seen?.mark === null ? 'destroy' : null;
}

/** By what the process was told: apps that could shrink before the lie, and those that it has brought down. */
function fallen(
  ground: Ground,
  by: string,
  metric: MetricName,
  lieMs: number,
  decidedAtMs: number,
): { able: number; down: number } {
  let [able, down] = [0, 0];
  for (const app of ground.plan.apps) {
    if (!ground.sim.world.apps.has(app.name)) continue;
    const wishes = wishesOf(app, metric);
    const readings = ground.readings.since(by, app.name, metric, lieMs - MINUTE_MS);
    const before = readings.filter(({ atMs, isGood }) => isGood && atMs < lieMs);
    const couldShrink = wishes.some(({ wish, floor }) => {
      const least = Math.max(floor, wish.max(0) ?? floor);
      return before.some(({ value }) => (wish.max(value) ?? 0) > least);
    });
    if (!couldShrink) continue;
    able += 1;
    const last = readings.findLast(({ atMs }) => atMs <= decidedAtMs);
    if (last !== undefined && last.atMs >= lieMs && last.isGood && last.value === 0) down += 1;
  }
  return { able, down };
}

function wishesOf(
  { profile }: AppPlan,
  metric: MetricName,
): readonly { readonly wish: Wish; readonly floor: number }[] {
  return [
    { wish: profile?.created ?? null, floor: 1 },
    { wish: profile?.started ?? null, floor: 0 },
  ].flatMap(({ wish, floor }) => (wish?.metric === metric ? [{ wish, floor }] : []));
}
