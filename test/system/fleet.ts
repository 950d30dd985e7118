/** A simulated Fly with apps, and the built program that scales them. */
import { systemClock } from '../../src/cli/adapters/clock.js';
import { createSimulator, startServer } from '../../src/simulator/index.js';
import { freePort } from '../../src/testing/free-port.js';
import { eventually } from '../services/start-server.js';
import { startProgram } from './program.js';

export interface FleetUnderTest {
  /** Starts the program with these settings beside the usual ones; every app gets `jobs / 5` machines. */
  autoscale(env: Readonly<Record<string, string>>): Promise<void>;
  /** Resolves once each app has so many machines; rejects after a generous limit with what there is, and the log. */
  reaches(counts: Readonly<Record<string, number>>): Promise<void>;
  /** As kill -9: all programs end at once. */
  kill(): Promise<void>;
  /** What the program logged so far. */
  log(): string;
  stop(): Promise<void>;
}

const LIMIT_MS = 120_000;

/** Each app begins with one machine. */
export async function startFleet(apps: readonly string[]): Promise<FleetUnderTest> {
  const simulator = createSimulator({ clock: systemClock(), seed: 7 });
  for (const app of apps) simulator.world.addApp(app, { machines: 1 });
  const fly = await startServer(simulator);
  const programs: ReturnType<typeof startProgram>[] = [];
  const machineCount = (app: string): number =>
    simulator.world.machines(app).filter(({ state }) => !state.startsWith('destroy')).length;
  const log = (): string => programs.map((program) => program.stderr()).join('');
  const kill = async (): Promise<void> => {
    for (const program of programs) {
      program.signal('SIGKILL');
      await program.ended;
    }
  };
  return {
    log,
    async autoscale(env) {
      const program = startProgram(['serve'], {
        FAS_ORG: 'my-org',
        FAS_APP_NAME: apps.join(','),
        FAS_API_TOKEN: 'FlyV1 fm2_test',
        FAS_CREATED_MACHINE_COUNT: 'jobs / 5',
        FAS_INTERVAL: '1s',
        FAS_LISTEN: `127.0.0.1:${await freePort()}`,
        FLY_FLAPS_BASE_URL: fly.url,
        FLY_API_BASE_URL: fly.url,
        ...env,
      });
      programs.push(program);
    },
    async reaches(counts) {
      const isReached = (): boolean =>
        Object.entries(counts).every(([app, count]) => machineCount(app) === count);
      await eventually(isReached, 'the machine counts', LIMIT_MS).catch((error: unknown) => {
        const got = Object.fromEntries(apps.map((app) => [app, machineCount(app)]));
        const text = `wanted ${JSON.stringify(counts)}, got ${JSON.stringify(got)}`;
        throw new Error(`${text}; log: ${log().slice(-2000)}`, { cause: error });
      });
    },
    kill,
    async stop() {
      await kill();
      await fly.close();
    },
  };
}
