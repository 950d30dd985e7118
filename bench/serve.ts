/** Start-up time and resident memory of the built program, and of the daemon with 1,000 apps. Linux. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../test/services/start-server.js';
import { median, rounded, type Row } from './figures.js';

const MAIN = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const APPS = 1000;

function start(args: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}

async function answers(url: string): Promise<void> {
  const until = Date.now() + 120_000;
  while (Date.now() < until) {
    const ok = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return;
    await sleep(5);
  }
  throw new Error(`${url} does not answer`);
}

async function residentMb(child: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024;
}

async function cpuMs(child: ChildProcess): Promise<number> {
  const stat = await readFile(`/proc/${child.pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // Clock ticks of 10 ms; fields 14 and 15 of the whole line.
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

export async function serveRows(): Promise<Row[]> {
  const flyPort = await freePort();
  const fly = `http://127.0.0.1:${flyPort}`;
  const simulator = start(['simulator', '--port', String(flyPort), '--apps', String(APPS)], {});
  await answers(`${fly}/apps/my-app-1/metrics`);
  const settings = (port: number): Record<string, string> => ({
    FAS_ORG: 'my-org',
    FAS_APP_NAME: 'my-app-*',
    FAS_API_TOKEN: 'fm2_bench',
    FAS_PROMETHEUS_ADDRESS: `${fly}/prometheus/my-org`,
    FAS_PROMETHEUS_TOKEN: 'fm2_bench',
    FAS_PROMETHEUS_METRIC_NAME: 'connection_count',
    FAS_PROMETHEUS_QUERY: "sum(connection_count{app='$APP_NAME'})",
    FAS_CREATED_MACHINE_COUNT: 'connection_count / 5',
    FAS_LISTEN: `127.0.0.1:${port}`,
    FLY_FLAPS_BASE_URL: fly,
    FLY_API_BASE_URL: fly,
  });
  try {
    const starts: number[] = [];
    for (let run = 0; run < 5; run += 1) {
      const port = await freePort();
      const startedAt = performance.now();
      const child = start(['serve'], settings(port));
      await answers(`http://127.0.0.1:${port}/livez`);
      starts.push(performance.now() - startedAt);
      await end(child);
    }
    const port = await freePort();
    const child = start(['serve'], settings(port));
    const startedAt = performance.now();
    await answers(`http://127.0.0.1:${port}/readyz`);
    const readyMs = performance.now() - startedAt;
    await sleep(15_000);
    const cpuBefore = await cpuMs(child);
    const windowMs = 45_000;
    await sleep(windowMs);
    const cpu = (await cpuMs(child)) - cpuBefore;
    const resident = await residentMb(child);
    await end(child);
    return [
      ['start of `serve` until /livez answers, median of 5', `${rounded(median(starts))} ms`],
      [`first pass over ${APPS} apps done (/readyz)`, `${rounded(readyMs / 1000)} s`],
      [`resident memory of \`serve\` with ${APPS} apps after a minute`, `${rounded(resident)} MB`],
      [
        `CPU of \`serve\` with ${APPS} apps of changing load`,
        `${rounded((cpu / windowMs) * 1000)} mCPU`,
      ],
    ];
  } finally {
    await end(simulator);
  }
}
