/** The fleet example as its users run it: a real Prometheus that scrapes the apps, the built program, its usual settings. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../src/cli/adapters/clock.js';
import {
  createSimulator,
  startServer,
  type RunningServer,
  type Simulator,
} from '../../src/simulator/index.js';
import { startPrometheus, type PrometheusServer } from '../services/prometheus.js';
import { needs } from '../services/needs.js';
import { freePort } from '../../src/testing/free-port.js';
import { eventually } from '../services/start-server.js';
import { startProgram, type RunningProgram } from './program.js';

const APPS = ['my-app-1', 'my-app-2', 'my-app-3', 'some-other-app'];
const LATE_APP = 'my-app-late';
const METRIC = 'connection_count';
const LIMIT_MS = 120_000;

let simulator: Simulator;
let fly: RunningServer;
let prometheus: PrometheusServer;
const programs: RunningProgram[] = [];

/** The seed example's settings, and where its servers are; shorter intervals only make the test shorter. */
async function startAutoscaler(): Promise<RunningProgram> {
  const program = startProgram(['serve'], {
    FAS_ORG: 'my-org',
    FAS_APP_NAME: 'my-app-*',
    FAS_API_TOKEN: 'FlyV1 fm2_test',
    FAS_PROMETHEUS_ADDRESS: prometheus.address,
    FAS_PROMETHEUS_METRIC_NAME: METRIC,
    FAS_PROMETHEUS_QUERY: "sum(connection_count{app='$APP_NAME'})",
    FAS_CREATED_MACHINE_COUNT: 'connection_count / 5',
    FAS_INTERVAL: '1s',
    FAS_APP_LIST_REFRESH_INTERVAL: '1s',
    FAS_LISTEN: `127.0.0.1:${await freePort()}`,
    FLY_FLAPS_BASE_URL: fly.url,
    FLY_API_BASE_URL: fly.url,
  });
  programs.push(program);
  return program;
}

function machineCount(app: string): number {
  const going = ['destroying', 'destroyed'];
  return simulator.world.machines(app).filter(({ state }) => !going.includes(state)).length;
}

async function reaches(counts: Readonly<Record<string, number>>): Promise<void> {
  const what = (): string =>
    `${JSON.stringify(counts)}, got ${JSON.stringify(Object.fromEntries(Object.keys(counts).map((app) => [app, machineCount(app)])))}; log: ${programs.at(-1)?.stderr().slice(-2000)}`;
  await eventually(
    () => Object.entries(counts).every(([app, count]) => machineCount(app) === count),
    'the machine counts',
    LIMIT_MS,
  ).catch((error: unknown) => {
    throw new Error(what(), { cause: error });
  });
}

beforeEach(async () => {
  simulator = createSimulator({ clock: systemClock(), seed: 7 });
  for (const app of APPS) {
    simulator.world.addApp(app, { machines: 2 });
    simulator.world.setMetric(app, METRIC, 10);
  }
  fly = await startServer(simulator);
  const { host } = new URL(fly.url);
  prometheus = await startPrometheus({
    targets: [...APPS, LATE_APP].map((app) => ({
      address: host,
      labels: { __metrics_path__: `/apps/${app}/metrics` },
    })),
  });
});

afterEach(async () => {
  for (const program of programs.splice(0)) {
    program.signal('SIGKILL');
    await program.ended;
  }
  await prometheus.stop();
  await fly.close();
});

it.skipIf(needs('prometheus'))(
  'each app follows its own connections up and down, a new one too, and no other app is touched',
  async () => {
    await startAutoscaler();
    simulator.world.setMetric('my-app-1', METRIC, 30);
    simulator.world.setMetric('my-app-2', METRIC, 5);
    simulator.world.setMetric('some-other-app', METRIC, 100);
    await reaches({ 'my-app-1': 6, 'my-app-2': 1, 'my-app-3': 2 });

    simulator.world.addApp(LATE_APP, { machines: 1 });
    simulator.world.setMetric(LATE_APP, METRIC, 15);
    simulator.world.setMetric('my-app-1', METRIC, 5);
    simulator.world.setMetric('my-app-2', METRIC, 20);
    await reaches({ 'my-app-1': 1, 'my-app-2': 4, 'my-app-3': 2, [LATE_APP]: 3 });

    const touched = simulator.log.filter(
      (entry) =>
        entry.kind === 'effect' && entry.app === 'some-other-app' && entry.actor !== 'test',
    );
    expect(touched).toEqual([]);
    expect(machineCount('some-other-app')).toBe(2);
  },
);

it.skipIf(needs('prometheus'))(
  'ends at the right count after kill -9 in the middle of a scale-up',
  async () => {
    const first = await startAutoscaler();
    simulator.world.setMetric('my-app-1', METRIC, 60);
    await eventually(() => machineCount('my-app-1') > 4, 'a scale-up under way', LIMIT_MS);
    first.signal('SIGKILL');
    await first.ended;
    expect(machineCount('my-app-1')).toBeLessThan(12);

    const second = await startAutoscaler();
    await reaches({ 'my-app-1': 12 });
    // The other apps go on as before, and nothing more is made of the one that was interrupted.
    simulator.world.setMetric('my-app-2', METRIC, 15);
    await reaches({ 'my-app-1': 12, 'my-app-2': 3 });
    expect(second.hasEnded()).toBe(false);
    const created = simulator.world.machines('my-app-1');
    expect(created).toHaveLength(12);
  },
);
