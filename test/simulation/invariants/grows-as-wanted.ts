import { Deeds } from '../deeds.js';
import type { Check, Ground, OwnEffect } from '../invariant.js';
import type { Profile } from '../profiles.js';
import { present, RUNS, type AppSnapshot, type MachineSnapshot } from '../snapshots.js';
import { readingsFor, wantedBy } from '../wishes.js';

const CREATES_PER_PASS = 10;
const REFUSED_MS = 90_000;
/** What takes a removal back. */
const RETURNING: ReadonlySet<string> = new Set([
  'uncordon-machine',
  'start-machine',
  'patch-metadata',
]);
const AT_REST: ReadonlySet<string> = new Set(['started', 'stopped', 'suspended']);
/** Nobody can tell yet whether these will run. */
const UNCLEAR: ReadonlySet<string> = new Set(['created', 'replacing', 'updating']);

/** At most one create for each missing machine, whoever made it; no growth without a number that wants it. */
export function growsAsWanted(ground: Ground): Check {
  const refused: RefusedReturns = new Map();
  return {
    onOwnRequest({ action, machine, status, isAnswerLost }) {
      const isGood = status !== null && status < 300 && !isAnswerLost;
      if (RETURNING.has(action) && machine !== null && !isGood) {
        refused.set(machine, ground.clock.elapsedMs());
      }
    },
    onOwnEffect(effect) {
      const profile = effect.plan?.profile ?? null;
      if (profile === null || effect.snapshot === null) return;
      if (effect.entry.effect === 'create') {
        onCreate(ground, effect, profile, effect.snapshot);
        undoFirst(ground, effect, effect.snapshot, refused);
      }
      if (effect.entry.effect === 'start') onStart(ground, effect, profile, effect.snapshot);
    },
  };
}

function onCreate(
  ground: Ground,
  effect: OwnEffect,
  profile: Profile,
  snapshot: AppSnapshot,
): void {
  const { entry, by } = effect;
  const what = `${by} created ${entry.machine ?? ''} of ${entry.app}`;
  const { created } = profile;
  if (created === null) {
    ground.fail('grows-as-wanted', `${what}: no policy for created machines`);
    return;
  }
  const { mins } = wantedBy(created, readingsFor(ground, effect, created, snapshot));
  if (mins.length === 0) ground.fail('grows-as-wanted', `${what} on an expression without a value`);
  const made = new Deeds(ground, effect, snapshot).creates.length;
  const seen = present(snapshot);
  const most = Math.max(1, ...mins);
  if (mins.length > 0 && seen.length + made > most) {
    ground.fail(
      'create-once',
      `${what}: ${seen.length} were there, ${made} made since, ${most} wanted`,
    );
  }
  const madeInPass = new Deeds(ground, effect, snapshot, 'own').creates.length;
  // One that is out of sight counts until the process has missed it for long, which it may do later than we.
  const current = snapshot.members.filter(({ mark }) => mark !== 'destroy').length;
  if (madeInPass > Math.max(CREATES_PER_PASS, current)) {
    ground.fail('caps', `${what}: ${madeInPass} in one pass, ${current} were there`);
  }
  if (snapshot.existing + made > profile.maxMachinesPerApp) {
    ground.fail('caps', `${what}: ${snapshot.existing} existed, ${made} made since`);
  }
  if (!String(entry.detail['name']).startsWith('fas-'))
    ground.fail('create-once', `${what}: no launch id`);
  onLaunch(ground, effect, profile, snapshot, what);
}

function onLaunch(
  ground: Ground,
  effect: OwnEffect,
  profile: Profile,
  snapshot: AppSnapshot,
  what: string,
): void {
  if (effect.entry.detail['skipLaunch'] === true) return;
  if (profile.initialState === 'stopped')
    ground.fail('grows-as-wanted', `${what}: it should stay stopped`);
  if (profile.started === null) return;
  const { maxes } = wantedBy(
    profile.started,
    readingsFor(ground, effect, profile.started, snapshot),
  );
  const running = runningAfter(ground, effect, snapshot);
  if (running > Math.max(...maxes)) {
    ground.fail(
      'grows-as-wanted',
      `${what}, launched: ${running} run, at most ${Math.max(...maxes)} wanted`,
    );
  }
}

/** When each machine was last asked in vain to come back, in monotonic time. */
type RefusedReturns = Map<string, number>;

/**
 * Whatever is on its way out and could be had back comes before anything new.
 * One that could not be had back is not waited for: others take its place for a minute, and for the pass that is under way then.
 */
function undoFirst(
  ground: Ground,
  effect: OwnEffect,
  snapshot: AppSnapshot,
  refused: RefusedReturns,
): void {
  const nowMs = ground.clock.elapsedMs();
  const app = ground.sim.world.state.apps.get(effect.entry.app);
  const left = snapshot.members.find((m) => {
    const now = app?.machines.get(m.id);
    const isOurs = m.leaseOwner === null || m.leaseOwner === effect.by;
    return (
      m.mark === 'destroy' &&
      // One that the list lacks is not touched: nobody could tell what of it has changed.
      m.isListed &&
      m.isHealthy &&
      !m.isOdd &&
      isOurs &&
      AT_REST.has(m.state) &&
      nowMs - (refused.get(m.id) ?? -REFUSED_MS) >= REFUSED_MS &&
      now?.config.metadata?.['fas-remove'] !== undefined &&
      now.state !== 'destroyed'
    );
  });
  if (left === undefined) return;
  const what = `${effect.by} created ${effect.entry.machine ?? ''} of ${effect.entry.app}`;
  ground.fail('undo-first', `${what}, while ${left.id} was on its way out`);
}

function onStart(ground: Ground, effect: OwnEffect, profile: Profile, snapshot: AppSnapshot): void {
  const { entry, by } = effect;
  const seen = snapshot.members.find(({ id }) => id === entry.machine);
  // Undoing a removal brings back what ran before.
  if (seen === undefined || seen.mark !== null) return;
  const what = `${by} started ${entry.machine ?? ''} of ${entry.app}`;
  const { started } = profile;
  if (started === null) {
    if (!hasNeverRun(effect)) {
      ground.fail('grows-as-wanted', `${what}: no policy for started machines, and it has run`);
    }
    return;
  }
  const { mins } = wantedBy(started, readingsFor(ground, effect, started, snapshot));
  const running = runningAfter(ground, effect, snapshot);
  if (mins.length === 0) ground.fail('grows-as-wanted', `${what} on an expression without a value`);
  else if (running > Math.max(...mins)) {
    ground.fail('start-once', `${what}: ${running} run, ${Math.max(...mins)} wanted`);
  }
}

/** Those that ran by the list, and what was started and launched since. */
function runningAfter(ground: Ground, effect: OwnEffect, snapshot: AppSnapshot): number {
  const deeds = new Deeds(ground, effect, snapshot);
  const runs = (m: MachineSnapshot): boolean =>
    m.mark === null && (RUNS.has(m.state) || UNCLEAR.has(m.state)) && !isOldCreated(m);
  const starts = [...deeds.starts].filter((id) =>
    snapshot.members.some((m) => m.id === id && m.mark === null && !runs(m)),
  );
  return present(snapshot).filter(runs).length + starts.length + deeds.launches.length;
}

/** A machine that rests in `created` may be left out of the running ones: nobody saw since when it rests. */
function isOldCreated(machine: MachineSnapshot): boolean {
  return machine.state === 'created';
}

/** One that was launched by us, or stands in for such a one, and that nobody has started or stopped. */
function hasNeverRun({ machine }: OwnEffect): boolean {
  const isOfOurs = machine?.config.metadata?.['fas-launch-id'] !== undefined;
  const ran = machine?.events.some(({ type, status }) => RAN.has(type) || status === 'started');
  return isOfOurs && ran === false;
}

const RAN: ReadonlySet<string> = new Set(['exit', 'stop', 'suspend', 'restart']);
