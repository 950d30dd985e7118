import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../cli/adapters/clock.js';
import { connectHttp } from '../../cli/adapters/http.js';
import { seededRandom } from '../../seams/clock.js';
import type { Sample } from '../../core/model/sample.js';
import { startPrometheus, type PrometheusServer } from '../../../test/services/prometheus.js';
import { needs } from '../../../test/services/needs.js';
import { freePort } from '../../testing/free-port.js';
import { eventually } from '../../../test/services/start-server.js';
import {
  startVictoriaMetrics,
  type VictoriaMetricsServer,
} from '../../../test/services/victoria-metrics.js';
import { prometheus } from './index.js';
import { prometheusSchema } from './settings.js';
import type { Collector } from '../../seams/collector.js';

const clock = systemClock();

function collector(address: string, settings: Readonly<Record<string, unknown>>): Collector {
  const parsed = prometheusSchema.parse({ 'metric-name': 'm', address, ...settings });
  return prometheus.create(parsed, {
    connect: connectHttp,
    clock,
    random: seededRandom(1),
    userAgent: 'test',
    timeoutMs: 20_000,
    warn: () => undefined,
  });
}

/** Collects once for one app. */
async function sample(
  address: string,
  settings: Readonly<Record<string, unknown>>,
  app = 'shop-1',
): Promise<Sample> {
  const one = collector(address, settings);
  const samples: Sample[] = [];
  await one.collect([app], (_, each) => samples.push(each), new AbortController().signal);
  await one.close();
  expect(samples).toHaveLength(1);
  return samples[0]!;
}

/** What both servers must do alike with jobs{app="shop-1"} 3 and {app="shop-2"} 4, and `old` (2 minutes) and `ancient` (20 minutes) behind. */
function sharedBehaviour(address: () => string, names: { isVictoria: boolean }): void {
  it('answers a vector, a scalar and an empty result', async () => {
    expect(await sample(address(), { query: `sum(jobs{app='$APP_NAME'})` })).toMatchObject({
      kind: 'value',
      value: 3,
    });
    expect(await sample(address(), { query: `jobs{app="$APP_NAME"}` }, 'shop-2')).toMatchObject({
      value: 4,
    });
    expect(await sample(address(), { query: 'scalar(sum(jobs))' })).toMatchObject({ value: 7 });
    expect(await sample(address(), { query: 'sum(missing)' })).toMatchObject({ kind: 'empty' });
    expect(await sample(address(), { query: 'sum(missing)', default: 0 })).toMatchObject({
      kind: 'value',
      value: 0,
      isDefault: true,
    });
    expect(await sample(address(), { query: 'sum(missing) or vector(5)' })).toMatchObject({
      value: 5,
    });
  });

  it('shows NaN where the server does, and infinity', async () => {
    const nan = await sample(address(), { query: 'sum(jobs) * 0 / 0' });
    if (names.isVictoria) expect(nan.kind).toBe('empty');
    else expect(nan).toMatchObject({ kind: 'not-a-number', value: Number.NaN });
    expect(await sample(address(), { query: 'sum(jobs) / 0' })).toMatchObject({
      kind: 'not-a-number',
      value: Infinity,
    });
  });

  it('takes the first of several series in label order and says so', async () => {
    expect(await sample(address(), { query: 'sort_desc(jobs)' })).toMatchObject({
      kind: 'value',
      value: 3,
      warning: expect.stringContaining('2 series, the first is used: jobs{app="shop-1"'),
    });
    expect(await sample(address(), { query: 'jobs', series: 'sum' })).toMatchObject({ value: 7 });
    expect(await sample(address(), { query: 'jobs', series: 'error' })).toMatchObject({
      code: 'source-ambiguous',
    });
  });

  it('asks with GET as well', async () => {
    const query = `sum(jobs{app='$APP_NAME'})`;
    expect(await sample(address(), { query, method: 'get' })).toMatchObject({ value: 3 });
  });

  it("brings the server's words when it refuses the query", async () => {
    expect(await sample(address(), { query: 'no_such_function(jobs)' })).toMatchObject({
      code: 'source-query-invalid',
      message: expect.stringMatching(/HTTP 4\d\d: the query is refused: .*no_such_function/),
    });
  });

  it.each([
    [`sum(jobs{app='$APP_NAME'})`, `sum(old{app='$APP_NAME'})`],
    [`max(last_over_time(jobs[10m]))`, `max(last_over_time(old[10m]))`],
    [`sum(jobs) + scalar(max(jobs{app="shop-2"}))`, `sum(jobs) + sum(old)`],
    [`sum(increase(jobs[15m])) or vector(0)`, `sum(increase(old[15m])) or vector(0)`],
    [`sum(missing) or sum(jobs)`, `sum(missing) or sum(old)`],
  ])('judges max-age by the newest sample behind %s', async (fresh, stale) => {
    expect(await sample(address(), { query: fresh, 'max-age': '90s' })).toMatchObject({
      kind: 'value',
    });
    const old = await sample(address(), { query: stale, 'max-age': '90s' });
    expect(old).toMatchObject({ kind: 'stale' });
    expect(old.kind === 'stale' && old.ageMs).toBeGreaterThan(110_000);
    expect(old.kind === 'stale' && old.ageMs).toBeLessThan(250_000);
    expect(await sample(address(), { query: stale, 'max-age': '5m' })).toMatchObject({
      kind: 'value',
    });
  });

  it('finds the newest sample of a long range, further back than a plain selector looks', async () => {
    const query = 'max(last_over_time(ancient[1h]))';
    const old = await sample(address(), { query, 'max-age': '10m' });
    expect(old).toMatchObject({ kind: 'stale', value: 8 });
    expect(old.kind === 'stale' && Math.round(old.ageMs / 60_000)).toBe(20);
    expect(await sample(address(), { query, 'max-age': '30m' })).toMatchObject({ value: 8 });
  });

  it('has nothing to judge by max-age when no selector has data', async () => {
    const query = 'sum(missing) or vector(2)';
    expect(await sample(address(), { query, 'max-age': '30s' })).toMatchObject({ value: 2 });
  });

  it('asks for 500 apps', async () => {
    const apps = Array.from({ length: 500 }, (_, index) => `shop-${index}`);
    const kinds = new Map<string, Sample>();
    const many = collector(address(), { query: `sum(jobs{app="$APP_NAME"})` });
    await many.collect(apps, (app, one) => kinds.set(app, one), new AbortController().signal);
    await many.close();
    expect(kinds.size).toBe(500);
    expect([...kinds].filter(([, one]) => one.kind === 'value').map(([app]) => app)).toEqual(
      expect.arrayContaining(['shop-1', 'shop-2']),
    );
    expect([...kinds.values()].filter((one) => one.kind === 'empty')).toHaveLength(498);
  });
}

describe.skipIf(needs('prometheus'))('real Prometheus', () => {
  let server: PrometheusServer;
  let exporter: Server;

  beforeAll(async () => {
    const startedMs = clock.now();
    const port = await freePort();
    // Samples with times of their own: what an exporter that fell asleep two, and twenty, minutes ago still tells.
    exporter = createServer((_, response) => {
      const old = startedMs - 120_000;
      response.end(
        [
          'jobs{app="shop-1"} 3',
          'jobs{app="shop-2"} 4',
          `old{app="shop-1"} 9 ${old}`,
          `ancient{app="shop-1"} 8 ${startedMs - 1_200_000}`,
          '',
        ].join('\n'),
      );
    });
    await new Promise<void>((resolve) => exporter.listen(port, '127.0.0.1', resolve));
    server = await startPrometheus({ targets: [{ address: `127.0.0.1:${port}` }] });
    await eventually(async () => {
      const seen = await sample(server.address, { query: 'sum(jobs) + sum(old)' });
      return seen.kind === 'value';
    }, 'the first scrape');
  });
  afterAll(async () => {
    await server?.stop();
    exporter?.close();
  });

  sharedBehaviour(() => server.address, { isVictoria: false });

  it('refuses a range of values', async () => {
    expect(await sample(server.address, { query: 'jobs[5m]' })).toMatchObject({
      code: 'source-query-invalid',
      message: expect.stringContaining('last_over_time'),
    });
  });
});

describe.skipIf(needs('victoria-metrics'))('real VictoriaMetrics', () => {
  let server: VictoriaMetricsServer;

  beforeAll(async () => {
    server = await startVictoriaMetrics();
    const nowMs = clock.now();
    const lines: string[] = [];
    // As if pushed every 15 seconds.
    for (let ageMs = 0; ageMs <= 1_800_000; ageMs += 15_000) {
      const atMs = nowMs - ageMs;
      if (ageMs <= 300_000) {
        lines.push(`jobs{app="shop-1"} 3 ${atMs}`, `jobs{app="shop-2"} 4 ${atMs}`);
      }
      if (ageMs >= 120_000) lines.push(`old{app="shop-1"} 9 ${atMs}`);
      if (ageMs >= 1_200_000) lines.push(`ancient{app="shop-1"} 8 ${atMs}`);
    }
    await server.push(lines.join('\n'));
  });
  afterAll(async () => server?.stop());

  sharedBehaviour(() => server.address, { isVictoria: true });

  it('sees a value pushed now with nocache, and not without', async () => {
    const nowMs = clock.now();
    const past = Array.from({ length: 20 }, (_, index) => `live 1 ${nowMs - 5_000 * (index + 1)}`);
    await server.push(past.join('\n'));
    await server.push(`live 42 ${clock.now()}`);
    // It evaluates at whole seconds: the next one sees what this one brought.
    await eventually(async () => {
      const seen = await sample(server.address, { query: 'live' });
      return seen.kind === 'value' && seen.value === 42;
    }, 'the value that was pushed now');
    expect(await sample(server.address, { query: 'live', method: 'get' })).toMatchObject({
      value: 42,
    });
    const plain = await sample(server.address, { query: 'live', nocache: false });
    expect(plain).toMatchObject({ value: 1 });
  });

  it('runs MetricsQL that PromQL does not know', async () => {
    const query = `sum(missing{app='$APP_NAME'}) default 6`;
    expect(await sample(server.address, { query })).toMatchObject({ value: 6 });
  });

  it('says when the query is too long for the server', async () => {
    const query = `sum(jobs{app=~"${'x'.repeat(20_000)}"})`;
    expect(await sample(server.address, { query })).toMatchObject({
      code: 'source-query-invalid',
      message: expect.stringContaining('16384'),
    });
  });
});
