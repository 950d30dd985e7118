/** One field of one series is odd: it is odd for its app alone, and nobody takes it for nothing. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Sample } from '../../core/model/sample.js';
import { AT_SECONDS, fleetSource } from '../../testing/fleet-source.js';
import { parseAnswer } from './answer.js';

type Path = readonly (string | number)[];
type Element = Readonly<Record<string, unknown>>;

const APPS = Array.from({ length: 8 }, (_, index) => `a${index}`);
const element = (app: string, index: number, isOwn: boolean): Element => ({
  metric: isOwn ? { instance: 'm' } : { app, instance: 'm' },
  value: [AT_SECONDS, String(index + 1)],
});
const body = (result: readonly unknown[]): string =>
  JSON.stringify({ status: 'success', data: { resultType: 'vector', result } });

/** Each field of a series, and all of it. */
const PATHS: readonly Path[] = [
  [],
  ['metric'],
  ['metric', 'app'],
  ['metric', 'instance'],
  ['metric', 'another'],
  ['metric', '__proto__'],
  ['value'],
  ['value', 0],
  ['value', 1],
  ['value', 2],
  ['histogram'],
  ['values'],
];

const GONE = Symbol('gone');
/** What no server should write there; no name of an app among it. */
const odd = fc.oneof(
  fc.constantFrom<unknown>(
    GONE,
    null,
    true,
    0,
    -1,
    1e300,
    '',
    'x',
    'NaN',
    '-Inf',
    '1e999',
    '0x10',
    '12 ',
    [],
    {},
    [[]],
    [1, 2, 3],
    ['1', 1],
    { app: {} },
    'x'.repeat(10_000),
    Array.from({ length: 5000 }, () => 0),
  ),
  fc.jsonValue({ maxDepth: 3 }),
);

function varied(target: unknown, [step, ...rest]: Path, value: unknown): unknown {
  if (step === undefined) return value;
  const inside = (target as Readonly<Record<string | number, unknown>>)[step];
  const next = varied(inside, rest, value);
  if (Array.isArray(target)) {
    const copy: unknown[] = [...(target as readonly unknown[])];
    if (next === GONE) copy.splice(Number(step), 1);
    else copy[Number(step)] = next;
    return copy;
  }
  const entries = Object.entries(target as object).filter(([name]) => name !== String(step));
  return Object.fromEntries(next === GONE ? entries : [...entries, [step, next]]);
}

const variation = fc.record({
  index: fc.nat({ max: APPS.length - 1 }),
  path: fc.constantFrom(...PATHS),
  value: odd,
});

const RUNS = { numRuns: 400, seed: 26 } as const;

/** Samples without their wording. */
const plain = (sample: Sample | undefined): unknown =>
  sample?.kind === 'error' ? sample.code : sample;

/** Whether it is a good series, of whoever it is. */
function isGood(changed: unknown): boolean {
  const labels = (changed as { readonly metric?: { readonly app?: unknown } } | null)?.metric;
  if (typeof labels !== 'object' || labels === null || Array.isArray(labels)) return false;
  return typeof (labels.app ?? '') === 'string' && labels.app !== null;
}

describe.each([
  ['a plain query', {}],
  ['a query with "or"', { query: 'sum by (instance) (jobs{app="$APP_NAME"}) or vector(0)' }],
  ['a query by instance', { query: 'sum by (instance) (jobs{app="$APP_NAME"})', per: 'instance' }],
])('an odd field in the answer for a fleet: %s', (_, settings) => {
  const more = 'per' in settings ? {} : { default: 99 };

  async function samplesOf(result: readonly unknown[]) {
    const { source, collect, asked } = fleetSource({ ...settings, ...more });
    source.answer = (query) => {
      const app = /app="(a\d)"/.exec(query)?.[1];
      if (query.includes('timestamp(')) {
        return body(APPS.map((name) => ({ metric: { app: name }, value: [AT_SECONDS, '5'] })));
      }
      if (app === undefined) return body(result);
      return body([element(app, APPS.indexOf(app), true)]);
    };
    return { samples: await collect(...APPS, 'a-none'), asked };
  }

  it('concerns no other app, and makes nothing of something', async () => {
    const good = APPS.map((app, index) => element(app, index, false));
    const expected = (await samplesOf(good)).samples;
    await fc.assert(
      fc.asyncProperty(variation, async ({ index, path, value }) => {
        const changed = varied(good[index], path, value);
        const result = good.map((one, place) => (place === index ? changed : one));
        const { samples, asked } = await samplesOf(result.filter((one) => one !== GONE));
        for (const [place, app] of APPS.entries()) {
          if (place !== index) expect(plain(samples.get(app))).toEqual(plain(expected.get(app)));
        }
        const own = samples.get(APPS[index] ?? '');
        expect(own).toBeDefined();
        const isMade = own?.kind === 'value' && (own.isDefault === true || own.value === 0);
        // One that is gone, or is of somebody else, leaves the app with nothing, and the answer is good.
        if (isMade) expect(changed === GONE || isGood(changed)).toBe(true);
        expect(asked.length).toBeLessThanOrEqual(APPS.length + 4);
      }),
      RUNS,
    );
  });

  it.each([null, 5, true, [], {}].map((label) => [label]))(
    'is found out by the own queries where the name of the app is %j',
    async (label) => {
      const good = APPS.map((app, index) => element(app, index, false));
      const changed = { ...good[3], metric: { app: label, instance: 'm' } };
      const { samples } = await samplesOf(good.map((one, index) => (index === 3 ? changed : one)));
      if ('per' in settings) return;
      expect(samples.get('a3')).toMatchObject({ kind: 'value', value: 4 });
      expect(samples.get('a3')).not.toHaveProperty('isDefault');
    },
  );
});

it('an odd time of one series is not the time of those who have none', async () => {
  const { source, collect } = fleetSource({ query: 'sum(jobs{app="$APP_NAME"}) or vector(0)' });
  source.answer = () =>
    body([
      { metric: { app: 'a0' }, value: [12, '1'] },
      { metric: { app: 'a1' }, value: [AT_SECONDS, '1'] },
      { metric: { app: 'a2' }, value: [AT_SECONDS, '1'] },
    ]);
  expect((await collect('a0', 'a1', 'a2', 'a3')).get('a3')).toMatchObject({
    value: 0,
    atMs: AT_SECONDS * 1000,
  });
});

it('the answer for one app is read whole, or not at all', async () => {
  const good = APPS.map((app, index) => element(app, index, false));
  await fc.assert(
    fc.asyncProperty(variation, async ({ index, path, value }) => {
      const changed = varied(good[index], path, value);
      const result = good.map((one, place) => (place === index ? changed : one));
      const answer = await parseAnswer(body(result.filter((one) => one !== GONE)), () =>
        Promise.resolve(),
      );
      if (answer.kind === 'failure') return;
      expect(answer.series.length).toBe(changed === GONE ? APPS.length - 1 : APPS.length);
      for (const { labels, value: number, atMs } of answer.series) {
        expect(Object.values(labels).every((text) => typeof text === 'string')).toBe(true);
        expect(typeof number).toBe('number');
        expect(Number.isNaN(new Date(atMs).getTime())).toBe(false);
      }
    }),
    RUNS,
  );
});
