/** What is best seen from within: the loop in this process, the simulated Fly in its own. */
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../src/cli/adapters/clock.js';
import { connectHttp } from '../../src/cli/adapters/http.js';
import { dataFiles } from '../../src/cli/adapters/lasting-database.js';
import { openData, type Data } from '../../src/cli/data.js';
import { seededRandom } from '../../src/seams/clock.js';
import { http } from '../../src/collectors/http/index.js';
import type { Policy } from '../../src/core/model/policy.js';
import { createFleet, type Fleet } from '../../src/fleet/loop/loop.js';
import type { FleetOptions } from '../../src/fleet/base/options.js';
import { createFlyClient } from '../../src/fly/index.js';
import { fanOut } from '../../src/record/report/fan-out.js';
import { createMemoryStateStore } from '../../src/state/memory-store.js';
import { aPolicy, aRange } from '../../src/testing/builders.js';
import { rounded, type Row } from '../figures.js';
import { keptIn, type Kept } from './kept.js';
import { appName, LOAD_PER_MACHINE, MACHINES } from './messages.js';
import { startFly, until, type FlyProcess } from './processes.js';
import type { Collector } from '../../src/seams/collector.js';
import type { Recorder } from '../../src/seams/events.js';

const APPS = 1000;
const TIMEOUT_MS = 10_000;
const clock = systemClock();
const random = seededRandom(1);
const userAgent = 'fly-autoscaler/bench';

function collector(name: string, url: string, path: string): Collector {
  const settings = http.schema.parse({ 'metric-name': name, url, path });
  return http.create(settings, {
    connect: connectHttp,
    clock,
    random,
    userAgent,
    timeoutMs: TIMEOUT_MS,
    intervalMs: 15_000,
    appPatterns: ['my-app-*'],
    warn: () => undefined,
    sourceChanged: () => undefined,
  });
}

function policyFor(pattern: string, metric: string): Policy {
  const expression = `${metric} / ${LOAD_PER_MACHINE}`;
  return aPolicy({
    name: pattern,
    apps: { include: [pattern], exclude: [] },
    created: aRange(expression, undefined, [metric]),
  });
}

type Own = Pick<FleetOptions, 'policies' | 'collectors' | 'machineList'>;

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** As `serve` keeps state and record. */
function dataIn(dataDir: string | null): Data {
  const options = { dataDir, recordMaxBytes: 512e6, configHash: () => 'abcdef123456' };
  return openData({ clock, files: dataFiles, version: '1.0.0' }, options, quiet);
}

function fleetOf(fly: FlyProcess, own: Own, data: Data, seen: Recorder): Fleet {
  const client = createFlyClient({
    token: 'fm2_bench',
    machinesUrl: fly.flyUrl,
    apiUrl: fly.flyUrl,
    http: connectHttp().request,
    clock,
    random,
    userAgent,
  });
  return createFleet({
    ...own,
    org: 'my-org',
    intervalMs: 15_000,
    timeoutMs: 30_000,
    concurrency: 64,
    appListRefreshMs: 60_000,
    machineRefreshMs: 1_800_000,
    ownApp: null,
    isDryRun: false,
    maxMachines: null,
    maxCreatesPerMinute: null,
    maxRemovalsPerMinute: null,
    brake: null,
    state: data.state ?? createMemoryStateStore(),
    zone: 'UTC',
    instanceName: 'bench',
    fly: client,
    clock,
    random,
    recorder: fanOut([seen, data.recorder], () => undefined),
  });
}

const sum = (requests: Readonly<Record<string, number>>): number =>
  Object.values(requests).reduce((total, count) => total + count, 0);

/** Every app looked at once: as the fleet does it, and as one worker does that asks for one app after another. */
export async function sweepRows(kept: Kept): Promise<Row[]> {
  const fly = await startFly(APPS);
  try {
    const together = await keptIn(kept, (dataDir) => sweepTogether(fly, dataIn(dataDir)));
    const alone = await keptIn(kept, (dataDir) => sweepAlone(fly, dataIn(dataDir)));
    const line = ({ seconds, requests }: Sweep): string =>
      `${rounded(seconds)} s, ${requests} requests`;
    return [
      [`a sweep of ${APPS} apps, every app decided anew`, line(together)],
      ['the same by one worker, app by app', line(alone)],
      ['times faster (goal 100)', rounded(alone.seconds / together.seconds)],
    ];
  } finally {
    await fly.end();
  }
}

interface Sweep {
  readonly seconds: number;
  readonly requests: number;
}

async function sweepTogether(fly: FlyProcess, data: Data): Promise<Sweep> {
  const stopping = new AbortController();
  let tickAtMs = 0;
  let reports = 0;
  let doneAtMs = 0;
  const fleet = fleetOf(
    fly,
    {
      policies: [policyFor('my-app-*', 'load')],
      collectors: [collector('load', `${fly.sourceUrl}/load`, "$.apps['$APP_NAME']")],
      machineList: 'org',
    },
    data,
    {
      pass() {
        reports += 1;
        doneAtMs = performance.now();
      },
      fleet(event) {
        if (event.kind !== 'tick') return;
        tickAtMs = performance.now();
        reports = 0;
      },
    },
  );
  const running = fleet.run(stopping.signal);
  await until('a first pass', async () => reports >= APPS);
  await sleep(1000);
  // Another value for each, which wants no other count: all are decided, none is acted on.
  fly.order({ kind: 'set', app: null, value: MACHINES * LOAD_PER_MACHINE + 0.1 });
  // From here to the end of the next tick: what keeps the index fresh meanwhile counts too.
  fly.order({ kind: 'reset' });
  const firstTickAtMs = tickAtMs;
  await until('the next tick', async () => tickAtMs !== firstTickAtMs);
  await until('its passes', async () => reports >= APPS);
  const seconds = (doneAtMs - tickAtMs) / 1000;
  const requests = sum((await fly.report()).requests);
  stopping.abort();
  await running;
  await data.close();
  return { seconds, requests };
}

async function sweepAlone(fly: FlyProcess, data: Data): Promise<Sweep> {
  const fleet = fleetOf(
    fly,
    {
      policies: [policyFor('my-app-*', 'load')],
      collectors: [collector('load', `${fly.sourceUrl}/load/$APP_NAME`, '$.load')],
      machineList: 'app',
    },
    data,
    { pass: () => undefined, fleet: () => undefined },
  );
  fly.order({ kind: 'reset' });
  const beganAtMs = performance.now();
  for (let i = 0; i < APPS; i += 1) {
    await fleet.passOnce([appName(i)], new AbortController().signal);
  }
  const seconds = (performance.now() - beganAtMs) / 1000;
  await data.close();
  return { seconds, requests: sum((await fly.report()).requests) };
}

/** Ten policies with a metric each, one of which hangs, and an app that has 200 machines to get. */
export async function isolationRows(kept: Kept): Promise<Row[]> {
  const fly = await startFly(APPS);
  try {
    const late = await keptIn(kept, (dataDir) => latenessOfOthers(fly, dataIn(dataDir)));
    late.sort((a, b) => a - b);
    const at = (part: number): string =>
      rounded((late[Math.floor(late.length * part)] ?? Number.NaN) / 1000);
    return [
      [
        `${APPS} apps in ten policies, one source hangs, one app creates: lateness of the others, p50, p99 (goal 1 s)`,
        `${at(0.5)} s, ${at(0.99)} s (${late.length} passes)`,
      ],
    ];
  } finally {
    await fly.end();
  }
}

/** In milliseconds, of each pass. */
async function latenessOfOthers(fly: FlyProcess, data: Data): Promise<number[]> {
  const stopping = new AbortController();
  const late: number[] = [];
  let isWatching = false;
  const isOther = (app: string): boolean => !app.endsWith('3') && app !== appName(0);
  const fleet = fleetOf(
    fly,
    {
      policies: Array.from({ length: 10 }, (_, i) => policyFor(`my-app-*${i}`, `m${i}`)),
      collectors: Array.from({ length: 10 }, (_, i) =>
        collector(`m${i}`, `${fly.sourceUrl}/${i === 3 ? 'hang' : 'load'}`, "$.apps['$APP_NAME']"),
      ),
      machineList: 'org',
    },
    data,
    {
      pass({ app, latenessMs }) {
        if (isWatching && isOther(app)) late.push(latenessMs);
      },
      fleet(event) {
        if (!isWatching || event.kind !== 'apps-unchanged') return;
        for (const app of event.apps) if (isOther(app)) late.push(event.latenessMs);
      },
    },
  );
  const running = fleet.run(stopping.signal);
  await sleep(20_000);
  fly.order({ kind: 'set', app: appName(0), value: 200 * LOAD_PER_MACHINE });
  isWatching = true;
  await sleep(62_000);
  stopping.abort();
  await running;
  await data.close();
  return late;
}
