import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connectHttp } from '../../cli/adapters/http.js';
import { seededRandom } from '../../seams/clock.js';
import type { Sample } from '../../core/model/sample.js';
import { selfSignedCertificate, signedCertificate } from '../../testing/certificate.js';
import { collectAll } from '../../testing/collector-contract.js';
import { createFakeClock } from '../../testing/fake-clock.js';
import { fakeTemporal, type FakeTemporal } from '../../testing/fake-temporal.js';
import { guarded } from '../shared/pacing/guard.js';
import { temporal } from './index.js';
import type { Collector } from '../../seams/collector.js';

const certificate = selfSignedCertificate();
let server: FakeTemporal;
const opened: Collector[] = [];

async function serve(options: Parameters<typeof fakeTemporal>[0] = {}): Promise<void> {
  server = await fakeTemporal(options);
  server.values = new Map([
    ['prod', 300],
    ['default', 4],
  ]);
  await server.start();
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((collector) => collector.close()));
  await server.stop();
});

function open(
  settings: Readonly<Record<string, unknown>> = {},
  clock = createFakeClock(),
): Collector {
  const definition = guarded(temporal);
  const collector = definition.create(
    definition.schema.parse({ 'metric-name': 'jobs', address: server.address, ...settings }),
    {
      connect: connectHttp,
      clock,
      timeoutMs: 30_000,
      random: seededRandom(1),
      userAgent: 'test',
      warn: () => undefined,
    },
  );
  opened.push(collector);
  return collector;
}

async function sampleOf(settings: Readonly<Record<string, unknown>> = {}): Promise<Sample> {
  return (await collectAll(open(settings), ['a'])).get('a')!;
}

describe('counting workflows', () => {
  beforeEach(() => serve());

  it('counts the running ones of the namespace', async () => {
    expect(await sampleOf({ namespace: 'prod' })).toMatchObject({ kind: 'value', value: 300 });
    expect(server.seen).toEqual([
      {
        namespace: 'prod',
        query: 'ExecutionStatus="Running"',
        queue: null,
        authorization: undefined,
        namespaceHeader: 'prod',
      },
    ]);
  });

  it('narrows them down by the query, for each app', async () => {
    await collectAll(open({ query: `TaskQueue='$APP_NAME' OR WorkflowType="x"` }), ['a', 'b']);
    expect(server.seen.map((count) => count.query ?? '').sort()).toEqual([
      `ExecutionStatus="Running" AND (TaskQueue='a' OR WorkflowType="x")`,
      `ExecutionStatus="Running" AND (TaskQueue='b' OR WorkflowType="x")`,
    ]);
  });

  it('counts once what is the same for all apps', async () => {
    const samples = await collectAll(open(), ['a', 'b', 'c']);
    expect(server.roundTrips).toBe(1);
    expect([...samples.values()].every((sample) => sample.kind === 'value')).toBe(true);
  });

  it('sends the API key', async () => {
    await sampleOf({ 'api-key': 'key-1', tls: false });
    expect(server.seen[0]).toMatchObject({ authorization: 'Bearer key-1' });
  });

  it('takes a namespace that is missing for a mistake, unless each app has its own', async () => {
    expect(await sampleOf({ namespace: 'prud', default: 1 })).toMatchObject({
      kind: 'error',
      code: 'source-query-invalid',
      message: expect.stringContaining('namespace prud: no such namespace'),
    });
    expect(await sampleOf({ namespace: '$APP_NAME' })).toMatchObject({ kind: 'empty' });
  });

  it('tells the server when nobody waits for the count any more', async () => {
    server.mood = 'silent';
    const controller = new AbortController();
    const outcome = expect(collectAll(open(), ['a'], controller.signal)).rejects.toThrow('enough');
    await vi.waitFor(() => expect(server.roundTrips).toBe(1), 50_000);
    controller.abort(new Error('enough'));
    await outcome;
    await vi.waitFor(() => expect(server.cancelled).toBe(1), 50_000);
  });

  it('takes a broken answer for no value', async () => {
    server.answerBytes = Buffer.from([8]);
    expect(await sampleOf({ default: 1 })).toMatchObject({ code: 'source-bad-answer' });
  });

  it('counts for at most 16 apps at once, over one connection for all collectors of a server', async () => {
    const apps = Array.from({ length: 100 }, (_, index) => `app-${index}`);
    server.values = new Map(apps.map((app) => [app, 1]));
    const first = open({ namespace: '$APP_NAME' });
    const second = open({ query: 'x=1' });
    await collectAll(first, apps);
    expect(server.peakInFlight).toBeLessThanOrEqual(16);
    await collectAll(second, ['a']);
    expect(server.openConnections).toBe(1);
    await first.close();
    expect((await collectAll(second, ['a'])).size).toBe(1);
    expect(server.connectionsTaken).toBe(1);
    await second.close();
    await vi.waitFor(() => expect(server.openConnections).toBe(0), 50_000);
  });
});

describe('the backlog of a task queue', () => {
  beforeEach(() => serve());

  const asked = (): readonly unknown[] =>
    server.seen.map(({ queue }) => `${queue?.name} ${queue?.type.replace('TASK_QUEUE_TYPE_', '')}`);

  it('is that of both types, for each app', async () => {
    const samples = await collectAll(open({ 'task-queue': 'jobs-${APP_NAME}' }), ['a', 'b']);
    expect([...samples.values()]).toMatchObject([{ value: 4 }, { value: 4 }]);
    expect(asked()).toEqual([
      'jobs-a WORKFLOW',
      'jobs-a ACTIVITY',
      'jobs-b WORKFLOW',
      'jobs-b ACTIVITY',
    ]);
  });

  it.each([
    ['workflow', 4],
    ['activity', 0],
  ])('may be that of one type: %s', async (type, expected) => {
    const sample = await sampleOf({ 'task-queue': 'jobs', 'task-queue-type': type });
    expect(sample).toMatchObject({ kind: 'value', value: expected });
    expect(asked()).toEqual([`jobs ${type.toUpperCase()}`]);
  });

  it('is asked for once when nothing differs by app', async () => {
    const samples = await collectAll(open({ 'task-queue': 'jobs' }), ['a', 'b', 'c']);
    expect(samples.size).toBe(3);
    expect(server.roundTrips).toBe(2);
  });

  it('needs a server that tells it', async () => {
    server.answerBytes = Buffer.alloc(0);
    expect(await sampleOf({ 'task-queue': 'jobs', default: 1 })).toMatchObject({
      code: 'source-bad-answer',
      message: expect.stringContaining('Temporal 1.28'),
    });
  });
});

describe('a namespace with tight limits', () => {
  beforeEach(() => serve());

  it('is asked again after a pause, until each app has its count', async () => {
    const clock = createFakeClock();
    server.refusals = 30;
    const collecting = collectAll(open({ query: "x='$APP_NAME'" }, clock), ['a', 'b', 'c']);
    for (let round = 1; round <= 10; round += 1) {
      await vi.waitFor(() => expect(server.roundTrips).toBe(3 * round), 50_000);
      // Each of the three waits, and so does the deadline.
      await vi.waitFor(() => expect(clock.pendingTimers).toBe(4), 50_000);
      await clock.advance(1_000);
    }
    const samples = await collecting;
    expect([...samples.values()].map(({ kind }) => kind)).toEqual(Array(3).fill('value'));
    expect(clock.pendingTimers).toBe(0);
  });

  it('is asked no more than its budget allows, also where an app takes two requests', async () => {
    const clock = createFakeClock();
    const budget = { 'task-queue': 'jobs', 'max-requests-per-second': 1 };
    const collecting = collectAll(open(budget, clock), ['a']);
    await vi.waitFor(() => expect(clock.pendingTimers).toBe(2), 50_000);
    await vi.waitFor(() => expect(server.roundTrips).toBe(1), 50_000);
    await clock.advance(1_000);
    expect((await collecting).get('a')).toMatchObject({ kind: 'value', value: 4 });
    expect(server.roundTrips).toBe(2);
  });

  it('is reported when the time is up', async () => {
    const clock = createFakeClock();
    server.refusals = Infinity;
    const collecting = collectAll(open({ default: 1, timeout: '100ms' }, clock), ['a']);
    expect((await collecting).get('a')).toMatchObject({
      code: 'source-rate-limited',
      message: expect.stringContaining('limits of the namespace'),
    });
    expect(server.roundTrips).toBe(1);
  });

  it('answers first those apps that had to do without', async () => {
    const collector = open({ query: "x='$APP_NAME'", timeout: '100ms' });
    server.refusals = Infinity;
    await collectAll(collector, ['c']);
    server.refusals = 0;
    await collectAll(collector, ['a', 'b', 'c']);
    expect(server.seen[1]?.query).toContain("x='c'");
  });
});

describe('a server of Temporal over TLS', () => {
  const trusting = { 'ca-data': certificate.cert, 'server-name': 'localhost' };

  it('may want a client certificate', async () => {
    await serve({ tls: { ...certificate, clientCa: certificate.cert } });
    const { cert, key } = signedCertificate(certificate, 'autoscaler');
    const own = { 'cert-data': cert, 'key-data': key };
    expect(await sampleOf({ ...trusting, ...own })).toMatchObject({ kind: 'value', value: 4 });
    const stranger = selfSignedCertificate();
    const others = { 'cert-data': stranger.cert, 'key-data': stranger.key };
    for (const settings of [trusting, own, { ...trusting, ...others }]) {
      expect(await sampleOf(settings)).toMatchObject({ code: 'source-unreachable' });
    }
  });

  it('may want an API key, which goes to nobody else', async () => {
    const secret = 'api-key-0123456789';
    await serve({ tls: certificate, apiKey: secret });
    const settings = { ...trusting, namespace: 'prod' };
    expect(await sampleOf({ ...settings, 'api-key': secret })).toMatchObject({ value: 300 });
    expect(server.seen[0]).toMatchObject({
      authorization: `Bearer ${secret}`,
      namespaceHeader: 'prod',
    });
    for (const more of [{ 'api-key': `${secret}x` }, {}]) {
      const sample = await sampleOf({ ...settings, ...more });
      expect(sample).toMatchObject({ code: 'source-unauthorized' });
      expect(JSON.stringify(sample)).not.toContain(secret);
    }
    const seen = server.roundTrips;
    expect(await sampleOf({ 'api-key': secret })).toMatchObject({ code: 'source-unreachable' });
    expect(server.roundTrips).toBe(seen);
  });
});

describe('counting workflows over TLS', () => {
  beforeEach(() => serve({ tls: certificate }));

  it('trusts the given authority', async () => {
    const settings = { 'ca-data': certificate.cert, 'server-name': 'localhost' };
    expect(await sampleOf(settings)).toMatchObject({ kind: 'value', value: 4 });
  });

  it('refuses a server that nobody vouches for', async () => {
    expect(await sampleOf({ tls: true })).toMatchObject({ code: 'source-unreachable' });
  });

  it('cannot talk in the clear', async () => {
    expect(await sampleOf({ tls: false })).toMatchObject({ code: 'source-unreachable' });
  });
});
