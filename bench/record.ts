/** What state and record cost: bytes, decisions replayed a second, CPU and memory beside 10,000 apps every 15 s. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { dataFiles } from '../src/cli/adapters/lasting-database.js';
import { openData, type Data } from '../src/cli/data.js';
import { plan } from '../src/core/plan/plan.js';
import type { Policy } from '../src/core/model/policy.js';
import { propose } from '../src/core/decide/propose.js';
import { settle } from '../src/core/fleet-wide/settle.js';
import { replay } from '../src/record/replay/replay.js';
import { decisionsIn } from '../src/record/store/index.js';
import {
  aMachine,
  anInput,
  aPolicy,
  aRange,
  aRelease,
  samples,
  T0,
} from '../src/testing/builders.js';
import { createFakeClock, type FakeClock } from '../src/testing/fake-clock.js';
import { aReport } from '../src/testing/reports.js';
import { rounded, type Row } from './figures.js';
import { FLAGS } from './fleet/quiet.js';
import { EMPTY_MEMORY } from '../src/core/model/app-memory.js';
import type { PassReport } from '../src/seams/events.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const MACHINES = 3;
const INTERVAL_MS = 15_000;
const DAY_MS = 86_400_000;
const POLICY: Policy = aPolicy({ created: aRange('queue / 10') });

/** Machines as Fly describes them: a configuration of some 600 bytes each. */
function machinesOf(app: string, count: number) {
  return Array.from({ length: count }, (_, i) => {
    const id = `${app}-${i}`.padEnd(14, '0');
    return aMachine({
      id,
      version: `01KDVDNA00DH731JREEW${id}`,
      config: {
        image: `registry.fly.io/${app}:deployment-01`,
        guest: { cpu_kind: 'shared', cpus: 1, memory_mb: 256 },
        env: { FLY_PROCESS_GROUP: 'app', PRIMARY_REGION: 'fra' },
        metadata: { fly_process_group: 'app', fly_release_id: 'rel1', fly_release_version: '1' },
        restart: { policy: 'on-failure', max_retries: 10 },
        init: {},
        services: [
          {
            protocol: 'tcp',
            internal_port: 8080,
            autostop: false,
            ports: [{ port: 443, handlers: ['tls', 'http'] }],
          },
        ],
      },
    });
  });
}

function aPass(
  app: string,
  queue: number,
  clock: { now(): number },
  elapsedMs: number,
): PassReport {
  const input = anInput({
    app,
    policy: POLICY,
    samples: samples({ queue }),
    memory: EMPTY_MEMORY,
    now: { wallMs: clock.now(), elapsedMs },
    look: { machines: machinesOf(app, MACHINES), release: aRelease(), volumes: 'unread' },
  });
  const fresh = propose(input);
  const base = { app, policy: POLICY, startedAtMs: clock.now(), samples: input.samples, input };
  if (!fresh.isWorthALook) {
    return aReport({ ...base, proposal: fresh, reasons: fresh.reasons });
  }
  const grant = { creates: 1, removals: 1, starts: 0, stops: 0, reasons: [] };
  const proposal = settle(fresh, grant);
  const planned = plan(input, proposal, () => `fas-${app}-${elapsedMs}`);
  const outcomes = [...planned.creates, ...planned.removals].map(
    (action) => ({ action, result: 'done', machineId: 'm9', stepsDone: [] }) as const,
  );
  const reasons = [...proposal.reasons, ...planned.reasons];
  return aReport({ ...base, grant, proposal, plan: planned, outcomes, reasons });
}

function open(dir: string, clock: FakeClock): Data {
  const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
  return openData(
    { clock, files: dataFiles, version: '1.0.0' },
    { dataDir: dir, recordMaxBytes: 4e9, configHash: () => 'abcdef123456' },
    quiet,
  );
}

/** Bytes for each app and day of `apps` apps; `load` gives the metric of an app at a tick. */
async function bytesADay(
  load: (app: number, tick: number) => number,
): Promise<{ readonly bytes: number; readonly replaysASecond: number }> {
  const apps = 20;
  const hours = 6;
  const dir = mkdtempSync(path.join(tmpdir(), 'fas-bench-'));
  const clock = createFakeClock({ startMs: T0 });
  const data = open(dir, clock);
  const ticks = (hours * 3_600_000) / INTERVAL_MS;
  let before = 0;
  for (let tick = 0; tick < ticks; tick += 1) {
    for (let app = 0; app < apps; app += 1) {
      data.recorder.pass(aPass(`my-app-${app}`, load(app, tick), clock, clock.elapsedMs()));
    }
    await clock.advance(INTERVAL_MS);
    if (tick === ticks / 4) before = data.stats().bytes;
  }
  await clock.advance(INTERVAL_MS);
  const bytes = (data.stats().bytes - before) / apps / ((0.75 * hours * 3_600_000) / DAY_MS);
  const startedAt = performance.now();
  let replayed = 0;
  for await (const { report } of decisionsIn(data.reader, {})) {
    if (replay(report).kind === 'same') replayed += 1;
  }
  const replaysASecond = replayed / ((performance.now() - startedAt) / 1000);
  await clock.runUntil(data.close());
  rmSync(dir, { recursive: true });
  return { bytes, replaysASecond };
}

const FLEET = 10_000;

interface Cost {
  readonly cpuMs: number;
  readonly heapBytes: number;
  readonly rssBytes: number;
}

/** A fleet's passes, with or without a record: 1 in 100 apps acts in each tick, every metric changes in one of four. */
async function fleetCost(ticks: number, isRecorded: boolean): Promise<Cost> {
  const dir = mkdtempSync(path.join(tmpdir(), 'fas-bench-'));
  const clock = createFakeClock({ startMs: T0 });
  const memory = (): { heap: number; rss: number } => {
    collectGarbage();
    const { heapUsed, external, rss } = process.memoryUsage();
    return { heap: heapUsed + external, rss };
  };
  const before = memory();
  const data = isRecorded ? open(dir, clock) : null;
  const state = data?.state ?? null;
  let cpuMs = 0;
  for (let tick = 0; tick < ticks; tick += 1) {
    const reports = Array.from({ length: FLEET }, (_, app) => {
      const acts = (app + tick) % 100 === 0;
      const queue = acts ? 40 : 30 - ((app + (tick >> 2)) % 4) / 10;
      return aPass(`my-app-${app}`, queue, clock, clock.elapsedMs());
    });
    const cpu = process.cpuUsage();
    for (const report of reports) data?.recorder.pass(report);
    const acting = reports.filter(({ outcomes }) => outcomes.length > 0);
    const kept = { atMs: clock.now(), used: [1, 2, 3] };
    const commits =
      state === null
        ? []
        : acting.map(({ app }) => state.commit(new Map([[`history/${app}/default`, kept]])));
    await clock.advance(INTERVAL_MS);
    await Promise.all(commits);
    const used = process.cpuUsage(cpu);
    // The first ticks write down every app once.
    if (tick >= ticks / 2) cpuMs += (used.user + used.system) / 1000;
  }
  const after = memory();
  if (data !== null) await clock.runUntil(data.close());
  rmSync(dir, { recursive: true });
  return { cpuMs, heapBytes: after.heap - before.heap, rssBytes: after.rss - before.rss };
}

/** In a process of its own: memory of what was measured before would count. */
function costAlone(ticks: number, isRecorded: boolean): Cost {
  const kind = isRecorded ? 'recorded' : 'plain';
  const args = [...FLAGS, '--import', 'tsx', SELF, String(ticks), kind];
  const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return JSON.parse(stdout) as Cost;
}

const SELF = fileURLToPath(import.meta.url);
if (process.argv[1] === SELF) {
  const [, , ticks, kind] = process.argv;
  console.log(JSON.stringify(await fleetCost(Number(ticks), kind === 'recorded')));
}

export async function recordRows(): Promise<Row[]> {
  const quiet = await bytesADay(() => 30);
  const changing = await bytesADay((app, tick) => 30 - ((app + tick) % 40) / 10);
  const busy = await bytesADay((app, tick) =>
    (app + tick) % 40 === 0 ? 40 : 30 - (tick % 40) / 10,
  );
  const ticks = 40;
  const without = costAlone(ticks, false);
  const recorded = costAlone(ticks, true);
  const windowMs = (ticks / 2) * INTERVAL_MS;
  const mCpu = ((recorded.cpuMs - without.cpuMs) / windowMs) * 1000;
  const kb = (bytes: number): string => `${rounded(bytes / 1000)} kB`;
  const mb = (bytes: number): string => `${rounded(bytes / 1e6)} MB`;
  return [
    ['record, a quiet app with a steady metric', `${kb(quiet.bytes)} a day`],
    ['record, a quiet app whose metric changes in every tick', `${kb(changing.bytes)} a day`],
    ['record, an app that acts every 10 minutes', `${kb(busy.bytes)} a day`],
    ['`replay`', `${rounded(busy.replaysASecond)} decisions a second`],
    [
      `state and record of ${FLEET} apps every 15 s, 100 of them acting in each (goal 10 mCPU, 40 MB)`,
      `${rounded(mCpu)} mCPU, ${mb(recorded.heapBytes - without.heapBytes)} heap, ${mb(recorded.rssBytes - without.rssBytes)} resident`,
    ],
  ];
}
