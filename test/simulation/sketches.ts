/** Policies in short, each with the same wish in plain TypeScript. */
import type { GroupSelector, Policy } from '../../src/core/model/policy.js';
import type { RemovalRules } from '../../src/core/model/removal-rules.js';
import { BUSY_METRIC, DRAIN_TIMEOUT_MS, type MetricName } from './metrics.js';
import type { Limits, Rules } from './rules.js';

/** One count's wish: the least and the most for a value; `null` stands for no value. Null when there is no usable number. */
export interface Wish {
  readonly metric: MetricName;
  readonly min: (value: number | null) => number | null;
  readonly max: (value: number | null) => number | null;
  /** Something stands in for a missing value, also for shrinking. */
  readonly isBlind?: boolean;
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

export interface Sketch {
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

const atMost = (amount: number, periodMs: number): Limits => ({
  rates: [{ kind: 'machines', amount, periodMs }],
  select: 'max',
});

export const SKETCHES: readonly Sketch[] = [
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
    name: 'drainedboth',
    created: ['queue / 10', 'queue / 10'],
    createdWish: wish('queue', per(10)),
    started: ['queue / 10', 'queue / 10'],
    startedWish: wish('queue', per(10)),
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
    name: 'readydrained',
    createdWish: wish('queue', per(10, 2)),
    started: ['queue / 10', 'queue / 10'],
    startedWish: wish('queue', per(10)),
    machines: { spare: 2, removal: DRAINED },
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
      down: atMost(2, 2 * MINUTE_MS),
      up: atMost(3, MINUTE_MS),
    },
  },
  {
    name: 'budget',
    created: ['queue / 10', 'queue / 10'],
    createdWish: wish('queue', per(10)),
    rules: {
      budgets: [{ kind: 'machines', amount: 3, periodMs: 4 * MINUTE_MS }],
      windowMs: MINUTE_MS,
    },
  },
  {
    name: 'frozen',
    created: ['queue / 10', 'queue / 10'],
    createdWish: wish('queue', per(10)),
    rules: { freeze: { fromMinute: 20, minutes: 7, what: 'all' } },
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
