import { describe, expect, it } from 'vitest';
import { failure, type Series } from './answer.js';
import { instanceSamples, type InstanceReading } from './instances.js';

const one = (labels: Series['labels'], value: number): Series => ({ labels, value, atMs: 10 });

async function read(series: readonly Series[], how: Partial<InstanceReading> = {}, app = 'a') {
  const reading = { label: 'instance', rule: 'first', isForMany: false, ...how } as const;
  const breathe = (): Promise<void> => Promise.resolve();
  return (await instanceSamples({ kind: 'series', series }, reading, 99, breathe))(app);
}

describe('a value per instance', () => {
  it('is that of the series with its label', async () => {
    expect(await read([one({ instance: 'm1' }, 3), one({ instance: 'm2' }, 0)])).toEqual({
      kind: 'instances',
      values: { m1: 3, m2: 0 },
      atMs: 10,
    });
    const named = [one({ instance: 'x', machine: 'm1' }, 3)];
    expect(await read(named, { label: 'machine' })).toMatchObject({ values: { m1: 3 } });
  });

  it.each([
    ['first', 5],
    ['sum', 5],
    ['max', 4],
    ['min', 1],
    ['avg', 2.5],
  ] as const)('of several series is, by the rule %s, %d', async (rule, value) => {
    const several = [
      one({ instance: 'm1', path: '/a' }, 1),
      one({ instance: 'm1', path: '/b' }, 4),
    ];
    expect(await read(several, { rule })).toMatchObject({ values: { m1: value } });
  });

  it('of several series is an error when told so', async () => {
    const several = [one({ instance: 'm1', path: '/a' }, 1), one({ instance: 'm1' }, 4)];
    expect(await read(several, { rule: 'error' })).toMatchObject({
      kind: 'error',
      code: 'source-ambiguous',
    });
  });

  it('is left out where it is no number, so that the machine counts as busy', async () => {
    const series = [one({ instance: 'm1' }, Number.NaN), one({ instance: 'm2' }, 0), one({}, 7)];
    expect(await read(series)).toMatchObject({ values: { m2: 0 } });
  });

  it('does not mistake a name for something of its own', async () => {
    const sample = await read([one({ instance: '__proto__' }, 1), one({ instance: 'm1' }, 2)]);
    expect(Object.keys(sample.kind === 'instances' ? sample.values : {})).toEqual([
      '__proto__',
      'm1',
    ]);
  });
});

describe('an answer for many apps', () => {
  const series = [
    one({ app: 'a', instance: 'm1' }, 1),
    one({ app: 'b', instance: 'm2' }, 2),
    one({ instance: 'm3' }, 3),
  ];

  it('gives each app its own instances, and those of no app to all', async () => {
    expect(await read(series, { isForMany: true })).toMatchObject({ values: { m1: 1, m3: 3 } });
    expect(await read(series, { isForMany: true }, 'b')).toMatchObject({
      values: { m2: 2, m3: 3 },
    });
  });

  it('does not ask what the label app means where the query is for one app', async () => {
    expect(await read(series)).toMatchObject({ values: { m1: 1, m2: 2, m3: 3 } });
  });

  it('has nothing for an app that none of them is of', async () => {
    expect(await read(series.slice(0, 2), { isForMany: true }, 'c')).toEqual({
      kind: 'empty',
      atMs: 10,
    });
  });
});

it('passes a failure on', async () => {
  const reading = { label: 'instance', rule: 'first', isForMany: true } as const;
  const sample = (
    await instanceSamples(failure('source-timeout', 'late'), reading, 99, () => Promise.resolve())
  )('a');
  expect(sample).toEqual({ kind: 'error', code: 'source-timeout', message: 'late', atMs: 99 });
});
