/** One query for the fleet says what a query for each app would: random queries over random series, asked of real servers both ways. */
import { createServer, type Server } from 'node:http';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../cli/adapters/clock.js';
import { connectHttp } from '../../cli/adapters/http.js';
import { seededRandom, type Clock } from '../../seams/clock.js';
import type { Sample } from '../../core/model/sample.js';
import type { ConnectHttp } from '../../seams/http.js';
import { collectAll } from '../../testing/collector-contract.js';
import {
  APP_PATTERNS,
  APPS,
  DATASETS,
  fleetQueries,
  SAMPLES,
  STEP_MS,
  testSeries,
} from '../../testing/fleet-queries.js';
import { startPrometheus, type PrometheusServer } from '../../../test/services/prometheus.js';
import { needs } from '../../../test/services/needs.js';
import { freePort } from '../../testing/free-port.js';
import { eventually } from '../../../test/services/start-server.js';
import {
  startVictoriaMetrics,
  type VictoriaMetricsServer,
} from '../../../test/services/victoria-metrics.js';
import { prometheus } from './index.js';
import { checkMaxAge } from './max-age.js';
import { prometheusSchema } from './settings.js';

/** More of them, from another seed: FLEET_QUERY_RUNS=20000 FLEET_QUERY_SEED=7. */
const RUNS = Number(process.env['FLEET_QUERY_RUNS'] ?? 1000);
const SEED = Number(process.env['FLEET_QUERY_SEED'] ?? 20_260_101);
const clock = systemClock();
/** Of all series; all queries are evaluated then. */
const endMs = Math.floor(clock.now() / 1000) * 1000;
const fixedClock: Clock = { ...clock, now: () => endMs };

/** Evaluates at one time whatever the moment at which it is asked, so that both ways see the same. */
const connectAtEnd: ConnectHttp = (options) => {
  const connection = connectHttp(options);
  return {
    close: () => connection.close(),
    request: (sent, signal) =>
      connection.request({ ...sent, body: `${sent.body ?? ''}&time=${endMs / 1000}` }, signal),
  };
};

interface Seen {
  readonly samples: ReadonlyMap<string, Sample>;
  readonly way: string;
  readonly isRefused: boolean;
}

async function collect(
  address: string,
  settings: Readonly<Record<string, unknown>>,
): Promise<Seen> {
  const warnings: string[] = [];
  const collector = prometheus.create(
    prometheusSchema.parse({ 'metric-name': 'm', address, ...settings }),
    {
      connect: connectAtEnd,
      clock: fixedClock,
      random: seededRandom(1),
      userAgent: 'test',
      timeoutMs: 20_000,
      appPatterns: APP_PATTERNS,
      warn: (message) => warnings.push(message),
    },
  );
  try {
    const samples = await collectAll(collector, APPS);
    const way = collector.describe?.().way ?? '';
    return { samples, way, isRefused: warnings.some((text) => text.includes('refused')) };
  } finally {
    await collector.close();
  }
}

/** Sums in another order may differ in their last digit; the words of an error may name the query. */
function comparable(sample: Sample | undefined): unknown {
  if (sample === undefined) return undefined;
  if (sample.kind === 'error') return { kind: sample.kind, code: sample.code };
  if (sample.kind === 'instances') {
    const values = Object.entries(sample.values).map(([id, value]) => [id, rounded(value)]);
    return { ...sample, values: Object.fromEntries(values) as unknown };
  }
  return 'value' in sample ? { ...sample, value: rounded(sample.value) } : sample;
}

function rounded(value: number): number {
  return Number(value.toPrecision(9));
}

const cases = fc.integer({ min: 0, max: DATASETS - 1 }).chain((dataset) =>
  fc.record({
    query: fleetQueries(dataset),
    series: fc.constantFrom('first', 'first', 'sum', 'max', 'avg', 'error'),
    default: fc.constantFrom(undefined, 7),
    maxAge: fc.constantFrom(undefined, undefined, '60s'),
    per: fc.constantFrom('app', 'app', 'app', 'app', 'instance'),
  }),
);

/**
 * `isLazy`: the server leaves out what cannot show in the answer, and so may complain of colliding series in the query of one app
 * where in that of the fleet it never looks at them.
 */
function sameBothWays(address: () => string, { isLazy }: { readonly isLazy: boolean }): void {
  it(
    `answers ${RUNS} random queries alike, once for the fleet and app by app`,
    { timeout: 900_000 },
    async () => {
      const ways = { fleet: 0, refusedByServer: 0, perApp: 0 };
      const kinds = new Map<string, number>();
      await fc.assert(
        fc.asyncProperty(cases, async ({ query, series, default: value, maxAge, per }) => {
          const isAgeKnown = maxAge !== undefined && checkMaxAge(query) === null;
          const ofApp = { default: value, ...(isAgeKnown ? { 'max-age': maxAge } : {}) };
          const settings = { query, series, per, ...(per === 'app' ? ofApp : {}) };
          const batched = await collect(address(), settings);
          if (batched.way !== 'fleet' && !batched.isRefused) {
            ways.perApp += 1;
            return;
          }
          ways[batched.isRefused ? 'refusedByServer' : 'fleet'] += 1;
          const single = await collect(address(), { ...settings, 'fleet-query': 'never' });
          expect(single.way).toBe('per-app');
          for (const app of APPS) {
            const [one, other] = [batched.samples.get(app), single.samples.get(app)];
            const isRefused = other?.kind === 'error' && other.code === 'source-query-invalid';
            if (isLazy && isRefused) continue;
            const isMany = other?.kind === 'value' && other.warning !== undefined;
            const kind = isMany ? 'several series' : (other?.kind ?? 'none');
            kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
            expect({ app, ...(comparable(one) as object) }).toEqual({
              app,
              ...(comparable(other) as object),
            });
          }
        }),
        { numRuns: RUNS, seed: SEED },
      );
      // Otherwise the test would say nothing.
      expect(ways.fleet).toBeGreaterThan(RUNS / 4);
      for (const kind of ['value', 'empty', 'several series', 'stale', 'instances']) {
        expect(kinds.get(kind) ?? 0, kind).toBeGreaterThan(10);
      }
    },
  );
}

const SERIES = Array.from({ length: DATASETS }, (_, dataset) => testSeries(dataset)).flat();

/** In the exposition format, with the times of the samples. */
function linesAt(index: number): string[] {
  const atMs = endMs - (SAMPLES - 1 - index) * STEP_MS;
  const lines = SERIES.flatMap(({ name, values }) => {
    const value = values[index];
    return value == null ? [] : [`${name} ${value} ${atMs}`];
  });
  return [...lines, `step ${index} ${atMs}`];
}

describe.skipIf(needs('prometheus'))('real Prometheus', () => {
  let server: PrometheusServer;
  let exporter: Server;

  beforeAll(async () => {
    const port = await freePort();
    let scrapes = 0;
    exporter = createServer((_, response) => {
      response.end(`${linesAt(Math.min(scrapes, SAMPLES - 1)).join('\n')}\n`);
      scrapes += 1;
    });
    await new Promise<void>((resolve) => exporter.listen(port, '127.0.0.1', resolve));
    server = await startPrometheus({ targets: [{ address: `127.0.0.1:${port}` }] });
    await eventually(async () => {
      const { samples } = await collect(server.address, { query: 'sum(step)' });
      const sample = samples.get('a');
      return sample?.kind === 'value' && sample.value === SAMPLES - 1;
    }, 'the last scrape');
  }, 60_000);
  afterAll(async () => {
    await server?.stop();
    exporter?.close();
  });

  sameBothWays(() => server.address, { isLazy: false });
});

describe.skipIf(needs('victoria-metrics'))('real VictoriaMetrics', () => {
  let server: VictoriaMetricsServer;

  beforeAll(async () => {
    server = await startVictoriaMetrics();
    const lines = Array.from({ length: SAMPLES }, (_, index) => linesAt(index)).flat();
    await server.push(lines.join('\n'));
  }, 60_000);
  afterAll(async () => server?.stop());

  sameBothWays(() => server.address, { isLazy: true });
});
