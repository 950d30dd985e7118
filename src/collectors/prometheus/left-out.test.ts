/**
 * What Prometheus leaves out of its answers, and says or does not say. The bodies are those that Prometheus 3.16.0 gave for an app with
 * native histograms (`h`), one with floats (`f`) and one with both (`mixed`); the servers of the other tests know no native histograms.
 */
import { describe, expect, it } from 'vitest';
import { AT_SECONDS, fleetSource, outcomeOf, vectorBody } from '../../testing/fleet-source.js';

type Element = Readonly<Record<string, unknown>>;
const number = (metric: object, value: string): Element => ({
  metric,
  value: [AT_SECONDS, value],
});
const histogram = (metric: object): Element => ({
  metric,
  histogram: [AT_SECONDS, { count: '3', sum: '6', buckets: [[0, '0.9', '1.1', '3']] }],
});
const body = (result: readonly Element[], remarks: object = {}): string =>
  JSON.stringify({ status: 'success', data: { resultType: 'vector', result }, ...remarks });

const MIXED = 'PromQL warning: encountered a mix of histograms and floats for aggregation (1:5)';
const IGNORED = 'PromQL info: ignored histogram in max aggregation (1:5)';
const isForFleet = (query: string): boolean => query.includes('=~');

describe('an app whose series the server dropped', () => {
  const drops = (query: string): string => {
    if (query.includes('timestamp(')) {
      return body([number({ app: 'af' }, '5'), number({ app: 'amixed' }, '5')]);
    }
    if (isForFleet(query)) return body([number({ app: 'af' }, '3.4')], { warnings: [MIXED] });
    return body([], query.includes('amixed') ? { warnings: [MIXED] } : {});
  };

  it('holds with the remark, whatever the default, and nobody else does', async () => {
    const { source, collect, asked } = fleetSource({ default: 0 });
    source.answer = drops;
    const samples = await collect('af', 'amixed', 'anone');
    expect(samples.get('af')).toMatchObject({ kind: 'value', value: 3.4 });
    expect(samples.get('amixed')).toMatchObject({
      kind: 'error',
      code: 'source-partial',
      message: expect.stringContaining(MIXED),
    });
    expect(samples.get('anone')).toMatchObject({ value: 0, isDefault: true });
    // For the fleet, who has data, and the one that has data but no value.
    expect(asked).toHaveLength(3);
    expect(asked[2]).toBe('sum(jobs{app="amixed"})');
  });

  it('is found by one question more, however many apps have no series', async () => {
    const { source, collect, asked } = fleetSource({ default: 0 });
    source.answer = drops;
    const apps = Array.from({ length: 2_000 }, (_, index) => `a${index}`);
    await collect('af', 'amixed', ...apps);
    expect(asked).toHaveLength(3);
  });

  it('is asked for alone, as all without a value, where nobody can tell who has data', async () => {
    const { source, collect, asked } = fleetSource({
      default: 0,
      query: 'sum(jobs{app="$APP_NAME"} offset 1m)',
    });
    source.answer = drops;
    const samples = await collect('af', 'amixed', 'anone');
    expect(['af', 'amixed', 'anone'].map((app) => outcomeOf(samples.get(app)))).toEqual([
      3.4,
      'source-partial',
      0,
    ]);
    expect(asked).toHaveLength(3);
  });

  it('may be any app without series where the query names none', async () => {
    const { source, collect, asked } = fleetSource({
      default: 0,
      query: 'sum by (app) (jobs)',
      'app-label': 'app',
    });
    source.answer = () => body([number({ app: 'af' }, '3.4')], { warnings: [MIXED] });
    const samples = await collect('af', 'amixed');
    expect([outcomeOf(samples.get('af')), outcomeOf(samples.get('amixed'))]).toEqual([
      3.4,
      'source-partial',
    ]);
    expect(asked).toHaveLength(1);
  });

  it.each([
    ['a mix', { warnings: [MIXED] }, 'source-partial'],
    ['an ignored histogram', { infos: [IGNORED] }, 'source-partial'],
    [
      'types that do not go together',
      { infos: ['PromQL info: incompatible sample types encountered for binary operator "+"'] },
      'source-partial',
    ],
    [
      'classic beside native histograms',
      { warnings: ['PromQL warning: vector contains a mix of classic and native histograms'] },
      'source-partial',
    ],
    ['a warning that nobody knows yet', { warnings: ['PromQL warning: new'] }, 'source-partial'],
    [
      'remarks that are not written out',
      { infos: ['PromQL info: x', '7 more info annotations omitted'] },
      'source-partial',
    ],
    [
      'a name that does not look like a counter',
      { infos: ['PromQL info: metric might not be a counter'] },
      7,
    ],
    [
      'a quantile above one',
      { warnings: ['PromQL warning: quantile value should be between 0 and 1, got 2'] },
      7,
    ],
    ['nothing', {}, 7],
  ])('app by app: with %s', async (_, remarks, expected) => {
    const { source, collect } = fleetSource({ default: 7, 'fleet-query': 'never' });
    source.answer = () => body([], remarks);
    expect(outcomeOf((await collect('a')).get('a'))).toBe(expected);
  });

  it('keeps what is left, with the remark as a warning', async () => {
    const { source, collect } = fleetSource({ default: 7, 'fleet-query': 'never' });
    source.answer = () => body([number({}, '5.5')], { infos: [IGNORED] });
    expect((await collect('a')).get('a')).toMatchObject({ value: 5.5, warning: IGNORED });
  });

  it('never shows a secret that the server repeats in a remark', async () => {
    const { source, collect } = fleetSource({ token: 'tell-nobody', 'fleet-query': 'never' });
    source.answer = () => body([], { warnings: ['PromQL warning: from tell-nobody'] });
    expect(JSON.stringify([...(await collect('a'))])).not.toContain('tell-nobody');
    source.answer = () =>
      body([number({}, '5')], { warnings: ['PromQL warning: from tell-nobody'] });
    expect(JSON.stringify([...(await collect('a'))])).not.toContain('tell-nobody');
  });
});

describe('a native histogram before an "or"', () => {
  it.each([
    ['ceil(sum(jobs{app="$APP_NAME"}) or vector(0))', [], 'empty'],
    ['clamp_min(sum(jobs{app="$APP_NAME"}) or vector(0), 1)', [], 'empty'],
    ['(sum(jobs{app="$APP_NAME"}) or vector(0)) > bool 0', [], 'empty'],
    [
      '(sum(jobs{app="$APP_NAME"}) or vector(0)) * 2',
      [histogram({ app: 'ah' })],
      'source-query-invalid',
    ],
  ])('%s: has no zero that its own query does not have', async (query, kept, expected) => {
    const { source, collect, asked } = fleetSource({ query });
    const hidden = histogram({ app: 'ah', fas_left_out: 'yes' });
    source.answer = (text) => {
      if (!text.includes('jobs')) return body([number({}, '1')]);
      if (!isForFleet(text)) return body(kept.map(() => histogram({})));
      return body([number({ app: 'af' }, '4'), ...(kept.length > 0 ? kept : [hidden])]);
    };
    const samples = await collect('af', 'ah', 'anone');
    expect(outcomeOf(samples.get('af'))).toBe(4);
    expect(outcomeOf(samples.get('ah'))).toBe(expected);
    expect(outcomeOf(samples.get('anone'))).toBe(1);
    expect(asked.filter(isForFleet)).toHaveLength(1);
    expect(asked.filter((text) => text.includes('jobs') && !isForFleet(text))).toEqual(
      kept.length > 0 ? [] : [query.replace('$APP_NAME', 'ah')],
    );
  });

  it('costs a fleet without any no question more', async () => {
    const { source, collect, asked } = fleetSource({
      query: 'ceil(sum(jobs{app="$APP_NAME"}) or vector(0))',
    });
    source.answer = (query) => vectorBody(isForFleet(query) ? [[{ app: 'a1' }, '4']] : [[{}, '0']]);
    const apps = Array.from({ length: 10_000 }, (_, index) => `a${index}`);
    const samples = await collect(...apps);
    // One for the fleet, and one for what all without series get.
    expect(asked).toHaveLength(2);
    expect([outcomeOf(samples.get('a1')), outcomeOf(samples.get('a9999'))]).toEqual([4, 0]);
  });

  it('behind it concerns those alone who get it', async () => {
    const { source, collect, asked } = fleetSource({
      query: 'sum(jobs{app="$APP_NAME"}) or sum(spare)',
    });
    source.answer = (query) =>
      isForFleet(query) ? body([number({ app: 'af' }, '3')]) : body([histogram({})]);
    const samples = await collect('af', 'anone');
    expect([outcomeOf(samples.get('af')), outcomeOf(samples.get('anone'))]).toEqual([
      3,
      'source-query-invalid',
    ]);
    expect(asked).toHaveLength(2);
  });
});
