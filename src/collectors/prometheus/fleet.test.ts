import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../clock.js';
import type { Sample } from '../../core/sample.js';
import type { Collector } from '../../ports.js';
import { collectAll } from '../../testing/collector-contract.js';
import { createFakeClock } from '../../testing/fake-clock.js';
import { prometheus } from './index.js';
import { prometheusSchema } from './settings.js';

type Labels = Readonly<Record<string, string>>;
type Series = readonly (readonly [labels: Labels, value: string])[];

const AT_SECONDS = 1_767_225_600;

function vector(series: Series): string {
  const result = series.map(([metric, value]) => ({ metric, value: [AT_SECONDS, value] }));
  return JSON.stringify({ status: 'success', data: { resultType: 'vector', result } });
}

/** A collector beside its source, which is what answers queries in this process. */
function setUp(
  settings: Readonly<Record<string, unknown>> = {},
  patterns: readonly string[] = ['a*'],
) {
  const clock = createFakeClock();
  const asked: string[] = [];
  const warnings: string[] = [];
  const source = {
    answer: (_query: string): string | Promise<string> => vector([]),
    status: 200,
  };
  const collector: Collector = prometheus.create(
    prometheusSchema.parse({
      'metric-name': 'jobs',
      address: 'http://source.test',
      query: 'sum(jobs{app="$APP_NAME"})',
      ...settings,
    }),
    {
      connect: () => ({
        close: () => Promise.resolve(),
        async request({ body }) {
          const query = new URLSearchParams(body).get('query') ?? '';
          asked.push(query);
          const text = await source.answer(query);
          return { status: source.status, headers: {}, body: text };
        },
      }),
      clock,
      random: seededRandom(1),
      userAgent: 'test',
      timeoutMs: 30_000,
      intervalMs: 15_000,
      appPatterns: patterns,
      warn: (message) => warnings.push(message),
    },
  );
  const collect = (...apps: readonly string[]): Promise<ReadonlyMap<string, Sample>> =>
    clock.runUntil(collectAll(collector, apps));
  return { clock, asked, warnings, source, collector, collect };
}

const value = (sample: Sample | undefined): unknown =>
  sample?.kind === 'value' ? sample.value : sample?.kind === 'error' ? sample.code : sample?.kind;

describe('a query for the fleet', () => {
  it('is one, whatever the number of apps, and gives each app what is its own', async () => {
    const { asked, source, collect } = setUp();
    source.answer = () =>
      vector([
        [{ app: 'a-1' }, '1'],
        [{ app: 'a-10' }, '10'],
        [{ app: 'not-ours' }, '99'],
        [{}, '7'],
        [{ app: 'a-3' }, 'NaN'],
      ]);
    const samples = await collect('a-1', 'a-2', 'a-3', 'a-10');
    expect(asked.map((query) => query.replaceAll(/\s+/g, ' '))).toEqual([
      'sum by (app) (jobs{app=~"a.*"})',
    ]);
    expect(Object.fromEntries([...samples].map(([app, sample]) => [app, value(sample)]))).toEqual({
      'a-1': 1,
      'a-2': 'empty',
      'a-3': 'not-a-number',
      'a-10': 10,
    });
  });

  it('takes the label away that the query of one app does not have', async () => {
    const { source, collect } = setUp({ query: 'sum by (queue) (jobs{app="$APP_NAME"})' });
    source.answer = () =>
      vector([
        [{ app: 'a', queue: 'y' }, '2'],
        [{ app: 'a', queue: 'x' }, '1'],
        [{ app: 'ab', queue: 'x' }, '5'],
      ]);
    const samples = await collect('a', 'ab');
    expect(samples.get('a')).toMatchObject({
      value: 1,
      warning: '2 series, the first is used: {queue="x"} of {queue="x"}, {queue="y"}',
    });
    expect(samples.get('ab')).not.toHaveProperty('warning');
  });

  it('gives what stands behind "or" to those alone that have nothing', async () => {
    const { asked, source, collect } = setUp({ query: 'sum(jobs{app="$APP_NAME"}) or vector(3)' });
    source.answer = () => vector([[{ app: 'a' }, '1']]);
    const samples = await collect('a', 'ab');
    expect(asked).toHaveLength(1);
    expect([value(samples.get('a')), value(samples.get('ab'))]).toEqual([1, 3]);
    expect(samples.get('ab')).not.toHaveProperty('isDefault');
  });

  it('asks once for what stands behind "or" when it is no plain number', async () => {
    const { asked, source, collect } = setUp({ query: 'sum(jobs{app="$APP_NAME"}) or sum(spare)' });
    source.answer = (query) =>
      vector(query.includes('spare') ? [[{}, '6']] : [[{ app: 'a' }, '1']]);
    const samples = await collect('a', 'ab', 'ac');
    expect(asked).toHaveLength(2);
    expect(['a', 'ab', 'ac'].map((app) => value(samples.get(app)))).toEqual([1, 6, 6]);
  });

  it('asks for the age of all data at once', async () => {
    const { asked, source, collect } = setUp({
      'max-age': '1m',
      query: 'sum(jobs{app="$APP_NAME"}) + sum(more{app="$APP_NAME"})',
    });
    const both = (age: (selector: string, app: string) => number): Series =>
      ['0', '1'].flatMap((selector) =>
        ['a', 'ab'].map(
          (app) => [{ app, selector }, `${AT_SECONDS - age(selector, app)}`] as const,
        ),
      );
    source.answer = (query) =>
      query.includes('timestamp')
        ? vector(both((selector, app) => (selector === '1' && app === 'ab' ? 90 : 10)))
        : vector([
            [{ app: 'a' }, '1'],
            [{ app: 'ab' }, '2'],
          ]);
    const samples = await collect('a', 'ab', 'ac');
    expect(asked).toHaveLength(2);
    expect(samples.get('a')).toMatchObject({ value: 1, atMs: (AT_SECONDS - 10) * 1000 });
    expect(samples.get('ab')).toMatchObject({ kind: 'stale', ageMs: 90_000 });
    expect(value(samples.get('ac'))).toBe('empty');
  });

  it('holds all its users when it fails, whatever the default', async () => {
    const { asked, source, collect } = setUp({ default: 0 });
    source.status = 503;
    const samples = await collect('a', 'ab');
    expect(asked).toHaveLength(1);
    expect([...samples.values()].map(value)).toEqual(['source-unavailable', 'source-unavailable']);
  });

  it('must answer within half the interval', async () => {
    const { clock, source, collect } = setUp();
    source.answer = () => new Promise(() => undefined);
    const before = clock.elapsedMs();
    const samples = await collect('a', 'ab');
    expect(clock.elapsedMs() - before).toBe(7_500);
    expect([...samples.values()].map(value)).toEqual(['source-timeout', 'source-timeout']);
  });

  it('turns to each app alone for a while when the server refuses it', async () => {
    const { clock, asked, source, collect, warnings } = setUp();
    source.answer = (query) => {
      source.status = query.includes('=~') ? 422 : 200;
      return query.includes('=~')
        ? JSON.stringify({ status: 'error', errorType: '422', error: 'too many series' })
        : vector([[{}, '4']]);
    };
    expect([...(await collect('a', 'ab')).values()].map(value)).toEqual([4, 4]);
    expect(warnings).toEqual([expect.stringContaining('too many series')]);
    await collect('a', 'ab');
    expect(asked.filter((query) => query.includes('=~'))).toHaveLength(1);
    expect(asked).toHaveLength(5);
    await clock.advance(300_000);
    await collect('a', 'ab');
    expect(asked.filter((query) => query.includes('=~'))).toHaveLength(2);
  });

  it('is not given up when it has to be used always', async () => {
    const { asked, source, collect } = setUp({ 'fleet-query': 'always' });
    source.status = 422;
    const samples = await collect('a', 'ab');
    expect(asked).toHaveLength(1);
    expect([...samples.values()].map(value)).toEqual([
      'source-query-invalid',
      'source-query-invalid',
    ]);
  });

  it('is not asked for one app alone, nor for an app that its pattern does not take', async () => {
    const { asked, source, collect } = setUp();
    source.answer = (query) => vector([[query.includes('=~') ? { app: 'a' } : {}, '1']]);
    await collect('a');
    expect(asked).toEqual(['sum(jobs{app="a"})']);
    const samples = await collect('a', 'ab', 'other');
    expect(asked.slice(1).toSorted()).toEqual(
      ['sum by (app) (jobs{app=~"a.*"})', 'sum(jobs{app="other"})'].toSorted(),
    );
    expect(['a', 'ab', 'other'].map((app) => value(samples.get(app)))).toEqual([1, 'empty', 1]);
  });

  it('stays below what servers take, however often the pattern is in it', async () => {
    const names = Array.from({ length: 150 }, (_, index) => `a${index}`);
    const sum = Array.from({ length: 40 }, (_, n) => `sum(m${n}{app="$APP_NAME"})`).join(' + ');
    const { asked, collect } = setUp({ query: sum }, names);
    await collect('a1', 'a2');
    expect(asked).toHaveLength(1);
    expect(asked[0]).toContain('m39{app=~".+"}');
    expect(asked[0]?.length).toBeLessThan(12_288);
  });

  it('may group by itself, with the label that names the app', async () => {
    const { asked, source, collect } = setUp({
      query: 'sum by (service) (jobs)',
      'app-label': 'service',
      default: 0,
    });
    source.answer = () =>
      vector([
        [{ service: 'a' }, '2'],
        [{ service: 'x' }, '3'],
      ]);
    const samples = await collect('a');
    expect(asked).toEqual(['sum by (service) (jobs)']);
    expect(value(samples.get('a'))).toBe(2);
    expect((await collect('a', 'ab')).get('ab')).toMatchObject({ value: 0, isDefault: true });
  });

  it('passes the remarks of the server on to each app, and holds all on a partial answer', async () => {
    const { source, collect } = setUp();
    const answer = (rest: object): string =>
      JSON.stringify({
        ...(JSON.parse(
          vector([
            [{ app: 'a' }, '1'],
            [{ app: 'ab' }, '2'],
          ]),
        ) as object),
        ...rest,
      });
    source.answer = () => answer({ warnings: ['PromQL warning: mixed'] });
    for (const sample of (await collect('a', 'ab')).values()) {
      expect(sample).toMatchObject({ kind: 'value', warning: 'PromQL warning: mixed' });
    }
    source.answer = () => answer({ isPartial: true });
    expect([...(await collect('a', 'ab')).values()].map(value)).toEqual([
      'source-partial',
      'source-partial',
    ]);
  });

  it('leaves the trouble of one app with that app', async () => {
    const { source, collect } = setUp();
    source.answer = () => {
      const good = JSON.parse(vector([[{ app: 'ab' }, '2']]));
      good.data.result.push({ metric: { app: 'a' }, histogram: [AT_SECONDS, {}] });
      return JSON.stringify(good);
    };
    const samples = await collect('a', 'ab');
    expect([value(samples.get('a')), value(samples.get('ab'))]).toEqual([
      'source-query-invalid',
      2,
    ]);
  });
});

describe('apps that lose their series at once', () => {
  const apps = Array.from({ length: 40 }, (_, index) => `a-${index}`);
  const without = (lost: number): string => vector(apps.slice(lost).map((app) => [{ app }, '5']));

  it.each([
    ['with a default', { default: 0 }, 0],
    ['with an "or"', { query: 'sum(jobs{app="$APP_NAME"}) or vector(0)' }, 0],
    ['with neither', {}, 'empty'],
  ])('are held for a minute and then believed, %s', async (_, settings, believed) => {
    const { clock, source, collect } = setUp(settings);
    source.answer = () => without(0);
    await collect(...apps);
    source.answer = () => without(5);
    const seen: unknown[] = [];
    for (let tick = 0; tick < 6; tick += 1) {
      await clock.advance(15_000);
      seen.push(value((await collect(...apps)).get('a-0')));
    }
    const held = 'source-suspect';
    expect(seen).toEqual([held, held, held, held, believed, believed]);
  });

  it('are held for three ticks when those are longer', async () => {
    const { clock, source, collect } = setUp();
    source.answer = () => without(0);
    await collect(...apps);
    source.answer = () => without(5);
    const seen: unknown[] = [];
    for (let tick = 0; tick < 4; tick += 1) {
      await clock.advance(60_000);
      seen.push(value((await collect(...apps)).get('a-0')));
    }
    expect(seen).toEqual(['source-suspect', 'source-suspect', 'source-suspect', 'empty']);
  });

  it('are believed at once when they are back', async () => {
    const { source, collect } = setUp();
    source.answer = () => without(0);
    await collect(...apps);
    source.answer = () => without(40);
    expect(value((await collect(...apps)).get('a-7'))).toBe('source-suspect');
    source.answer = () => without(5);
    const samples = await collect(...apps);
    expect([value(samples.get('a-7')), value(samples.get('a-4'))]).toEqual([5, 'source-suspect']);
  });

  it.each([
    ['three', 40, 3],
    ['a tenth', 40, 4],
    ['those that never had any', 0, 40],
  ])('are no suspects when they are %s', async (_, had, lost) => {
    const { source, collect } = setUp();
    source.answer = () => without(40 - had);
    await collect(...apps);
    source.answer = () => without(lost);
    expect(value((await collect(...apps)).get('a-0'))).toBe('empty');
  });
});

describe('what it says of its way', () => {
  it.each([
    [{}, 'fleet', 'by the label app'],
    [{ 'fleet-query': 'never' }, 'per-app', 'fleet-query is never'],
    [{ query: 'sum(jobs)' }, 'shared', 'does not mention'],
    [{ query: 'sum(jobs) by (app)', 'app-label': 'app' }, 'fleet', 'app-label is app'],
    [
      { query: 'sum(\n topk(1, jobs{app="$APP_NAME"}))' },
      'per-app',
      'line 2, column 2 of the query: topk()',
    ],
    [
      { query: 'sum(jobs{app="$APP_NAME"}) default 0' },
      'per-app',
      'line 1, column 28 of the query: it is no plain PromQL',
    ],
  ])('%j', (settings, way, why) => {
    const { collector } = setUp(settings);
    expect(collector.describe?.()).toMatchObject({ way, why: expect.stringContaining(why) });
  });
});
