/** A control loop on a fake clock, with collectors and a Fly that a test steers. */
import { seededRandom } from '../seams/clock.js';
import type { Sample } from '../core/model/sample.js';
import { createFleet, type Fleet } from '../fleet/loop/loop.js';
import type { FleetOptions } from '../fleet/base/options.js';
import { createMemoryStateStore } from '../state/memory-store.js';
import { aPolicy, aRange, T0 } from './builders.js';
import { createFakeClock, type FakeClock } from './fake-clock.js';
import { createSmallFly, type SmallFly } from './small-fly.js';
import type { Collector } from '../seams/collector.js';
import type { FleetEvent, PassReport } from '../seams/events.js';

/** A collector whose values a test sets; an app without one has an empty result. */
export interface HandCollector extends Collector {
  /** App -> value. */
  readonly values: Map<string, number>;
  /** Each call's apps. */
  readonly asked: (readonly string[])[];
  /** True: it answers nothing, not even its signal. */
  isHung: boolean;
}

export function aCollector(
  name = 'queue',
  values: Readonly<Record<string, number>> = {},
): HandCollector {
  const collector: HandCollector = {
    name,
    type: 'hand',
    values: new Map(Object.entries(values)),
    asked: [],
    isHung: false,
    async collect(apps, emit) {
      collector.asked.push(apps);
      if (collector.isHung) await new Promise(() => undefined);
      for (const app of apps) {
        const value = collector.values.get(app);
        const sample: Sample =
          value === undefined ? { kind: 'empty', atMs: T0 } : { kind: 'value', value, atMs: T0 };
        emit(app, sample);
      }
    },
    close: async () => undefined,
  };
  return collector;
}

export interface Rig {
  readonly clock: FakeClock;
  readonly fly: SmallFly;
  readonly queue: HandCollector;
  readonly reports: PassReport[];
  readonly events: FleetEvent[];
  readonly options: FleetOptions;
  /** Starts a loop; many may run against the same Fly. */
  start(options?: Partial<FleetOptions>): Running;
  /** Reasons of the newest report of the app. */
  reasonsOf(app: string): readonly string[];
  /** States of the app's machines, sorted: "started started stopped". */
  statesOf(app: string): string;
}

export interface Running {
  readonly fleet: Fleet;
  /** Aborts; resolves when `run` has. */
  stop(): Promise<void>;
  readonly ended: Promise<void>;
}

/** What fleets of tests have in common: one policy for all apps of the pattern `my-app-*`. */
export function usualOptions(): Omit<FleetOptions, 'collectors' | 'fly' | 'clock' | 'recorder'> {
  return {
    policies: [
      aPolicy({ apps: { include: ['my-app-*'], exclude: [] }, created: aRange('queue / 10') }),
    ],
    org: 'my-org',
    intervalMs: 15_000,
    timeoutMs: 30_000,
    concurrency: 64,
    appListRefreshMs: 60_000,
    machineList: 'app',
    machineRefreshMs: 1_800_000,
    ownApp: null,
    isDryRun: false,
    maxMachines: null,
    maxCreatesPerMinute: null,
    maxRemovalsPerMinute: null,
    brake: { share: 0.5, windowMs: 60_000, letGoAfterMs: 600_000 },
    state: createMemoryStateStore(),
    zone: 'UTC',
    instanceName: 'test',
    random: seededRandom(1),
  };
}

/** One policy for all apps of the pattern `my-app-*`: one created machine per 10 of `queue`. */
export function aRig(overrides: Partial<FleetOptions> = {}): Rig {
  const clock = createFakeClock({ startMs: T0 });
  const fly = createSmallFly(clock);
  const queue = aCollector();
  const reports: PassReport[] = [];
  const events: FleetEvent[] = [];
  const options: FleetOptions = {
    ...usualOptions(),
    collectors: [queue],
    fly,
    clock,
    recorder: {
      pass: (report) => reports.push(report),
      fleet: (event) => events.push(event),
    },
    ...overrides,
  };
  return {
    clock,
    fly,
    queue,
    reports,
    events,
    options,
    start(changes = {}) {
      const fleet = createFleet({ ...options, ...changes });
      const controller = new AbortController();
      const ended = fleet.run(controller.signal);
      return {
        fleet,
        ended,
        stop: () => {
          controller.abort();
          return clock.runUntil(ended);
        },
      };
    },
    reasonsOf: (app) =>
      reports
        .filter((report) => report.app === app)
        .at(-1)
        ?.reasons.map((r) => r.code) ?? [],
    statesOf: (app) =>
      fly
        .machinesOf(app)
        .map((machine) => machine.state)
        .sort()
        .join(' '),
  };
}
