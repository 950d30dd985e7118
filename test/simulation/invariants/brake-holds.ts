import { isForced, markedGoal } from '../deeds.js';
import type { AppPlan } from '../fleet-plan.js';
import type { Check, Ground, OwnEffect } from '../invariant.js';
import { SERIES, type MetricName } from '../metrics.js';
import type { Wish } from '../sketches.js';

const MINUTE_MS = 60_000;
/** What is known of before is believed when it is so much older than the lie. */
const SETTLED_MS = 2 * MINUTE_MS;
/** Beyond what the rule asks for: what a process knows may be a little older than what its source says. */
const MARGIN = 0.7;
/** Of the apps that are held, so many begin to shrink a minute once the brake lets go. */
const LET_GO_SHARE = 0.1;

/**
 * While a source tells most of the fleet that nothing is to be done, nothing shrinks on it until the brake lets go; and then
 * a tenth of the apps a minute. Whoever goes on with a lasting state goes on holding.
 */
export function brakeHolds(ground: Ground): Check {
  const log = new BrakeLog(ground);
  /** Line of processes, metric and beginning of the lie -> apps that began to shrink since it was to be let go. */
  const begun = new Map<string, Set<string>>();
  return {
    onFleet: (by, event) => {
      if (event.kind === 'clock-jumped') log.noteJump(by);
      if (event.kind === 'brake') log.noteBrake(by, event.source, event.isOn);
    },
    onOwnEffect(effect) {
      const { plan, entry, by, atMs, snapshot } = effect;
      const { brake } = ground.plan;
      const goal = beginning(effect);
      if (brake === null || goal === null || plan?.profile == null || snapshot === null) return;
      const wish = goal === 'destroy' ? plan.profile.created : plan.profile.started;
      if (wish === null) return;
      const { metric } = wish;
      const lieMs = ground.lies.get(SERIES[metric]);
      if (lieMs === undefined) return;
      const newest = ground.readings.since(by, entry.app, metric, snapshot.firstAtMs).at(0);
      // Begun on what the source said before it lied.
      if (newest === undefined || newest.atMs < lieMs) return;
      const line = lineOf(ground, by);
      const onSinceMs = log.onSinceMs(line, metric, lieMs);
      if (onSinceMs === null || !log.mayJudge(line, metric, lieMs, by)) return;
      const fleet = fallen(ground, line, metric, lieMs, snapshot.firstAtMs);
      if (fleet.down < 4 || fleet.down < fleet.able.size * MARGIN) return;
      const what = `${by} ${entry.effect} ${entry.machine ?? ''} of ${entry.app} (${goal})`;
      const why = `while ${metric} says 0 to ${fleet.down} of ${fleet.able.size} apps`;
      const letGoAtMs = onSinceMs + brake.letGoAfterMs;
      if (atMs < letGoAtMs) {
        ground.fail('brake-holds', `${what} ${why}`);
        return;
      }
      // One that was on before the lie has let some apps go already.
      if (onSinceMs < lieMs || !fleet.fell.has(entry.app)) return;
      const key = `${line[0] ?? by} ${metric} ${lieMs}`;
      const apps = begun.get(key) ?? new Set();
      begun.set(key, apps.add(entry.app));
      const minutes = Math.floor((atMs - letGoAtMs) / MINUTE_MS) + 1;
      const most = minutes * Math.ceil(fleet.readers * LET_GO_SHARE);
      if (apps.size > most)
        ground.fail(
          'brake-pace',
          `${what} ${why}: the ${apps.size}th app in ${minutes} min, at most ${most}`,
        );
    },
  };
}

/** What happened to the brakes of each process; it is asked only for what excuses. */
class BrakeLog {
  readonly #ground: Ground;
  /** Process -> when its clocks jumped. */
  readonly #jumps = new Map<string, number[]>();
  /** Process and metric -> when its brake went on and off. */
  readonly #changes = new Map<string, { readonly atMs: number; readonly isOn: boolean }[]>();

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  noteJump(by: string): void {
    this.#jumps.set(by, [...(this.#jumps.get(by) ?? []), this.#ground.clock.elapsedMs()]);
  }

  noteBrake(by: string, source: string, isOn: boolean): void {
    const key = `${by} ${source}`;
    const changes = this.#changes.get(key) ?? [];
    this.#changes.set(key, changes);
    if (changes.at(-1)?.isOn !== isOn) changes.push({ atMs: this.#ground.clock.elapsedMs(), isOn });
  }

  /** Since when it must be on: the beginning of the lie, or of the hold that was under way then. Null: that one ended since. */
  onSinceMs(line: readonly string[], metric: string, lieMs: number): number | null {
    const changes = this.#changesOf(line, metric);
    const last = changes.findLast(({ atMs }) => atMs < lieMs);
    if (last?.isOn !== true) return lieMs;
    return changes.some(({ atMs, isOn }) => atMs >= lieMs && !isOn) ? null : last.atMs;
  }

  /** False: what a process of the line knew of before the lie may have been forgotten. */
  mayJudge(line: readonly string[], metric: string, lieMs: number, by: string): boolean {
    const [first] = line;
    const startedMs = this.#ground.autoscalers.get(first ?? '')?.startedAtMs ?? lieMs;
    if (startedMs > lieMs - SETTLED_MS) return false;
    const changes = this.#changesOf(line, metric);
    if (changes.some(({ atMs, isOn }) => !isOn && atMs > lieMs - SETTLED_MS && atMs < lieMs))
      return false;
    const tripMs = changes.find(({ atMs, isOn }) => isOn && atMs >= lieMs)?.atMs;
    const knownMs = tripMs ?? Number.POSITIVE_INFINITY;
    const jumps = line.flatMap((name) => this.#jumps.get(name) ?? []);
    if (jumps.some((atMs) => atMs > lieMs - SETTLED_MS && atMs < knownMs)) return false;
    // Whoever began since then must have found the brake on.
    const beganMs = this.#ground.autoscalers.get(by)?.startedAtMs ?? 0;
    return beganMs <= lieMs || knownMs < beganMs;
  }

  #changesOf(line: readonly string[], metric: string) {
    return line
      .flatMap((name) => this.#changes.get(`${name} ${metric}`) ?? [])
      .sort((a, b) => a.atMs - b.atMs);
  }
}

/** The processes up to this one that had its state before it, the first of them first. */
function lineOf(ground: Ground, by: string): readonly string[] {
  const state = ground.autoscalers.get(by)?.state;
  const line = ground.autoscalers.all.filter((each) => each.state === state);
  return line.slice(0, line.findIndex(({ name }) => name === by) + 1).map(({ name }) => name);
}

/** The goal of a removal that begins with the effect. */
function beginning(effect: OwnEffect): string | null {
  const { entry, snapshot } = effect;
  if (entry.effect === 'metadata') return markedGoal(effect);
  if (entry.effect !== 'destroy' || isForced(effect)) return null;
  const seen = snapshot?.members.find(({ id }) => id === entry.machine);
  return seen?.mark === null ? 'destroy' : null;
}

interface Fallen {
  /** No more apps than that can be held. */
  readonly readers: number;
  /** Apps that could shrink before the lie. */
  readonly able: ReadonlySet<string>;
  /** Those of them that wanted more than their least in any case. */
  readonly fell: ReadonlySet<string>;
  /** How many of those that could shrink it has brought down. */
  readonly down: number;
}

/** By what the processes were told. */
function fallen(
  ground: Ground,
  line: readonly string[],
  metric: MetricName,
  lieMs: number,
  decidedAtMs: number,
): Fallen {
  const able = new Set<string>();
  const fell = new Set<string>();
  let readers = 0;
  let down = 0;
  for (const app of ground.plan.apps) {
    const wishes = wishesOf(app, metric);
    if (wishes.length === 0) continue;
    readers += 1;
    if (!ground.sim.world.apps.has(app.name)) continue;
    const sinceMs = lieMs - MINUTE_MS;
    const known = line
      .flatMap((by) => ground.readings.since(by, app.name, metric, sinceMs))
      .sort((a, b) => a.atMs - b.atMs);
    // Of what was said before only the last still held then, whichever process was told it.
    const newest = known.findLastIndex(({ atMs }) => atMs < sinceMs);
    const readings = known.slice(Math.max(0, newest));
    const before = readings.filter(({ atMs, isGood }) => isGood && atMs < lieMs);
    const falls = wishes.map(({ wish, floor }) => {
      const least = Math.max(floor, wish.max(0) ?? floor);
      const isAbove = (bound: Wish['min']) =>
        before.some(({ value }) => (bound(value) ?? 0) > least);
      return { isAble: isAbove(wish.max), hasFallen: isAbove(wish.min) };
    });
    if (!falls.some(({ isAble }) => isAble)) continue;
    able.add(app.name);
    if (falls.some(({ hasFallen }) => hasFallen)) fell.add(app.name);
    const last = readings.findLast(({ atMs }) => atMs <= decidedAtMs);
    if (last !== undefined && last.atMs >= lieMs && last.isGood && last.value === 0) down += 1;
  }
  return { readers, able, fell, down };
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
