/** Starts the processes of the bench, and looks at them from outside. Linux. */
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../src/testing/free-port.js';
import type { Answer, Order } from './messages.js';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const FLY = fileURLToPath(new URL('./fly-process.ts', import.meta.url));
const PROBE = new URL('./heap-probe.mjs', import.meta.url).href;

export type Report = Extract<Answer, { kind: 'report' }>;

export interface FlyProcess {
  readonly flyUrl: string;
  readonly sourceUrl: string;
  order(order: Order): void;
  report(): Promise<Report>;
  end(): Promise<void>;
}

export async function startFly(apps: number): Promise<FlyProcess> {
  const child = fork(FLY, [String(apps)], { execArgv: ['--import', 'tsx'] });
  const answer = async (): Promise<Answer> => {
    const [message] = (await once(child, 'message')) as [Answer];
    return message;
  };
  const ready = await answer();
  if (ready.kind !== 'ready') throw new Error('the simulated Fly does not begin');
  return {
    ...ready,
    order: (order) => void child.send(order),
    async report() {
      const told = answer();
      child.send({ kind: 'report' } satisfies Order);
      const report = await told;
      if (report.kind !== 'report') throw new Error('the simulated Fly gives no report');
      return report;
    },
    end: () => endOf(child),
  };
}

export interface Usage {
  readonly cpuMs: number;
  readonly atMs: number;
}

export interface Autoscaler {
  /** The value of a metric of its own; null: it has none of that name. */
  metric(name: string): Promise<number | null>;
  usage(): Promise<Usage>;
  residentMb(): Promise<number>;
  /** After a collection. */
  heapMb(): Promise<number>;
  readonly startedAtMs: number;
  end(): Promise<void>;
}

/** The built program on the simulated Fly; its metrics are scraped every 15 s, as they would be. */
export async function startAutoscaler(
  fly: FlyProcess,
  env: Readonly<Record<string, string>>,
  flags: readonly string[] = [],
): Promise<Autoscaler> {
  const port = await freePort();
  const startedAtMs = performance.now();
  const child = spawn(
    process.execPath,
    [...flags, '--expose-gc', '--import', PROBE, MAIN, 'serve'],
    {
      env: { PATH: process.env['PATH'], ...usualEnv(fly, port), ...env },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    },
  );
  const url = `http://127.0.0.1:${port}/metrics`;
  const scraping = setInterval(() => void scrape(url).catch(() => undefined), 15_000);
  return {
    startedAtMs,
    async metric(name) {
      if (child.exitCode !== null) throw new Error('the autoscaler has ended');
      const text = await scrape(url).catch(() => '');
      const value = new RegExp(`^${name}(?:{[^}]*})? (.+)$`, 'm').exec(text)?.[1];
      return value === undefined ? null : Number(value);
    },
    async usage() {
      const stat = await readFile(`/proc/${child.pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      // Clock ticks of 10 ms; fields 14 and 15 of the whole line.
      const cpuMs = (Number(fields[11]) + Number(fields[12])) * 10;
      return { cpuMs, atMs: performance.now() };
    },
    async residentMb() {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024;
    },
    async heapMb() {
      const told = once(child, 'message');
      child.send('heap');
      const [{ heapUsedBytes }] = (await told) as [{ heapUsedBytes: number }];
      return heapUsedBytes / 2 ** 20;
    },
    async end() {
      clearInterval(scraping);
      await endOf(child);
    },
  };
}

function usualEnv({ flyUrl, sourceUrl }: FlyProcess, port: number): Record<string, string> {
  return {
    FAS_ORG: 'my-org',
    FAS_APP_NAME: 'my-app-*',
    FAS_API_TOKEN: 'fm2_bench',
    FAS_HTTP_URL: `${sourceUrl}/load`,
    FAS_HTTP_PATH: "$.apps['$APP_NAME']",
    FAS_HTTP_METRIC_NAME: 'load',
    FAS_CREATED_MACHINE_COUNT: 'load / 5',
    FAS_LISTEN: `127.0.0.1:${port}`,
    FLY_FLAPS_BASE_URL: flyUrl,
    FLY_API_BASE_URL: flyUrl,
  };
}

async function scrape(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  return response.text();
}

async function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}

/** Waits until `is` gives true, looking every so often. */
export async function until(what: string, is: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + 20 * 60_000;
  while (!(await is())) {
    if (performance.now() > endMs) throw new Error(`in vain: ${what}`);
    await sleep(200);
  }
}
