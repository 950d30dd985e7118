/** The simulated Fly and a metric source, in a process of their own, with latency on every request. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../src/cli/adapters/clock.js';
import { seededRandom, type Clock } from '../../src/seams/clock.js';
import { createSimulator, startServer, type EffectKind } from '../../src/simulator/index.js';
import {
  appName,
  LATENCY_MS,
  LOAD_PER_MACHINE,
  MACHINES,
  type Answer,
  type Order,
} from './messages.js';

/** What somebody who looks from outside would call the first action; leases and reads are none. */
const ACTIONS: ReadonlySet<EffectKind> = new Set(['create', 'metadata', 'start', 'destroy']);

const apps = Number(process.argv[2]);
/** The world has come about within an hour when the autoscaler first looks: little of it is news. */
const AGE_MS = 3_600_000;
let agoMs = AGE_MS;
const real = systemClock();
const clock: Clock = {
  now: () => real.now() - agoMs,
  elapsedMs: () => real.elapsedMs() - agoMs,
  sleep: (ms, signal) => real.sleep(ms, signal),
};
const random = seededRandom(1);
const simulator = createSimulator({ clock, seed: 1, config: { logCapacity: 0 } });
const load = new Map<string, number>();
for (let i = 0; i < apps; i += 1) {
  agoMs = AGE_MS * (1 - i / apps);
  simulator.world.addApp(appName(i), { machines: MACHINES });
  load.set(appName(i), MACHINES * LOAD_PER_MACHINE);
}

agoMs = 0;

let requests: Record<string, number> = {};
let reactionsMs: number[] = [];
const changedAtMs = new Map<string, number>();
const count = (what: string): void => {
  requests[what] = (requests[what] ?? 0) + 1;
};
simulator.subscribe((entry) => {
  if (entry.kind === 'request') count(entry.action);
  if (entry.kind !== 'effect' || !ACTIONS.has(entry.effect)) return;
  const atMs = changedAtMs.get(entry.app);
  if (atMs === undefined) return;
  changedAtMs.delete(entry.app);
  reactionsMs.push(performance.now() - atMs);
});

/** `/load` answers for the whole fleet, `/load/APP` for one, `/hang` never. */
async function startSource(): Promise<Server> {
  const server = createServer((request, response) => {
    count('source');
    const path = request.url ?? '/';
    if (path.startsWith('/hang')) return;
    setTimeout(() => {
      const app = path.split('/')[2];
      const body = app === undefined ? { apps: Object.fromEntries(load) } : { load: load.get(app) };
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(body));
    }, LATENCY_MS);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return server;
}

let changes = 0;
/** One machine more for one app, one less for the next, and back again when all had their turn. */
function change(): void {
  const app = appName(changes % apps);
  const step = changes % 2 === 0 ? LOAD_PER_MACHINE : -LOAD_PER_MACHINE;
  changes += 1;
  const usual = MACHINES * LOAD_PER_MACHINE;
  load.set(app, load.get(app) === usual ? usual + step : usual);
  changedAtMs.set(app, performance.now());
}

/**
 * One in each slice of time, at a random moment of it: no rhythm of the autoscaler is favoured, and every phase of its
 * interval has its share, so that the figures do not hang on chance.
 */
async function churn(changesPerSecond: number, forMs: number): Promise<void> {
  const startMs = performance.now();
  const sliceMs = 1000 / changesPerSecond;
  for (let i = 0; i * sliceMs < forMs; i += 1) {
    await sleep(startMs + (i + random.next()) * sliceMs - performance.now());
    change();
  }
}

function tell(answer: Answer): void {
  process.send?.(answer);
}

process.on('message', (order: Order) => {
  if (order.kind === 'churn') void churn(order.changesPerSecond, order.forMs);
  else if (order.kind === 'set') {
    for (const app of order.app === null ? [...load.keys()] : [order.app]) {
      load.set(app, order.value);
    }
  } else if (order.kind === 'reset') {
    requests = {};
    reactionsMs = [];
    changedAtMs.clear();
  } else tell({ kind: 'report', requests, reactionsMs, unanswered: changedAtMs.size });
});
process.on('disconnect', () => process.exit(0));

const fly = await startServer(simulator, { latencyMs: LATENCY_MS });
const source = await startSource();
const { port } = source.address() as AddressInfo;
tell({ kind: 'ready', flyUrl: fly.url, sourceUrl: `http://127.0.0.1:${port}` });
