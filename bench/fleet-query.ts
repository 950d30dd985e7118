/** What one query for a fleet of 10,000 apps costs, beside a query for each: here, and in a real Prometheus where one is installed. */
import { createServer } from 'node:http';
import { systemClock } from '../src/cli/adapters/clock.js';
import { connectHttp } from '../src/cli/adapters/http.js';
import { seededRandom } from '../src/seams/clock.js';
import { prometheus } from '../src/collectors/prometheus/index.js';
import type { ConnectHttp } from '../src/seams/http.js';
import { startPrometheus } from '../test/services/prometheus.js';
import { freePort } from '../src/testing/free-port.js';
import { eventually, isInstalled } from '../test/services/start-server.js';
import { rounded, type Row } from './figures.js';
import type { Collector } from '../src/seams/collector.js';

const APPS = 10_000;
const ROUNDS = 20;
const QUERY = 'sum(jobs{app="$APP_NAME"}) or vector(0)';
const apps = Array.from({ length: APPS }, (_, index) => `my-app-${index}`);
const clock = systemClock();

function open(address: string, connect: ConnectHttp, fleetQuery: 'always' | 'never'): Collector {
  const settings = {
    'metric-name': 'jobs',
    address,
    query: QUERY,
    'fleet-query': fleetQuery,
    timeout: '10m',
  };
  return prometheus.create(prometheus.schema.parse(settings), {
    connect,
    clock,
    random: seededRandom(1),
    userAgent: 'bench',
    timeoutMs: 600_000,
    appPatterns: ['my-app-*'],
    warn: () => undefined,
  });
}

/** Every app must have its own value, or the figures say nothing. */
async function collect(collector: Collector): Promise<void> {
  let right = 0;
  await collector.collect(
    apps,
    (app, sample) => {
      if (sample.kind === 'value' && app === `my-app-${sample.value}`) right += 1;
    },
    new AbortController().signal,
  );
  if (right !== APPS) throw new Error(`${right} of ${APPS} apps have their value`);
}

/** An answer out of nothing: what is left is the collector's own work. */
function instant(body: (query: string) => string): ConnectHttp {
  return () => ({
    request: (request) => {
      const query = new URLSearchParams(request.body).get('query') ?? '';
      return Promise.resolve({ status: 200, headers: {}, body: body(query) });
    },
    close: () => Promise.resolve(),
  });
}

const vector = (series: readonly (readonly [string, string])[]): string =>
  JSON.stringify({
    status: 'success',
    data: {
      resultType: 'vector',
      result: series.map(([app, value]) => ({ metric: { app }, value: [1_767_225_600, value] })),
    },
  });

async function ownCost(): Promise<Row[]> {
  const whole = vector(apps.map((app, index) => [app, `${index}`]));
  const fleet = open(
    'http://source.test',
    instant(() => whole),
    'always',
  );
  const each = open(
    'http://source.test',
    instant((query) => vector([['', /my-app-(\d+)/.exec(query)?.[1] ?? '']])),
    'never',
  );
  const cpuMs = async (collector: Collector, rounds: number): Promise<number> => {
    await collect(collector);
    const before = process.cpuUsage();
    for (let round = 0; round < rounds; round += 1) await collect(collector);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000 / rounds;
  };
  const fleetMs = await cpuMs(fleet, ROUNDS);
  const eachMs = await cpuMs(each, 3);
  const megabytes = rounded(whole.length / 1e6);
  return [
    [
      'one metric of 10,000 apps by one query: CPU for an answer',
      `${rounded(fleetMs)} ms (${megabytes} MB of JSON)`,
    ],
    ['the same by a query for each app', `${rounded(eachMs)} ms, without the HTTP client's work`],
  ];
}

async function serverCost(): Promise<Row[]> {
  if (!isInstalled('prometheus')) return [];
  const port = await freePort();
  const exporter = createServer((_, response) => {
    response.end(`${apps.map((app, index) => `jobs{app="${app}"} ${index}`).join('\n')}\n`);
  });
  await new Promise<void>((resolve) => exporter.listen(port, '127.0.0.1', resolve));
  const server = await startPrometheus({
    targets: [{ address: `127.0.0.1:${port}` }],
    scrapeInterval: '15s',
  });
  try {
    const fleet = open(server.address, connectHttp, 'always');
    const each = open(server.address, connectHttp, 'never');
    await eventually(async () => {
      await collect(fleet);
      return true;
    }, 'the first scrape');
    const cost = async (
      collector: Collector,
    ): Promise<readonly [engineMs: number, wallMs: number]> => {
      const before = await engineSeconds(server.address);
      const startedMs = clock.elapsedMs();
      await collect(collector);
      const wallMs = clock.elapsedMs() - startedMs;
      return [((await engineSeconds(server.address)) - before) * 1000, wallMs];
    };
    const [fleetMs, fleetWallMs] = await cost(fleet);
    const [eachMs, eachWallMs] = await cost(each);
    await Promise.all([fleet.close(), each.close()]);
    return [
      [
        'Prometheus: time in its query engine for one query of 10,000 apps, and until each has its value',
        `${rounded(fleetMs)} ms, ${rounded(fleetWallMs)} ms`,
      ],
      [
        'the same by 10,000 queries, 32 at once',
        `${rounded(eachMs)} ms, ${rounded(eachWallMs)} ms`,
      ],
    ];
  } finally {
    await server.stop();
    exporter.close();
  }
}

/** Of all queries so far, waiting left out. */
async function engineSeconds(address: string): Promise<number> {
  const text = await (await fetch(`${address}/metrics`)).text();
  const lines = text.matchAll(
    /^prometheus_engine_query_duration_seconds_sum\{slice="(?:prepare_time|inner_eval|result_sort)"\} (\S+)$/gm,
  );
  return [...lines].reduce((total, [, value]) => total + Number(value), 0);
}

export async function fleetQueryRows(): Promise<Row[]> {
  return [...(await ownCost()), ...(await serverCost())];
}
