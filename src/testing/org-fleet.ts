/** The real loop and client on the simulated Fly, for apps that are seen through the organization's list. */
import type { Policy } from '../core/model/policy.js';
import { createFleet, type Fleet } from '../fleet/loop/loop.js';
import type { FleetOptions } from '../fleet/base/options.js';
import type { SimulatorSettings } from '../simulator/index.js';
import { aCollector, usualOptions, type HandCollector } from './fleet-rig.js';
import { createSimulatedFly, never, type SimulatedFly } from './simulated-fly.js';
import type { FleetEvent, PassReport } from '../seams/events.js';

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
      const usual = usualOptions();
      const policies = usual.policies.map((each) => ({ ...each, ...policy }));
      const fleet = createFleet({
        ...usual,
        policies,
        machineList: 'org',
        collectors: [queue],
        fly,
        clock,
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

/** What somebody else does. */
export async function stopByHand(
  { simulator, other, clock }: OrgFleet,
  app: string,
): Promise<string> {
  const machine = simulator.world.machines(app).find(({ state }) => state === 'started');
  await clock.runUntil(other.stopMachine(app, machine!.id, null, never));
  return machine!.id;
}

/** How many of the app's machines were stopped when it was screened last. */
export function stopped({ reports }: OrgFleet, app: string): number {
  return reports.findLast((report) => report.app === app)?.machinesByState?.['stopped'] ?? 0;
}
