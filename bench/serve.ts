/** Start-up time and resident memory of the built program, and of the daemon with 1,000 apps. Linux. */
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../src/testing/free-port.js';
import { median, rounded, type Row } from './figures.js';
import { answers, cpuMs, end, residentMb, start } from './program.js';

const APPS = 1000;

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
