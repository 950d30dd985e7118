/**
 * How long the event loop stands still while an answer of 60 MB is read: while it does, no lease is renewed and nobody who asks whether
 * the process lives is answered. Beside it what the machine does to an idle loop at the same time of day.
 * Alone, and with the flags of the image: `npx tsx --max-semi-space-size=1 --heap-growing-percent=25 --v8-pool-size=1 bench/index.ts stalls`.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../src/cli/adapters/clock.js';
import { connectHttp } from '../src/cli/adapters/http.js';
import { seededRandom } from '../src/seams/clock.js';
import { collectorDefinitions } from '../src/collectors/registry.js';
import { createFlyClient } from '../src/fly/index.js';
import { rounded, type Row } from './figures.js';

const clock = systemClock();
const never = new AbortController().signal;
const apps = Array.from({ length: 10_000 }, (_, index) => `a${index}`);
const QUERY = 'sum by (instance) (jobs{app="$APP_NAME"})';
const IDLE_MS = 5000;

type Reading = (address: string) => Promise<void>;

/** By the path of the body, which stalls-server.ts makes. */
const READINGS: readonly (readonly [what: string, path: string, read: Reading])[] = [
  [
    'Prometheus, 10,000 apps',
    'fleet',
    (address) => collect('prometheus', { address, query: QUERY }),
  ],
  [
    'Prometheus, one app has all series',
    'app',
    (address) => collect('prometheus', { address, query: QUERY }),
  ],
  [
    'Prometheus, one answer for all',
    'app',
    (address) => collect('prometheus', { address, query: 'jobs' }),
  ],
  [
    'JSON with a filter',
    'json',
    (url) =>
      collect('http', {
        url,
        path: '$.apps[?@.metric.app == "$APP_NAME"].value[1]',
        combine: 'sum',
      }),
  ],
  [
    'exposition',
    'lines',
    (url) =>
      collect('http', {
        url,
        format: 'prometheus',
        selector: 'jobs{app="$APP_NAME"}',
        combine: 'sum',
      }),
  ],
  ["an app's machines at Fly", 'machines', listMachines],
];

async function collect(type: string, settings: Readonly<Record<string, unknown>>): Promise<void> {
  const definition = collectorDefinitions.find((one) => one.type === type);
  if (definition === undefined) throw new Error(type);
  const all = { 'metric-name': 'm', timeout: '10m', 'max-answer-size': '100MB', ...settings };
  const collector = definition.create(definition.schema.parse(all), {
    connect: connectHttp,
    clock,
    random: seededRandom(1),
    userAgent: 'bench',
    timeoutMs: 600_000,
    appPatterns: ['a*'],
    warn: () => undefined,
  });
  let values = 0;
  await collector.collect(
    apps,
    (_, sample) => {
      if (sample.kind === 'value') values += 1;
    },
    never,
  );
  await collector.close();
  if (values === 0) throw new Error(`${type}: no app has a value`);
}

async function listMachines(address: string): Promise<void> {
  const http = connectHttp();
  const fly = createFlyClient({
    token: 'FlyV1 fm2_bench',
    machinesUrl: address,
    http: http.request,
    clock,
    random: seededRandom(1),
    userAgent: 'bench',
    requestTimeoutMs: 600_000,
  });
  await fly.listMachines('a1', never);
  await http.close();
}

/** The longest time between two turns of the loop, above the 5 ms that were asked for. */
async function longestStallMs(work: () => Promise<void>): Promise<number> {
  let longestMs = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    longestMs = Math.max(longestMs, now - last - 5);
    last = now;
  }, 5);
  await work();
  await clock.sleep(20);
  clearInterval(timer);
  return longestMs;
}

export async function stallRows(): Promise<Row[]> {
  const server = fork(fileURLToPath(new URL('stalls-server.ts', import.meta.url)));
  const port = await new Promise<number>((resolve) =>
    server.once('message', (message) => resolve(Number(message))),
  );
  const rows: Row[] = [];
  try {
    for (const [what, path, read] of READINGS) {
      const idleMs = await longestStallMs(() => clock.sleep(IDLE_MS));
      const startedMs = performance.now();
      const stallMs = await longestStallMs(() => read(`http://127.0.0.1:${port}/${path}`));
      const seconds = rounded((performance.now() - startedMs) / 1000);
      const times = rounded(stallMs / Math.max(1, idleMs));
      rows.push([
        `60 MB, ${what}: longest stall, beside an idle loop (goal 250 ms)`,
        `${rounded(stallMs)} ms, ${times} x ${rounded(idleMs)} ms; read in ${seconds} s`,
      ]);
    }
  } finally {
    server.kill();
  }
  return rows;
}
