/** One process of the autoscaler: the real loop, the real client and the real collector on the simulated Fly. */
import { seededRandom, type Clock } from '../../src/seams/clock.js';
import { prometheus } from '../../src/collectors/prometheus/index.js';
import { createFleet } from '../../src/fleet/loop/loop.js';
import type { FleetOptions } from '../../src/fleet/base/options.js';
import { createFlyClient } from '../../src/fly/index.js';
import type { HttpClient } from '../../src/seams/http.js';
import type { CollectorContext } from '../../src/seams/schema.js';
import type { FleetPlan } from './fleet-plan.js';
import {
  BACKLOG_DEFAULT,
  BUSY_METRIC,
  BUSY_QUERY,
  MAX_AGE_MS,
  METRICS,
  QUERIES,
} from './metrics.js';
import { mortalClock, mortalStore, tappedHttp, type Process, type Tap } from './wire.js';
import type { Collector } from '../../src/seams/collector.js';
import type { StateStore } from '../../src/seams/store.js';
import type { Operator } from '../../src/seams/operator.js';
import type { FleetEvent, PassReport } from '../../src/seams/events.js';

export const ORG = 'my-org';
export const AGENT_PREFIX = 'fly-autoscaler/';

export interface AutoscalerOptions {
  /** Unique among all processes of a run. */
  readonly name: string;
  readonly seed: number;
  readonly plan: FleetPlan;
  readonly clock: Clock;
  readonly handle: HttpClient;
  /** What a process before it left; it lives on after it. */
  readonly state: StateStore;
  readonly tap: Tap;
  readonly onReport: (report: PassReport) => void;
  readonly onFleet: (event: FleetEvent) => void;
  readonly onCrash: (error: unknown) => void;
}

export interface Autoscaler {
  readonly name: string;
  readonly userAgent: string;
  readonly startedAtMs: number;
  readonly isKilled: boolean;
  /** From the moment it was told to stop. */
  readonly isStopping: boolean;
  readonly hasEnded: boolean;
  /** What it was given, which outlives it where it is durable. */
  readonly state: StateStore;
  /** Monotonic time from which on it does nothing any more; null: it still may. */
  readonly endedAtMs: number | null;
  /** As kill -9: nothing is given back. */
  kill(): void;
  /** As SIGTERM. */
  stop(): Promise<void>;
  /** As SIGHUP: the same configuration, read anew. */
  reload(): void;
  readonly operator: Operator;
}

/** The token's value for a process; its name on the simulated Fly is the process' name. */
export function tokenOf(name: string): string {
  return `fm2_${name}`;
}

export function startAutoscaler(options: AutoscalerOptions): Autoscaler {
  const { name, plan, onReport, onFleet } = options;
  const process: Process = { isKilled: false };
  const clock = mortalClock(process, options.clock);
  const http = tappedHttp(process, options.handle, options.tap);
  const userAgent = `${AGENT_PREFIX}${name}`;
  const random = seededRandom(options.seed);
  const token = tokenOf(name);
  const stopping = new AbortController();
  const life = { isStopping: false, hasEnded: false, endedAtMs: null as number | null };
  const end = (): void => {
    life.endedAtMs ??= options.clock.elapsedMs();
  };
  const fly = createFlyClient({ token, http, clock, random, userAgent });
  const configure = (): FleetOptions => ({
    policies: plan.profiles.map((profile) => ({ ...profile.policy })),
    org: ORG,
    intervalMs: plan.intervalMs,
    timeoutMs: plan.timeoutMs,
    concurrency: plan.concurrency,
    appListRefreshMs: 60_000,
    machineList: plan.machineList,
    machineRefreshMs: plan.machineRefreshMs,
    ownApp: null,
    isDryRun: false,
    maxMachines: plan.maxMachines,
    maxCreatesPerMinute: plan.maxCreatesPerMinute,
    maxRemovalsPerMinute: plan.maxRemovalsPerMinute,
    brake: plan.brake,
    zone: 'UTC',
    instanceName: name,
    state: mortalStore(process, options.state),
    collectors: collectors(
      {
        connect: () => ({ request: http, close: () => Promise.resolve() }),
        clock,
        random,
        userAgent,
        timeoutMs: 10_000,
        intervalMs: plan.intervalMs,
        appPatterns: plan.profiles.flatMap(({ policy }) => policy.apps.include),
        warn: () => undefined,
      },
      token,
    ),
    fly,
    clock,
    random,
    recorder: {
      pass: (report) => {
        if (!process.isKilled) onReport(report);
      },
      fleet: (event) => {
        if (!process.isKilled) onFleet(event);
      },
    },
  });
  const fleet = createFleet(configure());
  const running = fleet
    .run(stopping.signal)
    .catch((error: unknown) => options.onCrash(error))
    .finally(() => {
      life.hasEnded = true;
      end();
    });
  return {
    name,
    userAgent,
    startedAtMs: options.clock.elapsedMs(),
    get isKilled() {
      return process.isKilled;
    },
    get isStopping() {
      return life.isStopping;
    },
    get hasEnded() {
      return life.hasEnded;
    },
    state: options.state,
    get endedAtMs() {
      return life.endedAtMs;
    },
    kill() {
      process.isKilled = true;
      end();
    },
    stop() {
      life.isStopping = true;
      stopping.abort();
      return running;
    },
    operator: fleet.operator,
    reload() {
      void fleet.reconfigure(configure());
    },
  };
}

function collectors(context: CollectorContext, token: string): Collector[] {
  const collector = (name: string, query: string, more: object = {}): Collector => {
    const settings = prometheus.schema.parse({
      'metric-name': name,
      address: `https://api.fly.io/prometheus/${ORG}`,
      query,
      token: `FlyV1 ${token}`,
      ...more,
    });
    return prometheus.create(settings, context);
  };
  const metrics = METRICS.map((name) => {
    const maxAgeMs = MAX_AGE_MS[name];
    return collector(name, QUERIES[name], {
      ...(name === 'backlog' ? { default: BACKLOG_DEFAULT } : {}),
      ...(maxAgeMs === undefined ? {} : { 'max-age': `${maxAgeMs}ms` }),
    });
  });
  return [...metrics, collector(BUSY_METRIC, BUSY_QUERY, { per: 'instance' })];
}
