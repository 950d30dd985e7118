/** The real loop and client on the simulated Fly, for apps that are seen through the organization's list. */
import { seededRandom } from '../clock.js';
import type { Policy } from '../core/policy.js';
import { createFleet, type Fleet } from '../fleet/loop.js';
import type { FleetOptions } from '../fleet/options.js';
import type { FleetEvent, PassReport } from '../ports.js';
import type { SimulatorSettings } from '../simulator/index.js';
import { createMemoryStateStore } from '../state/memory-store.js';
import { aPolicy, aRange } from './builders.js';
import { aCollector, type HandCollector } from './fleet-rig.js';
import { createSimulatedFly, type SimulatedFly } from './simulated-fly.js';

export interface OrgFleet extends SimulatedFly {
  readonly queue: HandCollector;
  readonly reports: PassReport[];
  readonly events: FleetEvent[];
  /** How many requests of an action the fleet has sent, for one app or in all. */
  sent(action: string, app?: string): number;
  /** Forgets what was sent. */
  clearSent(): void;
  /** `queue` of each app, which gets a tenth as many machines. */
  addApp(name: string, machines?: number, region?: string): void;
  start(options?: Partial<FleetOptions>): Fleet;
  stop(): Promise<void>;
  reasonsOf(app: string): readonly string[];
}

export function createOrgFleet(
  config: SimulatorSettings = {},
  policy: Partial<Policy> = {},
): OrgFleet {
  const simulated = createSimulatedFly(config);
  const { clock, fly, simulator } = simulated;
  const queue = aCollector();
  const reports: PassReport[] = [];
  const events: FleetEvent[] = [];
  let sent: { readonly action: string; readonly app: string | null }[] = [];
  simulator.subscribe((entry) => {
    if (entry.kind === 'request' && entry.token === 'ours') sent.push(entry);
  });
  const stopping = new AbortController();
  let ended: Promise<void> = Promise.resolve();
  return {
    ...simulated,
    queue,
    reports,
    events,
    sent: (action, app) =>
      sent.filter((each) => each.action === action && (app === undefined || each.app === app))
        .length,
    clearSent: () => {
      sent = [];
    },
    addApp(name, machines = 1, region = 'fra') {
      simulator.world.addApp(name, { machines, region });
      queue.values.set(name, 10 * machines);
    },
    start(options) {
      const fleet = createFleet({
        policies: [
          aPolicy({
            apps: { include: ['my-app-*'], exclude: [] },
            created: aRange('queue / 10'),
            ...policy,
          }),
        ],
        org: 'my-org',
        intervalMs: 15_000,
        timeoutMs: 30_000,
        concurrency: 64,
        appListRefreshMs: 60_000,
        machineList: 'org',
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
        collectors: [queue],
        fly,
        clock,
        random: seededRandom(1),
        recorder: {
          pass: (report) => reports.push(report),
          fleet: (event) => events.push(event),
        },
        ...options,
      });
      ended = fleet.run(stopping.signal);
      return fleet;
    },
    stop() {
      stopping.abort();
      return clock.runUntil(ended);
    },
    reasonsOf: (app) =>
      reports.findLast((report) => report.app === app)?.reasons.map(({ code }) => code) ?? [],
  };
}
