/** How soon values are back when a fault of their source ends, and how little a source is asked that is down. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { seededRandom, withDeadline } from '../../../seams/clock.js';
import type { Sample } from '../../../core/model/sample.js';
import { HttpFailure, type HttpRequest, type HttpResponse } from '../../../seams/http.js';
import { setting, type CollectorContext, type CollectorDefinition } from '../../../seams/schema.js';
import { noDocs } from '../../../testing/collector-definitions.js';
import { createFakeClock, type FakeClock } from '../../../testing/fake-clock.js';
import { collectWithin } from './collection.js';
import { guarded } from './guard.js';
import { http } from '../../http/index.js';
import { prometheus } from '../../prometheus/index.js';
import type { Collector } from '../../../seams/collector.js';

const APPS = Array.from({ length: 12 }, (_, n) => `my-app-${n}`);
const TIMEOUT_MS = 30_000;
const ANSWER_MS = 40;

const FAULTS = [
  '429',
  '429, come again in 2 s',
  '503',
  '504 after 10 s',
  'reset',
  'refused',
  'hang',
  'half a body',
  'garbage',
  'every second one hangs',
] as const;
type Fault = (typeof FAULTS)[number];

/** A server with one fault, for a while. */
class Server {
  fault: Fault | null = null;
  readonly sentAtMs: number[] = [];
  #asked = 0;

  constructor(
    readonly clock: FakeClock,
    readonly body: (request: HttpRequest) => string,
  ) {}

  async request(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
    const { fault, clock } = this;
    this.sentAtMs.push(clock.elapsedMs());
    this.#asked += 1;
    switch (fault) {
      case null:
        await clock.sleep(ANSWER_MS, signal);
        return { status: 200, headers: {}, body: this.body(request) };
      case 'garbage':
        return { status: 200, headers: {}, body: '<html>' };
      case 'reset':
      case 'refused':
        throw new HttpFailure(fault, fault);
      case 'half a body':
        await clock.sleep(900, signal);
        throw new HttpFailure('truncated', fault);
      case 'hang':
        return hang(signal);
      case 'every second one hangs':
        if (this.#asked % 2 === 0) return hang(signal);
        await clock.sleep(ANSWER_MS, signal);
        return { status: 200, headers: {}, body: this.body(request) };
      case '504 after 10 s':
        await clock.sleep(10_000, signal);
        return { status: 504, headers: {}, body: '' };
      default: {
        await clock.sleep(ANSWER_MS, signal);
        const headers: Record<string, string> = fault.includes(',') ? { 'retry-after': '2' } : {};
        return { status: Number(fault.slice(0, 3)), headers, body: 'no' };
      }
    }
  }
}

/** What hangs is not answered when the fault ends either. */
function hang(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

/** A driver with one connection, over which nothing comes any more once something hung on it. */
const oneConnection: CollectorDefinition = {
  type: 'connection',
  envPrefix: 'FAS_CONNECTION',
  summary: 'For tests.',
  docs: noDocs,
  schema: z.strictObject({ 'metric-name': setting(z.string(), { description: 'Its name.' }) }),
  create(_settings, { clock, timeoutMs, connect }) {
    const { request } = connect();
    let isDead = false;
    return {
      name: 'm',
      type: 'connection',
      async collect(apps, emit, signal) {
        const limits = { clock, limitMs: timeoutMs, serverName: 'server' };
        const isInTime = await collectWithin(limits, apps, emit, signal, async (emitOnce, end) => {
          const atMs = clock.now();
          const tell = (sample: Sample): void => apps.forEach((app) => emitOnce(app, sample));
          if (isDead) await hang(end);
          isDead = true;
          try {
            const { status } = await request({ method: 'GET', url: 'x', headers: {} }, end);
            isDead = false;
            if (status === 200) tell({ kind: 'value', value: 1, atMs });
            else tell({ kind: 'error', code: 'source-unavailable', message: 'no', atMs });
          } catch {
            end.throwIfAborted();
            isDead = false;
            tell({ kind: 'error', code: 'source-unreachable', message: 'no', atMs });
          }
        });
        if (!isInTime) isDead = false;
      },
      close: async () => undefined,
      describe: () => ({ way: 'shared', why: '' }),
    };
  },
};

const number = (): string => '7';
const series = (request: HttpRequest): string => {
  const query = new URLSearchParams(request.body).get('query') ?? '';
  const isFleet = query.includes('by');
  const result = isFleet
    ? APPS.map((app) => ({ metric: { app }, value: [1, '7'] }))
    : [{ metric: {}, value: [1, '7'] }];
  return JSON.stringify({ status: 'success', data: { resultType: 'vector', result } });
};

interface Source {
  readonly definition: CollectorDefinition;
  readonly settings: object;
  readonly body: (request: HttpRequest) => string;
}

const PROMETHEUS = { 'metric-name': 'm', address: 'https://s', token: 'x' };
const SOURCES: Readonly<Record<string, Source>> = {
  'HTTP, each app by itself': {
    definition: http,
    settings: { 'metric-name': 'm', url: 'https://s/$APP_NAME' },
    body: number,
  },
  'HTTP, one for all': {
    definition: http,
    settings: { 'metric-name': 'm', url: 'https://s/all' },
    body: number,
  },
  'Prometheus, once for the fleet': {
    definition: prometheus,
    settings: { ...PROMETHEUS, query: "sum(jobs{app='$APP_NAME'})" },
    body: series,
  },
  'a driver with one connection': {
    definition: oneConnection,
    settings: { 'metric-name': 'm' },
    body: number,
  },
};

interface Bench {
  readonly clock: FakeClock;
  readonly server: Server;
  /** Ticks for so long. */
  readonly run: (ms: number) => Promise<void>;
  /** When each app heard a value last, monotonic. */
  readonly valueAtMs: ReadonlyMap<string, number>;
}

function bench({ definition, settings, body }: Source, intervalMs: number): Bench {
  const clock = createFakeClock();
  const server = new Server(clock, body);
  const connect: CollectorContext['connect'] = () => ({
    request: (request, signal) => server.request(request, signal),
    close: async () => undefined,
  });
  const guardedDefinition = guarded(definition);
  const collector: Collector = guardedDefinition.create(guardedDefinition.schema.parse(settings), {
    connect,
    clock,
    intervalMs,
    timeoutMs: TIMEOUT_MS,
    random: seededRandom(1),
    userAgent: 'test',
    appPatterns: ['my-app-*'],
    warn: () => undefined,
  });
  const waiting = new Set<string>();
  const valueAtMs = new Map<string, number>();
  /** As the board of samples does it. */
  const tick = async (): Promise<void> => {
    const apps = APPS.filter((app) => !waiting.has(app));
    for (const app of apps) waiting.add(app);
    if (apps.length === 0) return;
    const heard = new Set<string>();
    const hear = (app: string, sample: Sample): void => {
      if (heard.has(app)) throw new Error(`${app} hears twice`);
      heard.add(app);
      waiting.delete(app);
      if (sample.kind === 'value') valueAtMs.set(app, clock.elapsedMs());
    };
    await withDeadline(clock, TIMEOUT_MS + 1000, undefined, (signal) =>
      collector.collect(apps, hear, signal),
    );
    expect(heard.size).toBe(apps.length);
  };
  let nextMs = 0;
  const run = async (ms: number): Promise<void> => {
    const untilMs = clock.elapsedMs() + ms;
    while (nextMs < untilMs) {
      await clock.advance(nextMs - clock.elapsedMs());
      void tick();
      nextMs += intervalMs;
    }
    await clock.advance(untilMs - clock.elapsedMs());
  };
  return { clock, server, run, valueAtMs };
}

describe.each(Object.entries(SOURCES))('%s', (_name, source) => {
  it.each(FAULTS.flatMap((fault) => [1000, 3000, 15_000].map((interval) => [fault, interval])))(
    'is back within three intervals of the end of: %s, every %i ms',
    async (fault, interval) => {
      const intervalMs = Number(interval);
      for (const lengthMs of [0.4 * intervalMs, 61_300]) {
        for (const offset of [0, 0.5, 0.97]) {
          const { clock, server, run, valueAtMs } = bench(source, intervalMs);
          await run((6 + offset) * intervalMs);
          server.fault = fault as Fault;
          await run(lengthMs);
          server.fault = null;
          const healedAtMs = clock.elapsedMs();
          await run(3 * intervalMs);
          const back = APPS.filter((app) => (valueAtMs.get(app) ?? 0) >= healedAtMs);
          const what = `${fault} for ${lengthMs} ms from ${offset} of the interval`;
          expect([what, back.length]).toEqual([what, APPS.length]);
        }
      }
    },
  );

  it.each(FAULTS.filter((fault) => fault !== 'every second one hangs'))(
    'asks once an interval at most while it is down: %s',
    async (fault) => {
      const intervalMs = 3000;
      const { server, run } = bench(source, intervalMs);
      await run(5 * intervalMs);
      server.fault = fault;
      await run(5 * intervalMs);
      server.sentAtMs.length = 0;
      await run(100 * intervalMs);
      expect(server.sentAtMs.length).toBeLessThanOrEqual(100);
      const gaps = server.sentAtMs.map((atMs, n) => atMs - (server.sentAtMs[n - 1] ?? 0)).slice(1);
      expect(Math.min(...gaps)).toBeGreaterThan(0.7 * intervalMs);
    },
  );

  it('is left alone for as long as it asks for, a minute at most', async () => {
    const { server, run } = bench(source, 3000);
    await run(15_000);
    server.request = async () => {
      server.sentAtMs.push(server.clock.elapsedMs());
      return { status: 503, headers: { 'retry-after': '3600' }, body: '' };
    };
    await run(6000);
    server.sentAtMs.length = 0;
    await run(600_000);
    const isHttp = source.definition.type !== 'connection';
    expect(server.sentAtMs.length).toBeLessThanOrEqual(isHttp ? 11 : 201);
    expect(server.sentAtMs.length).toBeGreaterThanOrEqual(9);
  });

  it('is waited for when it has always been slow', async () => {
    // A query for the fleet has half of an interval, however long the timeout.
    if (source.definition.type === 'prometheus') return;
    const { server, run, clock, valueAtMs } = bench(source, 3000);
    const { body } = source;
    server.request = async (request, signal) => {
      await clock.sleep(8000, signal);
      return { status: 200, headers: {}, body: body(request) };
    };
    await run(60_000);
    const firstAtMs = Math.max(...APPS.map((app) => valueAtMs.get(app) ?? Infinity));
    expect(firstAtMs).toBeLessThanOrEqual(60_000);
    await run(30_000);
    for (const app of APPS) expect(valueAtMs.get(app)).toBeGreaterThan(60_000);
  });
});
