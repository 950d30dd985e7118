/** What users want of their apps: policies, and beside each the same wish in plain TypeScript, which judges the outcome. */
import {
  PLAIN_POLICY,
  type CountRange,
  type GroupSelector,
  type Policy,
} from '../../src/core/policy.js';
import type { RemovalRules } from '../../src/core/removal-rules.js';
import type { Behavior } from '../../src/core/behavior.js';
import { compile } from '../../src/expr/index.js';
import { aBehavior, aRecurrence } from '../../src/testing/behavior.js';

export const METRICS = ['queue', 'connections', 'backlog'] as const;
export type MetricName = (typeof METRICS)[number];

/** The collectors' queries, by metric. */
export const QUERIES: Readonly<Record<MetricName, string>> = {
  queue: "sum(queue_depth{app='$APP_NAME'})",
  connections: "sum(connection_count{app='$APP_NAME'})",
  backlog: "max(queue_depth{app='$APP_NAME'})",
};

/** Series that each metric is read from. */
export const SERIES: Readonly<Record<MetricName, string>> = {
  queue: 'queue_depth',
  connections: 'connection_count',
  backlog: 'queue_depth',
};

/** What each machine is busy with. */
export const BUSY_SERIES = 'jobs_in_hand';
export const BUSY_METRIC = 'busy';
export const BUSY_QUERY = `sum by (instance) (${BUSY_SERIES}{app='$APP_NAME'})`;
/** Short, so that a run sees it pass. */
export const DRAIN_TIMEOUT_MS = 3 * 60_000;

/** What `backlog` is when its source has no value. */
export const BACKLOG_DEFAULT = 40;

/** One count's wish: the least and the most for a value; `null` stands for no value. Null when there is no usable number. */
export interface Wish {
  readonly metric: MetricName;
  readonly min: (value: number | null) => number | null;
  readonly max: (value: number | null) => number | null;
  /** Something stands in for a missing value, also for shrinking. */
  readonly isBlind?: boolean;
}

/** Rules that look back, in words that the judges of a run understand. */
export interface Rules {
  /** Nothing shrinks below the highest recommendation of so long. */
  readonly windowMs?: number;
  /** At most so many removed within the period, but for those that were added in it. */
  readonly down?: Rate;
  readonly up?: Rate;
  /** At most so many removed within the period, whatever was added. */
  readonly budget?: Rate;
  /** In each hour, nothing is done from this minute on, for so many minutes. */
  readonly freeze?: { readonly fromMinute: number; readonly minutes: number };
}

export interface Rate {
  readonly machines: number;
  readonly periodMs: number;
}

export interface Profile {
  /** Part of the names of its apps. */
  readonly name: string;
  /** Name of the profile that its apps have beside it, for another process group. */
  readonly beside: string | null;
  readonly group: GroupSelector;
  readonly created: Wish | null;
  readonly started: Wish | null;
  readonly initialState: 'started' | 'stopped';
  readonly regions: readonly string[];
  readonly volumes: 'none' | 'reuse' | 'create';
  readonly maxMachinesPerApp: number;
  /** Its machines are waited for until they are busy with nothing. */
  readonly isBusyKnown: boolean;
  readonly policy: Policy;
  readonly rules: Rules;
}

/** As the engine rounds: half away from zero, never below zero. */
function count(value: number | null): number | null {
  if (value === null || !Number.isFinite(value)) return null;
  return Math.max(0, Math.floor(value + 0.5));
}

const per =
  (divisor: number, extra = 0) =>
  (value: number | null): number | null =>
    value === null ? null : count(value / divisor + extra);

const perOr =
  (divisor: number, fallback: number) =>
  (value: number | null): number | null =>
    count((value ?? fallback) / divisor);

/** With a number in place of a missing or unusable one. */
const perWith =
  (divisor: number, standIn: number) =>
  (value: number | null): number | null =>
    count((value === null || !Number.isFinite(value) ? standIn : value) / divisor);

const MINUTE_MS = 60_000;

interface Sketch {
  readonly name: string;
  /** Another policy for the same apps, of another process group. */
  readonly beside?: string;
  readonly group?: GroupSelector;
  /** Expressions of the least and the most. */
  readonly created?: readonly [string, string];
  readonly createdWish?: Wish;
  readonly started?: readonly [string, string];
  readonly startedWish?: Wish;
  readonly initialState?: 'started' | 'stopped';
  readonly regions?: readonly string[];
  readonly volumes?: 'none' | 'reuse' | 'create';
  readonly machines?: Partial<Pick<Policy, 'regionLimits' | 'removal' | 'spare'>>;
  readonly rules?: Rules;
  readonly missing?: Policy['missing'];
}

const DRAINED: RemovalRules = {
  busyMetric: BUSY_METRIC,
  drainTimeoutMs: DRAIN_TIMEOUT_MS,
  scaleIn: 'stop',
};

const wish = (metric: MetricName, min: Wish['min'], max: Wish['max'] = min): Wish => ({
  metric,
  min,
  max,
});

const SKETCHES: readonly Sketch[] = [
  {
    name: 'created',
    created: ['connections / 5', 'connections / 5'],
    createdWish: wish('connections', per(5)),
  },
  {
    name: 'started',
    started: ['queue / 8', 'queue / 8'],
    startedWish: wish('queue', per(8)),
  },
  {
    name: 'both',
    created: ['queue / 10', 'queue / 10'],
    createdWish: wish('queue', per(10)),
    started: ['queue / 10', 'queue / 10'],
    startedWish: wish('queue', per(10)),
  },
  {
    name: 'range',
    created: ['queue / 10', 'queue / 10 + 3'],
    createdWish: wish('queue', per(10), per(10, 3)),
  },
  {
    name: 'startrange',
    started: ['queue / 12', 'queue / 8'],
    startedWish: wish('queue', per(12), per(8)),
  },
  {
    name: 'spares',
    created: ['queue / 10 + 2', 'queue / 10 + 2'],
    createdWish: wish('queue', per(10, 2)),
    started: ['queue / 10', 'queue / 10'],
    startedWish: wish('queue', per(10)),
    initialState: 'stopped',
  },
  {
    name: 'fallback',
    created: ['(queue ?? 10) / 10', '(queue ?? 10) / 10'],
    createdWish: wish('queue', perOr(10, 10)),
  },
  {
    name: 'default',
    created: ['backlog / 10', 'backlog / 10'],
    createdWish: wish('backlog', per(10)),
    started: ['backlog / 10', 'backlog / 10'],
    startedWish: wish('backlog', per(10)),
  },
  {
    name: 'worker',
    group: { kind: 'named', name: 'worker' },
    created: ['queue / 10', 'queue / 10'],
    createdWish: wish('queue', per(10)),
  },
  {
    name: 'pool',
    group: { kind: 'all' },
    created: ['queue / 10', 'queue / 10 + 1'],
    createdWish: wish('queue', per(10), per(10, 1)),
  },
  {
    name: 'regions',
    created: ['queue / 10', 'queue / 10'],
    createdWish: wish('queue', per(10)),
    regions: ['fra', 'iad', 'lhr'],
  },
  {
    name: 'reuse',
    created: ['queue / 10', 'queue / 10'],
    createdWish: wish('queue', per(10)),
    volumes: 'reuse',
  },
  {
    name: 'volumes',
    created: ['queue / 10', 'queue / 10'],
    createdWish: wish('queue', per(10)),
    volumes: 'create',
  },
  {
    name: 'drained',
    created: ['queue / 10', 'queue / 10'],
    createdWish: wish('queue', per(10)),
    machines: { removal: DRAINED },
  },
  {
    name: 'suspended',
    started: ['queue / 8', 'queue / 8'],
    startedWish: wish('queue', per(8)),
    machines: { removal: { ...DRAINED, scaleIn: 'suspend' } },
  },
  {
    name: 'limited',
    created: ['queue / 10 + 3', 'queue / 10 + 3'],
    createdWish: wish('queue', per(10, 3)),
    regions: ['fra', 'iad', 'lhr'],
    machines: {
      regionLimits: {
        fra: { min: 1, max: null },
        iad: { min: 2, max: null },
        lhr: { min: 0, max: 3 },
      },
    },
  },
  {
    name: 'ready',
    // Not the policy's: what it comes to.
    createdWish: wish('queue', per(10, 2)),
    started: ['queue / 10', 'queue / 10'],
    startedWish: wish('queue', per(10)),
    machines: { spare: 2 },
  },
  {
    name: 'twoweb',
    beside: 'twojobs',
    group: { kind: 'named', name: 'web' },
    created: ['connections / 6', 'connections / 6 + 1'],
    createdWish: wish('connections', per(6), per(6, 1)),
  },
  {
    name: 'twojobs',
    beside: 'twoweb',
    group: { kind: 'named', name: 'jobs' },
    created: ['queue / 12', 'queue / 12'],
    createdWish: wish('queue', per(12)),
    started: ['queue / 20', 'queue / 20'],
    startedWish: wish('queue', per(20)),
    volumes: 'create',
  },
  {
    name: 'steady',
    created: ['queue / 10', 'queue / 10'],
    createdWish: wish('queue', per(10)),
    rules: { windowMs: 3 * MINUTE_MS },
  },
  {
    // Of two metrics, so that one count may fall while the window holds the other.
    name: 'steadyrun',
    created: ['connections / 10', 'connections / 10'],
    createdWish: wish('connections', per(10)),
    started: ['queue / 10', 'queue / 10'],
    startedWish: wish('queue', per(10)),
    rules: { windowMs: 3 * MINUTE_MS },
  },
  {
    name: 'paced',
    created: ['queue / 10', 'queue / 10'],
    createdWish: wish('queue', per(10)),
    rules: {
      down: { machines: 2, periodMs: 2 * MINUTE_MS },
      up: { machines: 3, periodMs: MINUTE_MS },
    },
  },
  {
    name: 'budget',
    created: ['queue / 10', 'queue / 10'],
    createdWish: wish('queue', per(10)),
    rules: { budget: { machines: 3, periodMs: 4 * MINUTE_MS }, windowMs: MINUTE_MS },
  },
  {
    name: 'frozen',
    created: ['queue / 10', 'queue / 10'],
    createdWish: wish('queue', per(10)),
    rules: { freeze: { fromMinute: 20, minutes: 7 } },
  },
  {
    name: 'blind',
    created: ['queue / 10', 'queue / 10'],
    createdWish: {
      metric: 'queue',
      min: perWith(10, 20),
      max: perWith(10, 60),
      isBlind: true,
    },
    missing: {
      queue: {
        scaleUp: { kind: 'assume', value: 20 },
        scaleDown: { kind: 'assume', value: 60 },
      },
    },
  },
];

function behaviorOf({ windowMs = 0, down, up }: Rules): Behavior {
  const limits = (rate: Rate | undefined) =>
    rate === undefined
      ? []
      : [{ kind: 'machines', amount: rate.machines, periodMs: rate.periodMs } as const];
  return aBehavior(
    { stabilizationWindowMs: windowMs, limits: limits(down) },
    { limits: limits(up) },
  );
}

function rulesOf(rules: Rules): Partial<Policy> {
  const { budget, freeze } = rules;
  const nothing = { min: null, max: null };
  return {
    behavior: behaviorOf(rules),
    ...(budget === undefined
      ? {}
      : {
          budgets: [
            { kind: 'machines', amount: budget.machines, periodMs: budget.periodMs, when: null },
          ],
        }),
    ...(freeze === undefined
      ? {}
      : {
          schedules: [
            {
              when: aRecurrence(`${freeze.fromMinute} * * * *`, freeze.minutes * MINUTE_MS),
              created: nothing,
              started: nothing,
              freeze: 'all',
            },
          ],
        }),
  };
}

/** Long enough for deploys to end, short enough that a killed one is overdue within a run. */
export const RELEASE_MAX_AGE_MS = 8 * 60_000;
export const UNREACHABLE_AFTER_MS = 5 * 60_000;
export const APP_PREFIX = 'sim-';
const MAX_MACHINES_PER_APP = 40;

function range(texts: readonly [string, string] | undefined): CountRange | null {
  if (texts === undefined) return null;
  const options = { variables: METRICS, asFloat64: true };
  const min = compile(texts[0], options);
  return { min, max: texts[1] === texts[0] ? min : compile(texts[1], options) };
}

export const PROFILES: readonly Profile[] = SKETCHES.map((sketch) => {
  const group = sketch.group ?? { kind: 'unset' };
  const initialState = sketch.initialState ?? 'started';
  const regions = sketch.regions ?? [];
  const volumes = sketch.volumes ?? 'none';
  const policy: Policy = {
    name: sketch.name,
    apps: {
      include: [sketch.name, ...(sketch.beside === undefined ? [] : [sketch.beside])].map(
        (name) => `${APP_PREFIX}${name}-*`,
      ),
      exclude: ['*-excluded'],
    },
    group,
    created: range(sketch.created),
    started: range(sketch.started),
    initialState,
    regions,
    volumes: volumes === 'create' ? 'create' : 'reuse',
    releaseMaxAgeMs: RELEASE_MAX_AGE_MS,
    unreachableAfterMs: UNREACHABLE_AFTER_MS,
    caps: {
      maxMachinesPerApp: MAX_MACHINES_PER_APP,
      maxCreatePerPass: null,
      maxRemovePerPass: null,
    },
    ...PLAIN_POLICY,
    ...sketch.machines,
    ...(sketch.rules === undefined ? {} : rulesOf(sketch.rules)),
    ...(sketch.missing === undefined ? {} : { missing: sketch.missing }),
  };
  return {
    name: sketch.name,
    beside: sketch.beside ?? null,
    group,
    created: sketch.createdWish ?? null,
    started: sketch.startedWish ?? null,
    initialState,
    regions,
    volumes,
    maxMachinesPerApp: MAX_MACHINES_PER_APP,
    isBusyKnown: policy.removal.busyMetric !== null,
    policy,
    rules: sketch.rules ?? {},
  };
});
