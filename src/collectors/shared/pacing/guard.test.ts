import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { seededRandom, withDeadline } from '../../../seams/clock.js';
import type { Sample } from '../../../core/model/sample.js';
import { setting, type CollectorContext, type CollectorDefinition } from '../../../seams/schema.js';
import { collectAll } from '../../../testing/collector-contract.js';
import { noDocs } from '../../../testing/collector-definitions.js';
import { createFakeClock, type FakeClock } from '../../../testing/fake-clock.js';
import { collectWithin } from './collection.js';
import { guarded } from './guard.js';
import { placesFor } from './places.js';
import type { Collector } from '../../../seams/collector.js';
import type { SourceEvent } from '../../../seams/events.js';

let clock: FakeClock;
let asked: string[];
/** What an app hears; a value unless it is here. */
/** How long each app takes. */
let delayMs: number;
let failures: Map<string, Extract<Sample, { kind: 'error' }>['code']>;

beforeEach(() => {
  clock = createFakeClock();
  asked = [];
  failures = new Map();
  delayMs = 0;
});

/** Asks app by app, one at a time. */
const source: CollectorDefinition = {
  type: 'source',
  envPrefix: 'FAS_SOURCE',
  summary: 'For tests.',
  docs: noDocs,
  schema: z.strictObject({ 'metric-name': setting(z.string(), { description: 'Its name.' }) }),
  create(settings, context) {
    expect(settings).toEqual({ 'metric-name': 'm' });
    const forEach = placesFor<string>(4, (app) => app);
    return {
      name: 'm',
      type: 'source',
      collect: async (apps, emit, signal) => {
        const limits = { clock, limitMs: context.timeoutMs, serverName: 'server' };
        await collectWithin(limits, apps, emit, signal, (emitOnce, deadline) =>
          forEach(
            apps,
            deadline,
            async (app) => {
              asked.push(app);
              if (delayMs > 0) await clock.sleep(delayMs, deadline);
              emitOnce(app, sampleFor(app));
            },
            context.takeTurn,
          ),
        );
      },
      close: async () => undefined,
    };
  },
};

function sampleFor(app: string): Sample {
  const code = failures.get(app);
  if (code !== undefined) return { kind: 'error', code, message: `no ${app}`, atMs: clock.now() };
  return { kind: 'value', value: 1, atMs: clock.now() };
}

function open(settings: Readonly<Record<string, unknown>> = {}, rest: object = {}): Collector {
  const definition = guarded(source);
  const context: CollectorContext = {
    connect: () => {
      throw new Error('not used');
    },
    clock,
    timeoutMs: 10_000,
    random: seededRandom(1),
    userAgent: 'test',
    warn: () => undefined,
    ...rest,
  };
  return definition.create(definition.schema.parse({ 'metric-name': 'm', ...settings }), context);
}

function allFail(apps: readonly string[], code = 'source-unreachable' as const): void {
  failures = new Map(apps.map((app) => [app, code]));
}

/** One collection now, and the apps that were asked for. */
async function pass(collector: Collector, apps: readonly string[]): Promise<readonly string[]> {
  asked = [];
  await clock.runUntil(collectAll(collector, apps));
  return asked;
}

const APPS = ['a', 'b', 'c'];

it('lets a collector say how it asks, if it does', () => {
  expect(open().describe).toBeUndefined();
  const way = { way: 'per-app', why: 'why not' } as const;
  const definition = guarded({
    ...source,
    create: () => ({ ...open(), describe: () => way }),
  });
  const settings = definition.schema.parse({ 'metric-name': 'm', 'max-requests-per-second': 1 });
  const context = { clock } as unknown as CollectorContext;
  expect(definition.create(settings, context).describe?.()).toEqual(way);
});

it('ends a collection by the general timeout, after which nobody waits for it', () => {
  const given: unknown[] = [];
  const warnings: string[] = [];
  const definition = guarded({
    ...source,
    schema: z.strictObject({ 'metric-name': z.string(), timeout: z.number() }),
    create(settings) {
      given.push(settings);
      return open();
    },
  });
  const context = {
    clock,
    timeoutMs: 10_000,
    warn: (message: string) => warnings.push(message),
  } as unknown as CollectorContext;
  for (const timeout of [9000, 60_000]) {
    const settings = { 'metric-name': 'm', timeout };
    definition.create(definition.schema.parse(settings), context);
  }
  expect(given).toMatchObject([{ timeout: 9000 }, { timeout: 10_000 }]);
  expect(warnings).toEqual([
    'timeout 1m is above the general timeout, which counts: raise that one too',
  ]);
});

describe('the circuit breaker', () => {
  it('leaves a source alone that failed three times, but for a probe each 15 seconds', async () => {
    const collector = open();
    allFail(APPS);
    const askedAtSeconds: number[] = [];
    for (let second = 0; second < 260; second += 5) {
      if ((await pass(collector, APPS)).length > 0) askedAtSeconds.push(second);
      await clock.advance(5000);
    }
    expect(askedAtSeconds).toEqual([
      0,
      5,
      10,
      ...Array.from({ length: 16 }, (_, n) => 25 + 15 * n),
    ]);
  });

  it('probes with one app, another one each time, and tells the others what it is about', async () => {
    const collector = open();
    allFail(APPS);
    for (let n = 0; n < 3; n += 1) await pass(collector, APPS);
    await clock.advance(5000);
    expect(await pass(collector, APPS)).toEqual([]);
    const samples = await collectAll(collector, APPS);
    expect(samples.get('a')).toMatchObject({
      kind: 'error',
      code: 'source-unreachable',
      message: 'no c (failing for 5s, asked again in 10s)',
    });
    await clock.advance(10_000);
    expect(await pass(collector, APPS)).toEqual(['a']);
    await clock.advance(15_000);
    expect(await pass(collector, APPS)).toEqual(['b']);
  });

  it.each([
    ['fleet', 2],
    ['shared', 2],
    ['per-app', 1],
  ] as const)('probes with all apps where they are one question: %s', async (way, probed) => {
    const definition = guarded({
      ...source,
      create: (settings, context) => ({
        ...source.create(settings, context),
        describe: () => ({ way, why: '' }),
      }),
    });
    const context = { clock, timeoutMs: 10_000 } as unknown as CollectorContext;
    const collector = definition.create(definition.schema.parse({ 'metric-name': 'm' }), context);
    allFail(['a', 'b']);
    for (let n = 0; n < 3; n += 1) await pass(collector, ['a', 'b']);
    expect(await pass(collector, ['a', 'b'])).toHaveLength(0);
    await clock.advance(15_000);
    expect(await pass(collector, ['a', 'b'])).toHaveLength(probed);
  });

  it('probes at each tick of 15 seconds, though answers take their time and ticks are not exact', async () => {
    const collector = open();
    allFail(APPS);
    const asks: number[] = [];
    for (let tick = 0; tick < 8; tick += 1) {
      delayMs = 9000;
      asks.push((await pass(collector, APPS)).length);
      // The next tick comes 15 s after the last, half a second early or late.
      await clock.advance(6000 + (tick % 2 === 0 ? 500 : -500));
    }
    expect(asks).toEqual([3, 3, 3, 1, 1, 1, 1, 1]);
  });

  it('tells its state when that changes, with the reason and nothing else', async () => {
    const told: SourceEvent[] = [];
    const collector = open({}, { sourceChanged: (event: SourceEvent) => told.push(event) });
    const take = (): unknown[] => told.splice(0).map(({ state, failure }) => [state, failure]);
    await pass(collector, APPS);
    expect(told).toMatchObject([{ kind: 'source', metric: 'm', type: 'source' }]);
    expect(take()).toEqual([['up', null]]);
    await pass(collector, APPS);
    expect(take()).toEqual([]);
    allFail(APPS);
    const failure = { code: 'source-unreachable', message: 'no c' };
    await pass(collector, APPS);
    expect(take()).toEqual([['failing', failure]]);
    for (let n = 0; n < 10; n += 1) {
      await pass(collector, APPS);
      await clock.advance(15_000);
    }
    expect(take()).toEqual([['resting', failure]]);
    failures.clear();
    await pass(collector, APPS);
    expect(take()).toEqual([['up', null]]);
    // Some apps alone make no outage of the source.
    allFail(['a', 'b']);
    for (let n = 0; n < 5; n += 1) await pass(collector, APPS);
    expect(take()).toEqual([]);
  });

  it('takes nothing for an outage while other apps are answered beside it', async () => {
    const told: SourceEvent[] = [];
    const collector = open({}, { sourceChanged: (event: SourceEvent) => told.push(event) });
    allFail(['d']);
    for (let n = 0; n < 4; n += 1) {
      delayMs = 9000;
      const slow = collectAll(collector, ['d']);
      await clock.advance(1000);
      delayMs = 0;
      expect(await pass(collector, APPS)).toEqual(APPS);
      await clock.advance(14_000);
      await slow;
    }
    expect(told.map(({ state }) => state)).toEqual(['up']);
  });

  it('asks for everybody as soon as a probe is answered', async () => {
    const collector = open();
    allFail(APPS);
    for (let n = 0; n < 3; n += 1) await pass(collector, APPS);
    failures.clear();
    expect(await pass(collector, APPS)).toEqual([]);
    await clock.advance(15_000);
    const samples = await collectAll(collector, APPS);
    expect([...samples.values()].map(({ kind }) => kind)).toEqual(['value', 'value', 'value']);
    allFail(APPS);
    expect(await pass(collector, APPS)).toEqual(APPS);
    expect(await pass(collector, APPS)).toEqual(APPS);
  });

  it('goes on while any app is answered, and with errors that are no outage', async () => {
    const collector = open();
    allFail(['a', 'b']);
    for (let n = 0; n < 5; n += 1) expect(await pass(collector, APPS)).toEqual(APPS);
    failures = new Map(APPS.map((app) => [app, 'source-query-invalid']));
    for (let n = 0; n < 5; n += 1) expect(await pass(collector, APPS)).toEqual(APPS);
  });

  it('sends one probe, however many collections wait for it', async () => {
    const collector = open();
    allFail(APPS);
    for (let n = 0; n < 3; n += 1) await pass(collector, APPS);
    await clock.advance(15_000);
    asked = [];
    await Promise.all([collectAll(collector, APPS), collectAll(collector, ['d', 'e'])]);
    expect(asked).toEqual(['a']);
  });

  it('takes a collector for down that is cut off at the deadline of the loop', async () => {
    const told: SourceEvent[] = [];
    const definition = guarded({
      ...source,
      create: () => ({
        ...open(),
        // It does not even hear its signal.
        collect: () => new Promise(() => undefined),
      }),
    });
    const sourceChanged = (event: SourceEvent): unknown => told.push(event);
    const context = { clock, timeoutMs: 10_000, sourceChanged } as unknown as CollectorContext;
    const collector = definition.create(definition.schema.parse({ 'metric-name': 'm' }), context);
    const work = (signal: AbortSignal): Promise<void> =>
      collector.collect(APPS, () => undefined, signal);
    const cutOff = withDeadline(clock, 11_000, undefined, work);
    await clock.runUntil(cutOff.catch(() => undefined));
    await expect(cutOff).rejects.toThrow('no answer within 11000 ms');
    expect(told).toMatchObject([
      {
        state: 'failing',
        failure: { code: 'source-timeout', message: 'no answer within 11000 ms' },
      },
    ]);
  });

  it('is nobody who is cancelled', async () => {
    const collector = open();
    const signal = AbortSignal.abort(new Error('enough'));
    for (let n = 0; n < 4; n += 1)
      await expect(collectAll(collector, APPS, signal)).rejects.toThrow('enough');
    expect(await pass(collector, APPS)).toEqual(APPS);
  });
});

describe('the budget', () => {
  it('spreads requests, after as many at once as fit into a second', async () => {
    const collector = open({ 'max-requests-per-second': 4 });
    const apps = Array.from({ length: 12 }, (_, index) => `app-${index}`);
    const collecting = collectAll(collector, apps);
    const counts: number[] = [];
    for (const ms of [0, 249, 1, 750, 1000]) {
      await clock.advance(ms);
      counts.push(asked.length);
    }
    expect(counts).toEqual([4, 4, 5, 8, 12]);
    await collecting;
  });

  it('takes those first that got no turn the last time', async () => {
    const collector = open({ 'max-requests-per-second': 0.2 });
    expect(await pass(collector, APPS)).toEqual(['a', 'b']);
    await clock.advance(0);
    expect((await pass(collector, APPS))[0]).toBe('c');
  });

  it.each([
    { apps: 40, perSecond: 1, limitMs: 10_000, answerMs: 50 },
    { apps: 100, perSecond: 1, limitMs: 30_000, answerMs: 50 },
    { apps: 300, perSecond: 2, limitMs: 30_000, answerMs: 50 },
    { apps: 60, perSecond: undefined, limitMs: 10_000, answerMs: 1_000 },
    { apps: 60, perSecond: undefined, limitMs: 30_000, answerMs: 4_000 },
  ])(
    'passes nobody over where a source is too slow for the fleet: $apps apps, $perSecond a second, $answerMs ms each within $limitMs ms',
    async ({ apps: count, perSecond, limitMs, answerMs }) => {
      delayMs = answerMs;
      const collector = open(
        perSecond === undefined ? {} : { 'max-requests-per-second': perSecond },
        { timeoutMs: limitMs },
      );
      const answers = new Map(Array.from({ length: count }, (_, index) => [`app-${index}`, 0]));
      const waiting = new Set<string>();
      const hear = (app: string, sample: Sample): void => {
        waiting.delete(app);
        if (sample.kind === 'value') answers.set(app, (answers.get(app) ?? 0) + 1);
      };
      const sentAtMs: number[] = [];
      asked = { push: () => sentAtMs.push(clock.elapsedMs()) } as unknown as string[];
      const ticks = 120;
      for (let tick = 0; tick < ticks; tick += 1) {
        const apps = [...answers.keys()].filter((app) => !waiting.has(app));
        for (const app of apps) waiting.add(app);
        void collector.collect(apps, hear, new AbortController().signal);
        await clock.advance(15_000);
      }
      const mean = sentAtMs.length / count;
      expect(Math.min(...answers.values())).toBeGreaterThanOrEqual(Math.floor(mean / 2));
      if (perSecond === undefined) return;
      const inTenSeconds = sentAtMs.map(
        (fromMs) => sentAtMs.filter((atMs) => atMs >= fromMs && atMs < fromMs + 10_000).length,
      );
      expect(Math.max(...inTenSeconds)).toBeLessThanOrEqual(11 * perSecond);
      expect(sentAtMs.length).toBeGreaterThan(0.9 * perSecond * ticks * 10);
    },
  );

  it('holds for requests by HTTP without the collector knowing', async () => {
    const sent: number[] = [];
    const request = async (): Promise<never> => {
      sent.push(clock.elapsedMs());
      return { status: 200, headers: {}, body: '' } as never;
    };
    let given: CollectorContext | null = null;
    const definition = guarded({
      ...source,
      create(settings, context) {
        given = context;
        return source.create(settings, context);
      },
    });
    definition.create(
      definition.schema.parse({ 'metric-name': 'm', 'max-requests-per-second': 1 }),
      {
        connect: () => ({ request, close: async () => undefined }),
        clock,
        timeoutMs: 10_000,
        random: seededRandom(1),
        userAgent: 'test',
        warn: () => undefined,
      },
    );
    const connection = given!.connect();
    const { signal } = new AbortController();
    const ask = { method: 'GET', url: 'http://x', headers: {} } as const;
    const all = Promise.all([1, 2, 3].map(() => connection.request(ask, signal)));
    await clock.runUntil(all);
    expect(sent.map((ms) => ms - sent[0]!)).toEqual([0, 1000, 2000]);
  });
});

describe('a source that has nothing', () => {
  const warnings: unknown[] = [];
  beforeEach(() => {
    warnings.length = 0;
  });

  /** Gives an app its sample. */
  const open = (samples: ReadonlyMap<string, Sample>): Collector =>
    guarded({
      ...source,
      create: () => ({
        name: 'm',
        type: 'source',
        collect: async (apps, emit) => {
          for (const app of apps) emit(app, samples.get(app) ?? standIn);
        },
        close: async () => undefined,
      }),
    }).create(
      { 'metric-name': 'm' },
      {
        clock,
        random: seededRandom(1),
        timeoutMs: 5000,
        userAgent: 'test',
        connect: () => ({
          request: () => Promise.reject(new Error()),
          close: async () => undefined,
        }),
        warn: (message, fields) => warnings.push({ message, ...fields }),
      },
    );
  const standIn: Sample = { kind: 'value', value: 0, atMs: 0, isDefault: true };

  it('for any app is told of once, where the default stands in', async () => {
    const collector = open(new Map([['c', { kind: 'empty', atMs: 0 }]]));
    for (let n = 0; n < 3; n += 1) await collectAll(collector, ['a', 'b', 'c']);
    expect(warnings).toEqual([
      {
        message: expect.stringContaining('nothing for any of 2 apps, such as a,'),
        metric: 'm',
        app: 'a',
        count: 2,
      },
    ]);
  });

  it('for some apps is nothing to tell of', async () => {
    const samples = new Map<string, Sample>([['a', { kind: 'value', value: 0, atMs: 0 }]]);
    const collector = open(samples);
    await collectAll(collector, ['a', 'b']);
    samples.clear();
    await collectAll(collector, ['a', 'b']);
    expect(warnings).toEqual([]);
  });

  it('is told of only when it has answered for all', async () => {
    const failed: Sample = { kind: 'error', code: 'source-timeout', message: '', atMs: 0 };
    const samples = new Map<string, Sample>([['b', failed]]);
    const collector = open(samples);
    await collectAll(collector, ['a', 'b']);
    expect(warnings).toEqual([]);
    samples.clear();
    await collectAll(collector, ['a', 'b']);
    expect(warnings).toHaveLength(1);
  });
});
