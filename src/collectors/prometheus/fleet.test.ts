import { describe, expect, it } from 'vitest';
import {
  AT_SECONDS,
  fleetSource,
  outcomeOf,
  vectorBody,
  type FleetSeries,
} from '../../testing/fleet-source.js';

describe('a query for the fleet', () => {
  it('is one, whatever the number of apps, and gives each app what is its own', async () => {
    const { asked, source, collect } = fleetSource();
    source.answer = () =>
      vectorBody([
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
    expect(
      Object.fromEntries([...samples].map(([app, sample]) => [app, outcomeOf(sample)])),
    ).toEqual({
      'a-1': 1,
      'a-2': 'empty',
      'a-3': 'not-a-number',
      'a-10': 10,
    });
  });

  it('takes the label away that the query of one app does not have', async () => {
    const { source, collect } = fleetSource({ query: 'sum by (queue) (jobs{app="$APP_NAME"})' });
    source.answer = () =>
      vectorBody([
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

  it('is one for values per instance too, and each app has its own machines', async () => {
    const query = 'sum by (instance) (fly_app_concurrency{app="$APP_NAME"})';
    const { asked, source, collect } = fleetSource({ per: 'instance', query });
    source.answer = () =>
      vectorBody([
        [{ app: 'a', instance: 'm1' }, '3'],
        [{ app: 'a', instance: 'm2' }, '0'],
        [{ app: 'ab', instance: 'm3' }, 'NaN'],
        [{ app: 'ab', instance: 'm4' }, '4'],
      ]);
    const samples = await collect('a', 'ab', 'ac');
    expect(asked.map((text) => text.replaceAll(/\s+/g, ' '))).toEqual([
      'sum by (instance, app) (fly_app_concurrency{app=~"a.*"})',
    ]);
    expect(samples.get('a')).toMatchObject({ kind: 'instances', values: { m1: 3, m2: 0 } });
    expect(samples.get('ab')).toMatchObject({ kind: 'instances', values: { m4: 4 } });
    expect(outcomeOf(samples.get('ac'))).toBe('empty');
  });

  it('suspects nothing where instances are gone: what has no value counts as busy', async () => {
    const query = 'sum by (instance) (fly_app_concurrency{app="$APP_NAME"})';
    const { source, collect } = fleetSource({ per: 'instance', query });
    const apps = ['a', 'ab', 'ac', 'ad', 'ae'];
    source.answer = () => vectorBody(apps.map((app) => [{ app, instance: `m-${app}` }, '1']));
    await collect(...apps);
    source.answer = () => vectorBody([]);
    expect([...(await collect(...apps)).values()].map(outcomeOf)).toEqual(apps.map(() => 'empty'));
  });

  it('is not made where one label names the app and the instance', async () => {
    const { asked, source, collect } = fleetSource({
      per: 'instance',
      query: 'sum(jobs{instance="$APP_NAME"})',
    });
    source.answer = () => vectorBody([[{}, '1']]);
    const samples = await collect('a', 'ab');
    expect(asked).toHaveLength(2);
    expect([...samples.values()].map(outcomeOf)).toEqual(['empty', 'empty']);
  });

  it('gives what stands behind "or" to those alone that have nothing', async () => {
    const { asked, source, collect } = fleetSource({
      query: 'sum(jobs{app="$APP_NAME"}) or vector(3)',
    });
    source.answer = () => vectorBody([[{ app: 'a' }, '1']]);
    const samples = await collect('a', 'ab');
    expect(asked).toHaveLength(1);
    expect([outcomeOf(samples.get('a')), outcomeOf(samples.get('ab'))]).toEqual([1, 3]);
    expect(samples.get('ab')).not.toHaveProperty('isDefault');
  });

  it('asks once for what stands behind "or" when it is no plain number', async () => {
    const { asked, source, collect } = fleetSource({
      query: 'sum(jobs{app="$APP_NAME"}) or sum(spare)',
    });
    source.answer = (query) =>
      vectorBody(query.includes('spare') ? [[{}, '6']] : [[{ app: 'a' }, '1']]);
    const samples = await collect('a', 'ab', 'ac');
    expect(asked).toHaveLength(2);
    expect(['a', 'ab', 'ac'].map((app) => outcomeOf(samples.get(app)))).toEqual([1, 6, 6]);
  });

  it('asks for the age of all data at once', async () => {
    const { asked, source, collect } = fleetSource({
      'max-age': '1m',
      query: 'sum(jobs{app="$APP_NAME"}) + sum(more{app="$APP_NAME"})',
    });
    const both = (age: (selector: string, app: string) => number): FleetSeries =>
      ['0', '1'].flatMap((selector) =>
        ['a', 'ab'].map(
          (app) => [{ app, selector }, `${AT_SECONDS - age(selector, app)}`] as const,
        ),
      );
    source.answer = (query) =>
      query.includes('timestamp')
        ? vectorBody(both((selector, app) => (selector === '1' && app === 'ab' ? 90 : 10)))
        : vectorBody([
            [{ app: 'a' }, '1'],
            [{ app: 'ab' }, '2'],
          ]);
    const samples = await collect('a', 'ab', 'ac');
    expect(asked).toHaveLength(2);
    expect(samples.get('a')).toMatchObject({ value: 1, atMs: (AT_SECONDS - 10) * 1000 });
    expect(samples.get('ab')).toMatchObject({ kind: 'stale', ageMs: 90_000 });
    expect(outcomeOf(samples.get('ac'))).toBe('empty');
  });

  it('holds all its users when it fails, whatever the default', async () => {
    const { asked, source, collect } = fleetSource({ default: 0 });
    source.status = 503;
    const samples = await collect('a', 'ab');
    expect(asked).toHaveLength(1);
    expect([...samples.values()].map(outcomeOf)).toEqual([
      'source-unavailable',
      'source-unavailable',
    ]);
  });

  it('must answer within half the interval', async () => {
    const { clock, source, collect } = fleetSource();
    source.answer = () => new Promise(() => undefined);
    const before = clock.elapsedMs();
    const samples = await collect('a', 'ab');
    expect(clock.elapsedMs() - before).toBe(7_500);
    expect([...samples.values()].map(outcomeOf)).toEqual(['source-timeout', 'source-timeout']);
  });

  it('turns to each app alone for a while when the server refuses it', async () => {
    const { clock, asked, source, collector, collect, warnings } = fleetSource();
    source.answer = (query) => {
      source.status = query.includes('=~') ? 422 : 200;
      return query.includes('=~')
        ? JSON.stringify({ status: 'error', errorType: '422', error: 'too many series' })
        : vectorBody([[{}, '4']]);
    };
    expect([...(await collect('a', 'ab')).values()].map(outcomeOf)).toEqual([4, 4]);
    expect(warnings).toEqual([expect.stringContaining('too many series')]);
    expect(collector.describe?.()).toMatchObject({
      way: 'per-app',
      why: expect.stringContaining('too many series'),
    });
    await collect('a', 'ab');
    expect(asked.filter((query) => query.includes('=~'))).toHaveLength(1);
    expect(asked).toHaveLength(5);
    await clock.advance(300_000);
    expect(collector.describe?.()).toMatchObject({ way: 'fleet' });
    await collect('a', 'ab');
    expect(asked.filter((query) => query.includes('=~'))).toHaveLength(2);
  });

  it('is what finds out whether the source is back, unless the server refuses it', async () => {
    const { clock, asked, source, collect } = fleetSource();
    const askedAfter = async (status: number): Promise<number> => {
      source.status = status;
      asked.length = 0;
      await clock.advance(15_000);
      await collect('a', 'ab', 'ac');
      return asked.length;
    };
    for (let n = 0; n < 4; n += 1) await askedAfter(503);
    expect([await askedAfter(503), asked[0]]).toEqual([1, expect.stringContaining('=~')]);
    expect(await askedAfter(422)).toBe(4);
    for (let n = 0; n < 3; n += 1) expect(await askedAfter(503)).toBe(3);
    expect(await askedAfter(503)).toBe(1);
    expect(asked[0]).not.toContain('=~');
  });

  it('is not given up when it has to be used always', async () => {
    const { asked, source, collect } = fleetSource({ 'fleet-query': 'always' });
    source.status = 422;
    const samples = await collect('a', 'ab');
    expect(asked).toHaveLength(1);
    expect([...samples.values()].map(outcomeOf)).toEqual([
      'source-query-invalid',
      'source-query-invalid',
    ]);
  });

  it('is not asked for one app alone, nor for an app that its pattern does not take', async () => {
    const { asked, source, collect } = fleetSource();
    source.answer = (query) => vectorBody([[query.includes('=~') ? { app: 'a' } : {}, '1']]);
    await collect('a');
    expect(asked).toEqual(['sum(jobs{app="a"})']);
    const samples = await collect('a', 'ab', 'other');
    expect(asked.slice(1).toSorted()).toEqual(
      ['sum by (app) (jobs{app=~"a.*"})', 'sum(jobs{app="other"})'].toSorted(),
    );
    expect(['a', 'ab', 'other'].map((app) => outcomeOf(samples.get(app)))).toEqual([1, 'empty', 1]);
  });

  it('stays below what servers take, however often the pattern is in it', async () => {
    const names = Array.from({ length: 150 }, (_, index) => `a${index}`);
    const sum = Array.from({ length: 40 }, (_, n) => `sum(m${n}{app="$APP_NAME"})`).join(' + ');
    const { asked, collect } = fleetSource({ query: sum }, names);
    await collect('a1', 'a2');
    expect(asked).toHaveLength(1);
    expect(asked[0]).toContain('m39{app=~".+"}');
    expect(asked[0]?.length).toBeLessThan(12_288);
  });

  it('may group by itself, with the label that names the app', async () => {
    const { asked, source, collect } = fleetSource({
      query: 'sum by (service) (jobs)',
      'app-label': 'service',
      default: 0,
    });
    source.answer = () =>
      vectorBody([
        [{ service: 'a' }, '2'],
        [{ service: 'x' }, '3'],
      ]);
    const samples = await collect('a');
    expect(asked).toEqual(['sum by (service) (jobs)']);
    expect(outcomeOf(samples.get('a'))).toBe(2);
    expect((await collect('a', 'ab')).get('ab')).toMatchObject({ value: 0, isDefault: true });
  });

  it('passes the remarks of the server on to each app, and holds all on a partial answer', async () => {
    const { source, collect } = fleetSource();
    const answer = (rest: object): string =>
      JSON.stringify({
        ...(JSON.parse(
          vectorBody([
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
    expect([...(await collect('a', 'ab')).values()].map(outcomeOf)).toEqual([
      'source-partial',
      'source-partial',
    ]);
  });

  it('leaves the trouble of one app with that app', async () => {
    const { source, collect } = fleetSource();
    source.answer = () => {
      const good = JSON.parse(vectorBody([[{ app: 'ab' }, '2']]));
      good.data.result.push({ metric: { app: 'a' }, histogram: [AT_SECONDS, {}] });
      return JSON.stringify(good);
    };
    const samples = await collect('a', 'ab');
    expect([outcomeOf(samples.get('a')), outcomeOf(samples.get('ab'))]).toEqual([
      'source-query-invalid',
      2,
    ]);
  });
});

describe('what it says of its way', () => {
  it.each([
    [{}, 'fleet', 'by the label app'],
    [{ 'fleet-query': 'never' }, 'per-app', 'fleet-query is never'],
    [
      { query: 'sum(jobs{app="$APP_NAME"}) / sum(spare)', 'max-age': '1m' },
      'fleet',
      'by the label app',
    ],
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
    const { collector } = fleetSource(settings);
    expect(collector.describe?.()).toMatchObject({ way, why: expect.stringContaining(why) });
  });
});
