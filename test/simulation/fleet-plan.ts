/** A fleet drawn from a seed: which apps there are, what they begin with, and how their load goes. */
import type { BrakeSettings } from '../../src/core/fleet-wide/brake.js';
import type { LoadShape } from '../../src/simulator/index.js';
import { Chance } from './chance.js';
import { APP_PREFIX, profileOf, type Profile } from './profiles.js';
import { drawSketches } from './random-sketches.js';
import { SKETCHES } from './sketches.js';

const MINUTE_MS = 60_000;

export interface AppPlan {
  readonly name: string;
  /** Null: no policy is for it, so nothing of it may be touched. */
  readonly profile: Profile | null;
  /** The same app as another policy sees it, with machines of another group; null: there is none. */
  readonly beside: AppPlan | null;
  readonly region: string;
  /** In its policy's group. */
  readonly machines: number;
  readonly stopped: number;
  /** The group its machines say; null: none. */
  readonly group: string | null;
  /** Machines of a group that no policy is for. */
  readonly otherMachines: number;
  readonly hasStandby: boolean;
  readonly hasConsole: boolean;
  readonly hasRelease: boolean;
  /** Free volumes beside the attached ones; null: its machines have no mounts. */
  readonly spareVolumes: number | null;
  readonly restart: 'no' | 'on-failure';
  readonly stopTimeout: string | null;
  readonly load: LoadShape;
  /** How long a cordoned machine takes to work off what it has. */
  readonly workMs: number;
  /** What the load is from the end of all trouble on. */
  readonly finalLevel: number;
  /** Milliseconds since the world began; 0: from the start. */
  readonly appearsAtMs: number;
  readonly vanishesAtMs: number | null;
}

export interface FleetPlan {
  readonly apps: readonly AppPlan[];
  /** All that there is a policy for, whether an app has it or not. */
  readonly profiles: readonly Profile[];
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly concurrency: number;
  /** Where the autoscalers see that machines changed. */
  readonly machineList: 'org' | 'app';
  readonly machineRefreshMs: number;
  /** How much later a change shows in the organization's list. */
  readonly orgListLagMs: readonly [number, number];
  readonly orgListPageSize: number;
  readonly emptyPageRate: number;
  /** Most machines that a drawn load asks for stays below it. */
  readonly maxMachines: number | null;
  /** Over all apps; null: no limit. */
  readonly maxCreatesPerMinute: number | null;
  readonly maxRemovalsPerMinute: number | null;
  readonly latencyMs: readonly [number, number];
  /** Null: none. */
  readonly brake: BrakeSettings | null;
  /** How long a machine stays in `destroying`. */
  readonly destroyingMs: readonly [number, number];
  /** What must survive a restart does. */
  readonly hasDurableState: boolean;
}

/** The default, and a short one, so that more of a run sees the end of it. */
const BRAKE_HOLDS_MS = [10 * MINUTE_MS, 3 * MINUTE_MS] as const;
/** A fifth of the apps has a behaviour that was drawn. */
const RANDOM_SKETCHES = 6;
/** Some take longer than anybody waits for them. */
const WORK_MS = [40_000, 90_000, 10 * MINUTE_MS] as const;

/** The app as each of its policies sees it. */
export function facesOf(app: AppPlan): readonly AppPlan[] {
  return app.beside === null ? [app] : [app, app.beside];
}

/** The regions that the simulated Fly has; the first is where machines begin. */
export const REGIONS = ['fra', 'iad', 'lhr'] as const;

export function planFleet(seed: number, appCount: number, troubleMs: number): FleetPlan {
  const chance = new Chance(seed, 'fleet');
  const windows = planWindows(new Chance(seed, 'windows'));
  const sketches = [...SKETCHES, ...drawSketches(new Chance(seed, 'rules'), RANDOM_SKETCHES)];
  const profiles = sketches.map((sketch) =>
    profileOf(windows === null ? sketch : { ...sketch, rules: { ...sketch.rules, ...windows } }),
  );
  const apps: AppPlan[] = [];
  for (let i = 0; i < appCount; i += 1) {
    const isOutsider = i >= appCount - 2;
    const profile = profiles[(i + seed) % profiles.length] ?? profiles[0];
    if (profile === undefined) throw new Error('no profiles');
    const planned = planApp(chance, isOutsider ? null : profile, i, troubleMs);
    // A stream of its own: what was drawn before there was such work stays as it was.
    const app = {
      ...planned,
      ...(windows === null ? {} : { load: steadyLoad(new Chance(seed + i, 'steady')) }),
      // So that a pool has a last machine of more than one group.
      ...(profile.group.kind === 'all' && !isOutsider ? { otherMachines: 1 + (seed % 2) } : {}),
      workMs: new Chance(seed + i, 'work').pick(WORK_MS),
    };
    const beside = isOutsider ? null : planBeside(chance, profiles, app, i, troubleMs);
    apps.push({ ...app, beside });
  }
  return {
    apps,
    profiles,
    ...planOrgList(new Chance(seed, 'org-list')),
    ...planBudgets(new Chance(seed, 'budgets'), appCount),
    intervalMs: 15_000,
    timeoutMs: 30_000,
    concurrency: chance.pick([1, 4, 64, 64]),
    maxMachines: chance.is(0.25) ? appCount * 30 : null,
    latencyMs: chance.is(0.5) ? [0, 0] : [2, 80],
    destroyingMs: chance.is(0.5) ? [1000, 3000] : [1000, 40_000],
    hasDurableState: seed % 2 === 0,
    brake: chance.is(0.5) || windows !== null ? planBrake(new Chance(seed, 'brake')) : null,
  };
}

/** In some fleets every policy has a window, longer than the brake's references last and shorter than it holds. */
function planWindows(chance: Chance): { readonly windowMs: number } | null {
  return chance.is(0.2) ? { windowMs: chance.pick([1.25, 1.5, 2, 2.5]) * MINUTE_MS } : null;
}

/** Where nothing else asks to shrink, windows are all that holds a fleet whose source begins to lie. */
function steadyLoad(chance: Chance): LoadShape {
  return { kind: 'flat', level: chance.whole(40, 110) };
}

function planBrake(chance: Chance): BrakeSettings {
  return { share: 0.5, windowMs: MINUTE_MS, letGoAfterMs: chance.pick(BRAKE_HOLDS_MS) };
}

/** In some fleets, tight enough to hold up what a change of the load asks for. */
function planBudgets(
  chance: Chance,
  appCount: number,
): Pick<FleetPlan, 'maxCreatesPerMinute' | 'maxRemovalsPerMinute'> {
  const draw = (): number | null =>
    chance.is(0.4) ? Math.ceil(appCount * chance.pick([0.2, 0.4, 0.8])) : null;
  return { maxCreatesPerMinute: draw(), maxRemovalsPerMinute: draw() };
}

/** Two of three fleets are seen through the organization's list, as it comes: late, in small pages, some of them empty. */
function planOrgList(
  chance: Chance,
): Pick<
  FleetPlan,
  'machineList' | 'machineRefreshMs' | 'orgListLagMs' | 'orgListPageSize' | 'emptyPageRate'
> {
  if (!chance.is(0.67)) {
    return {
      machineList: 'app',
      machineRefreshMs: 30 * MINUTE_MS,
      orgListLagMs: [0, 5000],
      orgListPageSize: 1000,
      emptyPageRate: 0,
    };
  }
  return {
    machineList: 'org',
    machineRefreshMs: chance.pick([5, 30]) * MINUTE_MS,
    orgListLagMs: chance.pick([
      [0, 0],
      [0, 5000],
      [2000, 20_000],
    ] as const),
    orgListPageSize: chance.pick([1000, 40]),
    emptyPageRate: chance.pick([0, 0.3]),
  };
}

/** One app has one load, one place in time, one release. */
function planBeside(
  chance: Chance,
  profiles: readonly Profile[],
  app: AppPlan,
  index: number,
  troubleMs: number,
): AppPlan | null {
  const profile = profiles.find(({ name }) => name === app.profile?.beside);
  if (profile === undefined) return null;
  const { machines, stopped, group, spareVolumes, restart } = planApp(
    chance,
    profile,
    index,
    troubleMs,
  );
  return { ...app, profile, machines, stopped, group, spareVolumes, restart };
}

function planApp(
  chance: Chance,
  profile: Profile | null,
  index: number,
  troubleMs: number,
): Omit<AppPlan, 'workMs'> {
  const machines = chance.whole(1, 6);
  const scalesStarts = profile?.started !== null && profile?.created === null;
  const isGrouped = profile?.group.kind !== 'unset' || chance.is(0.7);
  const outsider =
    index % 2 === 0 ? `other-app-${index}` : `${APP_PREFIX}created-${index}-excluded`;
  const isMoving = profile !== null && chance.is(0.1);
  return {
    name: profile === null ? outsider : `${APP_PREFIX}${profile.name}-${index}`,
    profile,
    beside: null,
    region: chance.pick(REGIONS),
    machines: scalesStarts ? machines + 8 : machines,
    stopped: scalesStarts ? chance.whole(0, machines) : chance.is(0.2) ? 1 : 0,
    group: profile?.group.kind === 'named' ? profile.group.name : isGrouped ? 'app' : null,
    otherMachines: isGrouped && chance.is(0.3) ? chance.whole(1, 2) : 0,
    hasStandby: chance.is(0.25),
    hasConsole: isGrouped && chance.is(0.2),
    hasRelease: chance.is(0.9),
    spareVolumes: (profile?.volumes ?? 'none') === 'none' ? null : chance.whole(8, 14),
    restart: chance.is(0.5) ? 'no' : 'on-failure',
    stopTimeout: chance.is(0.3) ? chance.pick(['30s', '1m', '2s']) : null,
    load: planLoad(chance),
    finalLevel: chance.whole(0, 90),
    appearsAtMs: isMoving
      ? chance.whole(5, Math.max(6, troubleMs / MINUTE_MS - 10)) * MINUTE_MS
      : 0,
    vanishesAtMs:
      profile !== null && !isMoving && chance.is(0.06)
        ? chance.whole(10, Math.max(11, troubleMs / MINUTE_MS - 5)) * MINUTE_MS
        : null,
  };
}

function planLoad(chance: Chance): LoadShape {
  const low = chance.whole(0, 20);
  const high = chance.whole(40, 130);
  const shiftMs = chance.whole(0, 60) * MINUTE_MS;
  const noise = chance.is(0.5) ? 0.1 : 0;
  switch (chance.pick(['flat', 'wave', 'spike', 'ramp', 'on-off'] as const)) {
    case 'flat':
      return { kind: 'flat', level: chance.whole(0, 100), noise };
    case 'wave':
      return {
        kind: 'wave',
        low,
        high,
        periodMs: chance.whole(20, 90) * MINUTE_MS,
        shiftMs,
        noise,
      };
    case 'spike':
      return {
        kind: 'spike',
        base: low,
        peak: high,
        firstMs: chance.whole(3, 20) * MINUTE_MS,
        everyMs: chance.whole(15, 40) * MINUTE_MS,
        lengthMs: chance.whole(2, 8) * MINUTE_MS,
        noise,
      };
    case 'ramp':
      return {
        kind: 'ramp',
        from: chance.is(0.5) ? low : high,
        to: chance.is(0.5) ? low : high,
        beginMs: chance.whole(2, 20) * MINUTE_MS,
        lengthMs: chance.whole(5, 40) * MINUTE_MS,
        noise,
      };
    case 'on-off':
      return {
        kind: 'on-off',
        on: high,
        off: 0,
        onMs: chance.whole(4, 20) * MINUTE_MS,
        offMs: chance.whole(4, 20) * MINUTE_MS,
        shiftMs,
      };
  }
}
