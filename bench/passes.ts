/** Passes a second and CPU per pass of a fleet in one process, in virtual time: the real loop, client and collector on the simulated Fly. */
import { setMaxListeners } from 'node:events';
import { seededRandom } from '../src/seams/clock.js';
import { prometheus } from '../src/collectors/prometheus/index.js';
import { createFleet } from '../src/fleet/loop/loop.js';
import { createFlyClient } from '../src/fly/index.js';
import type { HttpClient } from '../src/seams/http.js';
import { createSimulator } from '../src/simulator/index.js';
import { createMemoryStateStore } from '../src/state/memory-store.js';
import { aPolicy, aRange } from '../src/testing/builders.js';
import { createFakeClock } from '../src/testing/fake-clock.js';
import { rounded, type Row } from './figures.js';
import type { Recorder } from '../src/seams/events.js';

const APPS = 1000;
const MACHINES = 3;
const INTERVAL_MS = 15_000;
const METRIC = 'connection_count';

interface Measured {
  readonly passes: number;
  readonly requests: number;
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** `changing` apps get another load before each tick. */
async function measure(changing: number, ticks: number): Promise<Measured> {
  const clock = createFakeClock();
  const simulator = createSimulator({ clock, seed: 1 });
  const apps = Array.from({ length: APPS }, (_, i) => `my-app-${i}`);
  for (const app of apps) {
    simulator.world.addApp(app, { machines: MACHINES });
    simulator.world.setMetric(app, METRIC, MACHINES * 5);
  }
  const seen = { passes: 0, requests: 0 };
  const http: HttpClient = (request, signal) => {
    seen.requests += 1;
    return simulator.handle(request, signal);
  };
  const recorder: Recorder = {
    pass(report) {
      seen.passes += 1;
      // A fleet that is held is fast, and says nothing.
      const bad = report.reasons.find((r) => r.code === 'metric-error' || r.code === 'pass-failed');
      if (bad !== undefined) throw new Error(`${report.app}: ${bad.detail}`);
    },
    fleet: () => undefined,
  };
  const random = seededRandom(1);
  const userAgent = 'fly-autoscaler/bench';
  const settings = prometheus.schema.parse({
    'metric-name': METRIC,
    address: 'http://fly/prometheus/my-org',
    query: `sum(${METRIC}{app='$APP_NAME'})`,
    token: 'fm2_bench',
  });
  const collector = prometheus.create(settings, {
    connect: () => ({ request: http, close: () => Promise.resolve() }),
    clock,
    random,
    userAgent,
    timeoutMs: 10_000,
    appPatterns: ['my-app-*'],
    warn: () => undefined,
  });
  const fleet = createFleet({
    policies: [
      aPolicy({
        apps: { include: ['my-app-*'], exclude: [] },
        created: aRange(`${METRIC} / 5`, undefined, [METRIC]),
      }),
    ],
    org: 'my-org',
    intervalMs: INTERVAL_MS,
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
    instanceName: 'bench',
    collectors: [collector],
    fly: createFlyClient({ token: 'fm2_bench', http, clock, random, userAgent }),
    clock,
    random,
    recorder,
  });
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal);
  const running = fleet.run(stopping.signal);
  await clock.advance(2 * INTERVAL_MS);
  Object.assign(seen, { passes: 0, requests: 0 });
  const startedAt = performance.now();
  const cpu = process.cpuUsage();
  for (let tick = 0; tick < ticks; tick += 1) {
    for (let i = 0; i < changing; i += 1) {
      const app = apps[(tick * changing + i) % APPS] ?? '';
      simulator.world.setMetric(app, METRIC, 5 * (MACHINES + ((tick + i) % 3)));
    }
    await clock.advance(INTERVAL_MS);
  }
  const used = process.cpuUsage(cpu);
  const measured = {
    ...seen,
    wallMs: performance.now() - startedAt,
    cpuMs: (used.user + used.system) / 1000,
  };
  stopping.abort();
  await clock.runUntil(running);
  return measured;
}

export async function passRows(): Promise<Row[]> {
  const quiet = await measure(0, 40);
  const busy = await measure(100, 20);
  const line = (m: Measured): string =>
    `${rounded(m.passes / (m.wallMs / 1000))} passes a second, ${rounded((m.cpuMs / m.passes) * 1000)} us CPU a pass, ${rounded(m.requests / m.passes)} requests a pass`;
  return [
    [`${APPS} apps, nothing changes, simulated Fly included`, line(quiet)],
    [`${APPS} apps, 100 change at each tick, simulated Fly included`, line(busy)],
  ];
}
