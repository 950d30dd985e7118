import { describe, expect, it } from 'vitest';
import { createBench, STEADY } from '../../testing/simulator-calls.js';
import type { Bench } from '../../testing/simulator-calls.js';
import type { SimulatorSettings } from '../index.js';

interface Answer {
  readonly status: string;
  readonly isPartial?: boolean;
  readonly data: {
    resultType: string;
    result: { metric: Record<string, string>; value: [number, string] }[];
  };
}

const PATH = '/prometheus/my-org/api/v1/query';

async function ask(bench: Bench, query: string, rest = '&nocache=1'): Promise<Answer> {
  return bench.json<Answer>(`GET ${PATH}?query=${encodeURIComponent(query)}${rest}`);
}

/** Values by the text of their labels. */
async function values(bench: Bench, query: string): Promise<Record<string, string>> {
  const { data } = await ask(bench, query);
  return Object.fromEntries(
    data.result.map(({ metric, value }) => [metric['app'] ?? metric['instance'] ?? '', value[1]]),
  );
}

function loaded(settings: SimulatorSettings = STEADY): Bench {
  const bench = createBench(settings);
  const { world } = bench.simulator;
  for (const [name, value] of [
    ['my-app-1', 10],
    ['my-app-2', 4],
    ['other', 100],
  ] as const) {
    world.addApp(name, { machines: 2 });
    world.setMetric(name, 'queue', value);
  }
  return bench;
}

describe('queries', () => {
  it.each<[string, Record<string, string>]>([
    [`sum(queue{app='my-app-1'})`, { '': '10' }],
    [`queue{app="my-app-2"}`, { 'my-app-2': '4' }],
    [`queue{app!="other"}`, { 'my-app-1': '10', 'my-app-2': '4' }],
    [`sum by (app) (queue{app=~"my-app-.*"})`, { 'my-app-1': '10', 'my-app-2': '4' }],
    [`sum by (app) (queue{app=~"my-app-1|other"})`, { 'my-app-1': '10', other: '100' }],
    [`queue{app!~"my-.*"}`, { other: '100' }],
    [`{__name__="queue", app="other"}`, { other: '100' }],
    [`queue{app=~"my"}`, {}],
    [`nothing`, {}],
    [`sum(nothing) or vector(0)`, { '': '0' }],
    [`sum(queue) or vector(0)`, { '': '114' }],
    [
      `sum by (app) (queue{app=~"my-app-.*"}) / ignoring (app) group_left () sum(queue{app="other"})`,
      { 'my-app-1': '0.1', 'my-app-2': '0.04' },
    ],
    [
      `sum(queue{app="other"}) / on () group_right () sum by (app) (queue{app=~"my-app-.*"})`,
      { 'my-app-1': '10', 'my-app-2': '25' },
    ],
    [
      `vector(20) > on () group_right () sum by (app) (queue{app=~"my-app-.*"})`,
      { 'my-app-1': '20', 'my-app-2': '20' },
    ],
    [`label * on (app) group_left (instance) sum by (app, instance) (queue{app="other"})`, {}],
    [`avg(queue)`, { '': '38' }],
    [`label_replace(sum(queue), "app", "x-$1", "app", "(.*)")`, { 'x-': '114' }],
    [`label_replace(queue{app="other"}, "app", "$1", "app", "o(.*)r")`, { the: '100' }],
    [
      `(queue{app="other"} > 200) or ignoring (m) label_replace(queue{app="other"}, "m", "1", "", "")`,
      { other: '100' },
    ],
    [`min(queue)`, { '': '4' }],
    [`max(queue)`, { '': '100' }],
    [`count(queue)`, { '': '3' }],
    [`max without (instance, region, host) (queue{app="other"})`, { other: '100' }],
    [`queue > 5`, { 'my-app-1': '10', other: '100' }],
    [`queue{app="other"} >= bool 200`, { other: '0' }],
    [`queue{app="my-app-1"} / 4 + 1`, { 'my-app-1': '3.5' }],
    [`-queue{app="my-app-1"}`, { 'my-app-1': '-10' }],
    [`2 ^ 3 % 5`, { '': '3' }],
    [`sum(queue) / count(fly_instance_up)`, { '': '19' }],
    [
      `sum by (app) (queue) / on (app) count by (app) (fly_instance_up)`,
      {
        'my-app-1': '5',
        'my-app-2': '2',
        other: '50',
      },
    ],
    [`queue unless on(app) queue{app="other"}`, { 'my-app-1': '10', 'my-app-2': '4' }],
    [`queue and queue{app="other"}`, { other: '100' }],
    [`last_over_time(queue{app="other"}[1m])`, { other: '100' }],
    [`scalar(queue{app="other"})`, { '': '100' }],
    [`1 / 0`, { '': '+Inf' }],
    [`clamp_max(queue{app="other"}, 30)`, { other: '30' }],
    ['queue{app=`other`}', { other: '100' }],
    [`5 - queue{app="my-app-1"}`, { 'my-app-1': '-5' }],
    [`queue == on(app) queue{app="other"}`, { other: '100' }],
  ])('%s', async (query, expected) => {
    expect(await values(loaded(), query)).toEqual(expected);
  });

  it.each([
    'sum(',
    'topk(1, queue)',
    'queue[5m:1m]',
    'histogram_quantile(0.9, queue)',
    'queue @ 3',
    'sum(queue default 0)',
    'queue{app=~"("}',
    '',
    `queue{app="${'x'.repeat(17_000)}"}`,
  ])('%.40s is refused with 422', async (query) => {
    const response = await loaded().call(`GET ${PATH}?query=${encodeURIComponent(query)}`);
    expect(response.status).toBe(422);
    expect(JSON.parse(response.body)).toMatchObject({ status: 'error', errorType: '422' });
  });

  it('are refused when several series are where one may be', async () => {
    for (const query of [
      'sum(queue) * on () group_left () queue',
      'queue * on () group_right () sum(queue)',
      'sum by (app) (queue) * on () group_left (app) sum by (app) (queue{app="other"})',
    ]) {
      const path = `${PATH}?nocache=1&query=${encodeURIComponent(query)}`;
      expect((await loaded().call(`GET ${path}`)).status).toBe(422);
    }
  });

  it('take a form in the body', async () => {
    const bench = loaded();
    const body = `query=${encodeURIComponent('sum(queue)')}&nocache=1`;
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await bench.json<Answer>(`POST ${PATH}`, { body, headers });
    expect(answer.data.result[0]?.value).toEqual([bench.clock.now() / 1000, '114']);
  });

  it('see one organization only', async () => {
    const bench = loaded();
    const path = '/prometheus/nobody/api/v1/query?query=queue';
    expect((await bench.call(`GET ${path}`)).status).toBe(404);
  });
});

describe('time', () => {
  it('hides the newest 30 s unless asked not to', async () => {
    const bench = loaded();
    await bench.clock.advance(60_000);
    bench.simulator.world.setMetric('other', 'queue', 7);
    const seen = async (rest: string): Promise<string | undefined> =>
      (await ask(bench, 'queue{app="other"}', rest)).data.result[0]?.value[1];
    expect(await seen('&nocache=1')).toBe('7');
    expect(await seen('')).toBe('100');
    await bench.clock.advance(30_000);
    expect(await seen('')).toBe('7');
  });

  it('shows load as of the last scrape and tells its time', async () => {
    const bench = loaded();
    const { world } = bench.simulator;
    world.setLoad('other', 'load', {
      kind: 'ramp',
      from: 0,
      to: 100,
      beginMs: 0,
      lengthMs: 100_000,
    });
    await bench.clock.advance(40_000);
    expect(await values(bench, 'load')).toEqual({ other: '30' });
    const { data } = await ask(bench, 'timestamp(load)');
    expect(Number(data.result[0]?.value[1])).toBe((bench.clock.now() - 10_000) / 1000);
    const plain = await ask(bench, 'timestamp(load + 0)');
    expect(Number(plain.data.result[0]?.value[1])).toBe(bench.clock.now() / 1000);
  });

  it('lets an ended series show for five minutes', async () => {
    const bench = loaded();
    bench.simulator.world.setMetric('other', 'queue', null);
    await bench.clock.advance(300_000);
    expect(await values(bench, 'queue{app="other"}')).toEqual({ other: '100' });
    await bench.clock.advance(1);
    expect(await values(bench, 'queue{app="other"}')).toEqual({});
    expect(await values(bench, 'last_over_time(queue{app="other"}[1m])')).toEqual({});
  });

  it('sums growth over a range', async () => {
    const bench = loaded();
    const { world } = bench.simulator;
    world.setLoad('other', 'done', {
      kind: 'ramp',
      from: 0,
      to: 600,
      beginMs: 0,
      lengthMs: 600_000,
    });
    await bench.clock.advance(300_000);
    expect(await values(bench, 'increase(done[1m])')).toEqual({ other: '45' });
    expect(await values(bench, 'rate(done[1m])')).toEqual({ other: '0.75' });
    expect(await values(bench, 'done offset 1m')).toEqual({ other: '240' });
  });

  it('is evaluated at the time asked for', async () => {
    const bench = loaded();
    const world = bench.simulator.world;
    world.setLoad('other', 'load', {
      kind: 'ramp',
      from: 0,
      to: 100,
      beginMs: 0,
      lengthMs: 100_000,
    });
    await bench.clock.advance(90_000);
    const time = bench.clock.now() / 1000 - 60;
    const { data } = await ask(bench, 'load', `&time=${time}`);
    expect(data.result[0]?.value).toEqual([time, '30']);
  });
});

describe('series', () => {
  it('of an app carry app, instance, region and host', async () => {
    const { data } = await ask(loaded(), 'queue{app="other"}');
    expect(Object.keys(data.result[0]!.metric)).toEqual([
      '__name__',
      'app',
      'instance',
      'region',
      'host',
    ]);
  });

  it('that machines emit are split among the started ones and vanish with them', async () => {
    const bench = createBench();
    const { world } = bench.simulator;
    world.addApp('shop', { machines: 3 });
    const shape = { kind: 'flat', level: 11 } as const;
    world.setLoad('shop', 'connection_count', shape, { emitter: 'machines' });
    const split = await values(bench, 'sum by (instance) (connection_count)');
    expect(Object.values(split).toSorted()).toEqual(['3', '4', '4']);
    const ids = world.machines('shop').map(({ id }) => id);
    expect(Object.keys(split).toSorted()).toEqual(ids.toSorted());
    expect(await values(bench, 'sum(fly_app_concurrency)')).toEqual({ '': '11' });
    for (const machine of world.machines('shop')) world.setMachineState(machine, 'stopped');
    expect(await values(bench, 'connection_count')).toEqual({});
    expect(await values(bench, 'fly_instance_up')).toEqual({});
  });

  it('of a cordoned machine go down to nothing, and the others get what is new', async () => {
    const bench = createBench();
    const { world } = bench.simulator;
    world.addApp('shop', { machines: 3 });
    const shape = { kind: 'flat', level: 30 } as const;
    world.setLoad('shop', 'busy', shape, { emitter: 'machines', workMs: 60_000 });
    const [leaving, ...others] = world.machines('shop');
    await bench.clock.advance(60_000);
    await bench.json(`POST /v1/apps/shop/machines/${leaving!.id}/cordon`);
    const of = async (): Promise<(string | undefined)[]> => {
      const busy = await values(bench, 'sum by (instance) (busy)');
      return [leaving!, ...others].map(({ id }) => busy[id]);
    };
    expect(await of()).toEqual(['10', '15', '15']);
    await bench.clock.advance(30_000);
    expect(await of()).toEqual(['5', '15', '15']);
    await bench.clock.advance(30_000);
    expect(await of()).toEqual(['0', '15', '15']);
  });

  it('are found by matchers', async () => {
    const path = `/prometheus/my-org/api/v1/series?match[]=${encodeURIComponent('queue{app="other"}')}`;
    const found = await loaded().json<{ data: object[] }>(`GET ${path}`);
    expect(found.data).toMatchObject([{ __name__: 'queue', app: 'other' }]);
  });
});

describe('flavors', () => {
  it('of VictoriaMetrics drop NaN and make vectors of scalars', async () => {
    const bench = loaded();
    bench.simulator.world.setMetric('other', 'queue', Number.NaN);
    expect(await values(bench, 'queue{app="other"}')).toEqual({});
    expect((await ask(bench, '3')).data.resultType).toBe('vector');
  });

  it('of Prometheus keep both, and answer a wrong query with 400', async () => {
    const bench = loaded({ ...STEADY, prometheus: { flavor: 'prometheus' } });
    bench.simulator.world.setMetric('other', 'queue', Number.NaN);
    const { data } = await ask(bench, 'queue{app="other"}', '');
    expect(data.result[0]?.value[1]).toBe('NaN');
    const scalar = await ask(bench, '3', '');
    expect(scalar.data).toMatchObject({ resultType: 'scalar', result: [expect.anything(), '3'] });
    expect((await bench.call(`GET ${PATH}?query=sum(`)).status).toBe(400);
  });
});

describe('the exposition', () => {
  it('is the text format, without a token', async () => {
    const bench = loaded();
    const response = await bench.call('GET /apps/my-app-1/metrics', { authorization: null });
    expect(response.headers['content-type']).toContain('text/plain');
    expect(response.body).toBe('# TYPE queue gauge\nqueue{app="my-app-1"} 10\n');
    const all = await bench.call('GET /metrics', { authorization: null });
    expect(all.body.match(/# TYPE/g)).toHaveLength(1);
    expect(all.body).toContain('queue{app="other"} 100');
    expect((await bench.call('GET /apps/none/metrics')).status).toBe(404);
  });

  it('names its targets for service discovery', async () => {
    const targets = await loaded().json<object[]>('GET /metrics/targets', {
      headers: { host: '127.0.0.1:1234' },
    });
    expect(targets[0]).toEqual({
      targets: ['127.0.0.1:1234'],
      labels: { __metrics_path__: '/apps/my-app-1/metrics' },
    });
  });
});

describe('faulty answers', () => {
  it.each([
    ['empty-result', { isPartial: false, data: { result: [] } }],
    ['partial-list', { isPartial: true }],
    ['nan-result', { data: { result: [{ value: [expect.anything(), 'NaN'] }] } }],
  ] as const)('of kind %s', async (kind, expected) => {
    const bench = loaded();
    bench.simulator.faults.add({ kind });
    expect(await ask(bench, 'sum(queue)')).toMatchObject(expected);
  });
});
