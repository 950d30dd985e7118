/** The examples of the pages, run by the real program on the simulated Fly: their tables say what comes of them. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { seededRandom } from '../seams/clock.js';
import { collectorDefinitions } from '../collectors/registry.js';
import { formatProblems, loadConfig } from '../config/index.js';
import { createSimulator } from '../simulator/index.js';
import { createMemoryStateStore } from '../state/memory-store.js';
import { createFakeClock } from '../testing/fake-clock.js';
import { LOCAL_METRIC, LOCAL_ORG } from './local-fly.js';
import { connectAll, createLoop } from './wire.js';
import type { PassReport } from '../seams/events.js';

const APP = 'my-app-1';
const MINUTE_MS = 60_000;
/** The metric is scraped, asked for and acted on by then. */
const SEEN_AFTER_MS = 1.5 * MINUTE_MS;

interface Row {
  readonly atMs: number;
  readonly load: number | null;
  readonly machines: string;
  readonly reasons: string;
}

function rowsOf(page: string): Row[] {
  const rows = page.matchAll(/^\| (\d+)m \| (\d+|missing) \| (\d+|\?) \|(.*)\|$/gm);
  return [...rows].map(([, minutes, load, machines = '', reasons = '']) => ({
    atMs: Number(minutes) * MINUTE_MS,
    load: load === 'missing' ? null : Number(load),
    machines,
    reasons: reasons.trim(),
  }));
}

/** What the table should say. */
async function play(page: string): Promise<Row[]> {
  const text = /```yaml\n(.*?)```/s.exec(page)?.[1] ?? '';
  const clock = createFakeClock();
  const simulator = createSimulator({ clock, seed: 1, orgs: [LOCAL_ORG] });
  const loaded = loadConfig({
    env: {
      FAS_API_TOKEN: 'FlyV1 fm2_local',
      SIMULATOR_PROMETHEUS: `https://api.fly.io/prometheus/${LOCAL_ORG}`,
    },
    file: { path: 'example.yml', text },
    collectors: collectorDefinitions,
    purpose: 'serve',
    nowMs: clock.now(),
  });
  if (!loaded.ok) throw new Error(formatProblems(loaded.problems));
  expect(formatProblems(loaded.warnings)).toBe('');
  simulator.world.addApp(APP, { machines: 3 });
  let newest: PassReport | undefined;
  const context = {
    clock,
    random: seededRandom(1),
    version: 'test',
    warn: () => undefined,
    connect: () => ({ request: simulator.handle, close: () => Promise.resolve() }),
    instanceName: 'docs',
    recorder: { pass: (report: PassReport) => void (newest = report), fleet: () => undefined },
    state: createMemoryStateStore(),
  };
  const loop = createLoop(loaded.config, connectAll(loaded.config, context), context);
  const stopping = new AbortController();
  const running = loop.run(stopping.signal);
  const seen: Row[] = [];
  for (const row of rowsOf(page)) {
    await clock.advance(row.atMs - clock.elapsedMs());
    // Told again, it would end again.
    if (row.load !== seen.at(-1)?.load) simulator.world.setMetric(APP, LOCAL_METRIC, row.load);
    await clock.advance(SEEN_AFTER_MS);
    const machines = simulator.world
      .machines(APP)
      .filter(({ state, config }) => state === 'started' && !config.metadata?.['fas-remove']);
    const codes = [...new Set(newest?.reasons.map(({ code }) => code))];
    const told = codes.filter((code) => code !== 'at-target').map((code) => `\`${code}\``);
    seen.push({ ...row, machines: String(machines.length), reasons: told.join(', ') });
  }
  stopping.abort();
  await clock.runUntil(running);
  return seen;
}

it.each(['behavior', 'schedules', 'missing-data', 'removal-budgets'])(
  'the example of docs/%s.md goes as its table says',
  async (name) => {
    const page = readFileSync(new URL(`../../docs/${name}.md`, import.meta.url), 'utf8');
    const rows = rowsOf(page);
    expect(rows.length).toBeGreaterThan(3);
    const seen = await play(page);
    expect(rows).toEqual(seen);
  },
);
