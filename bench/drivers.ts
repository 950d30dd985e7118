/** What the drivers of metric sources cost a process that has them configured: start-up time and resident memory of `serve`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../src/testing/free-port.js';
import { eventually } from '../test/services/start-server.js';
import { metricOf, SOURCE_TYPES, sourceEnv, startGreeter } from '../test/services/every-source.js';
import { median, rounded, type Row } from './figures.js';
import { answers, cpuMs, end, residentMb, start } from './program.js';

const ROUNDS = 3;
/** After that the garbage of the start is gone. */
const SETTLE_MS = 5000;

/** Wall time and CPU until /livez answers; resident memory once every source has been asked. */
interface Cost {
  readonly startMs: number;
  readonly startCpuMs: number;
  readonly residentMb: number;
}

async function measure(fly: string, greeterPort: number, types: readonly string[]): Promise<Cost> {
  const port = await freePort();
  const own = `http://127.0.0.1:${port}`;
  const startedAt = performance.now();
  const child = start(['serve'], {
    FAS_ORG: 'my-org',
    FAS_APP_NAME: 'my-app-1',
    FAS_API_TOKEN: 'fm2_bench',
    FAS_INTERVAL: '1s',
    FAS_LISTEN: `127.0.0.1:${port}`,
    FLY_FLAPS_BASE_URL: fly,
    FLY_API_BASE_URL: fly,
    ...sourceEnv(types, greeterPort),
  });
  try {
    await answers(`${own}/livez`);
    const startMs = performance.now() - startedAt;
    const startCpuMs = await cpuMs(child);
    await answers(`${own}/readyz`);
    // A schedule asks nobody.
    const asked = types.filter((type) => type !== 'schedule');
    const isAsked = async (): Promise<boolean> => {
      const text = await (await fetch(`${own}/metrics`)).text();
      return asked.every((type) => text.includes(`fas_source_state{metric="${metricOf(type)}"`));
    };
    await eventually(isAsked, 'every source to be asked', 120_000);
    await sleep(SETTLE_MS);
    return { startMs, startCpuMs, residentMb: await residentMb(child) };
  } finally {
    await end(child);
  }
}

/** Sets in turn, so that a machine that grows slower does so for all. */
export async function driverRows(): Promise<Row[]> {
  const port = await freePort();
  const fly = `http://127.0.0.1:${port}`;
  const greeter = await startGreeter();
  const simulator = start(['simulator', '--port', String(port), '--apps', '1'], {});
  const sets: readonly (readonly [string, readonly string[]])[] = [
    ['no collector', []],
    ...SOURCE_TYPES.map((type) => [`one: ${type}`, [type]] as const),
    [`all ${SOURCE_TYPES.length}`, SOURCE_TYPES],
  ];
  const costs = sets.map((): Cost[] => []);
  try {
    await answers(`${fly}/apps/my-app-1/metrics`);
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [index, [, types]] of sets.entries())
        costs[index]?.push(await measure(fly, greeter.port, types));
    }
  } finally {
    greeter.close();
    await end(simulator);
  }
  const shown = (index: number, key: keyof Cost, unit: string): string => {
    const each = costs[index]?.map((cost) => cost[key]) ?? [];
    // Round by round: what slows the machine slows both.
    const ratios = each.map((value, round) => value / (costs[0]?.[round]?.[key] ?? Number.NaN));
    return `${rounded(median(each))} ${unit} (${rounded(median(ratios))})`;
  };
  return sets.map(([name], index) => [
    name,
    [
      `start ${shown(index, 'startMs', 'ms')}`,
      `CPU of it ${shown(index, 'startCpuMs', 'ms')}`,
      `resident ${shown(index, 'residentMb', 'MB')}`,
    ].join(', '),
  ]);
}
