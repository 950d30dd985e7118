import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connectHttp } from '../../cli/adapters/http.js';
import { seededRandom } from '../../seams/clock.js';
import type { Sample } from '../../core/model/sample.js';
import { selfSignedCertificate } from '../../testing/certificate.js';
import { collectAll } from '../../testing/collector-contract.js';
import { createFakeClock } from '../../testing/fake-clock.js';
import {
  fakePrometheus,
  type FakePrometheus,
  type QuerySeen,
} from '../../testing/fake-prometheus.js';
import { prometheus } from './index.js';
import { prometheusSchema } from './settings.js';
import type { Collector } from '../../seams/collector.js';

let server: FakePrometheus;
const opened: Collector[] = [];
const warnings: string[] = [];

beforeEach(async () => {
  server = await fakePrometheus();
  server.values = new Map([['a', 5]]);
  await server.start();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((collector) => collector.close()));
  await server.stop();
  warnings.length = 0;
});

function open(settings: Readonly<Record<string, unknown>> = {}): Collector {
  const collector = prometheus.create(
    prometheusSchema.parse({
      'metric-name': 'jobs',
      address: server.address,
      query: `jobs{app='$APP_NAME'}`,
      ...settings,
    }),
    {
      connect: connectHttp,
      clock: createFakeClock(),
      timeoutMs: 30_000,
      random: seededRandom(1),
      userAgent: 'test',
      warn: (message) => warnings.push(message),
    },
  );
  opened.push(collector);
  return collector;
}

async function sampleOf(settings: Readonly<Record<string, unknown>> = {}): Promise<Sample> {
  return (await collectAll(open(settings), ['a'])).get('a')!;
}

function respond(status: number, body: string): void {
  server.respond = (_, response) => response.writeHead(status).end(body);
}

const vector = (seconds: number, value: string): string =>
  JSON.stringify({
    status: 'success',
    data: { resultType: 'vector', result: [{ metric: {}, value: [seconds, value] }] },
  });

describe('what is sent', () => {
  it('is a POST form with nocache, behind any path of the address', async () => {
    await sampleOf({ address: `${server.address}/prometheus/my-org/` });
    expect(server.seen[0]).toMatchObject({
      method: 'POST',
      path: '/prometheus/my-org/api/v1/query',
      authorization: undefined,
    });
    expect([...server.seen[0]!.form]).toEqual([
      ['query', `jobs{app='a'}`],
      ['nocache', '1'],
    ]);
  });

  it('has no nocache when told so', async () => {
    await sampleOf({ nocache: false, method: 'get' });
    expect(server.seen[0]!.method).toBe('GET');
    expect([...server.seen[0]!.form.keys()]).toEqual(['query']);
  });

  it('turns to GET where POST is refused, and stays with it', async () => {
    server.respond = (query, response) => {
      if (query.method === 'POST') response.writeHead(405).end();
      else response.end(vector(1, '5'));
    };
    const collector = open();
    expect((await collectAll(collector, ['a'])).get('a')).toMatchObject({ value: 5 });
    await collectAll(collector, ['a']);
    expect(server.seen.map((query) => query.method)).toEqual(['POST', 'GET', 'GET']);
  });

  it.each([
    [{ token: 'FlyV1 fm2_a,fm2_b' }, 'FlyV1 fm2_a,fm2_b'],
    [{ token: 'fm2_a' }, 'FlyV1 fm2_a'],
    [{ token: 'x,fm1r_a' }, 'FlyV1 x,fm1r_a'],
    [{ token: 'fm1a_a\n' }, 'FlyV1 fm1a_a'],
    [{ token: 'abc' }, 'Bearer abc'],
    [{ username: 'u', password: 'p:w' }, 'Basic dTpwOnc='],
  ])('carries the credentials of %j', async (settings, header) => {
    await sampleOf(settings);
    expect(server.seen[0]!.authorization).toBe(header);
  });

  it('honours credentials in the address and never prints them', async () => {
    const address = server.address.replace('//', '//me:pass%20word@');
    respond(500, 'pass word dTpw');
    const sample = await sampleOf({ address });
    expect(server.seen[0]!.authorization).toBe(
      `Basic ${Buffer.from('me:pass word').toString('base64')}`,
    );
    expect(sample).toMatchObject({
      message: expect.stringContaining(`${server.address}: HTTP 500`),
    });
    expect(JSON.stringify(sample)).not.toMatch(/me:|pass/);
  });

  it('is one query for all apps when it does not name the app', async () => {
    const samples = await collectAll(open({ query: `sum(jobs{app="a"})` }), ['a', 'b', 'c']);
    expect(server.roundTrips).toBe(1);
    expect([...samples.values()].map((sample) => sample.kind === 'value' && sample.value)).toEqual([
      5, 5, 5,
    ]);
  });

  it('is at most 32 queries at once', async () => {
    const waiting: (() => void)[] = [];
    server.respond = (_, response) => waiting.push(() => response.end(vector(1, '1')));
    const apps = Array.from({ length: 100 }, (_, index) => `app-${index}`);
    const collecting = collectAll(open({ 'fleet-query': 'never' }), apps);
    for (let done = 0; done < 100;) {
      const left = 100 - done;
      await vi.waitFor(() => expect(waiting).toHaveLength(Math.min(32, left)), 50_000);
      done += waiting.length;
      for (const answer of waiting.splice(0)) answer();
    }
    expect((await collecting).size).toBe(100);
  });
});

describe('what comes back', () => {
  it.each([
    [400, 'source-query-invalid'],
    [401, 'source-unauthorized'],
    [403, 'source-unauthorized'],
    [404, 'source-bad-answer'],
    [301, 'source-bad-answer'],
    [414, 'source-query-invalid'],
    [422, 'source-query-invalid'],
    [429, 'source-rate-limited'],
    [500, 'source-unavailable'],
    [502, 'source-unavailable'],
    [503, 'source-unavailable'],
    [504, 'source-timeout'],
  ])('with HTTP %i is %s', async (status, code) => {
    respond(status, '{"status":"error","errorType":"x","error":"because"}');
    expect(await sampleOf({ default: 0 })).toMatchObject({
      kind: 'error',
      code,
      message: expect.stringMatching(
        new RegExp(`^${server.address}: HTTP ${status}: .*: because$`),
      ),
    });
  });

  it('is a timeout when the evaluation overran', async () => {
    respond(503, '{"status":"error","errorType":"timeout","error":"query timed out"}');
    expect(await sampleOf()).toMatchObject({ code: 'source-timeout' });
  });

  it('never shows a token that the server echoes', async () => {
    respond(400, '{"status":"error","error":"parse FlyV1 fm2_secret, fm2_other"}');
    const sample = await sampleOf({ token: 'FlyV1 fm2_secret,fm2_other' });
    expect(sample).toMatchObject({ message: expect.stringContaining('parse ***') });
    expect(JSON.stringify(sample)).not.toMatch(/fm2_/);
  });

  it('is no value when the body ends early', async () => {
    server.respond = (_, response) => {
      const body = vector(1, '12345');
      response.writeHead(200, { 'content-length': String(body.length + 10) });
      response.write(body, () => response.destroy());
    };
    expect(await sampleOf({ default: 0 })).toMatchObject({
      kind: 'error',
      code: 'source-bad-answer',
      message: expect.stringContaining('cut off'),
    });
  });

  it('warns once about a query that only MetricsQL may know', async () => {
    await sampleOf({ query: `jobs{app='$APP_NAME'} default 0` });
    expect(warnings).toEqual([expect.stringContaining('VictoriaMetrics may know it')]);
  });
});

describe('a server with TLS', () => {
  const certificate = selfSignedCertificate();
  const secure = createServer({ ...certificate, requestCert: true, rejectUnauthorized: false });

  beforeEach(async () => {
    secure.removeAllListeners('request');
    secure.on('request', (request, response) => {
      const peer = (request.socket as TLSSocket).getPeerCertificate();
      response.end(vector(1, peer.subject === undefined ? '1' : '2'));
    });
    await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => secure.close());

  const settings = (more: object): Readonly<Record<string, unknown>> => ({
    address: `https://127.0.0.1:${(secure.address() as AddressInfo).port}`,
    ...more,
  });

  it('is trusted by its authority, by name, or blindly', async () => {
    const ca = { 'ca-data': certificate.cert };
    expect(await sampleOf(settings({}))).toMatchObject({ code: 'source-unreachable' });
    expect(await sampleOf(settings(ca))).toMatchObject({ value: 1 });
    expect(await sampleOf(settings({ ...ca, 'server-name': 'localhost' }))).toMatchObject({
      value: 1,
    });
    expect(await sampleOf(settings({ ...ca, 'server-name': 'other' }))).toMatchObject({
      code: 'source-unreachable',
    });
    expect(await sampleOf(settings({ 'insecure-skip-verify': true }))).toMatchObject({ value: 1 });
  });

  it('sees the client certificate', async () => {
    const client = { 'cert-data': certificate.cert, 'key-data': certificate.key };
    expect(await sampleOf(settings({ ...client, 'ca-data': certificate.cert }))).toMatchObject({
      value: 2,
    });
  });
});

describe('with max-age', () => {
  const respondWith = (value: string, timestamp: string): void => {
    server.respond = (query: QuerySeen, response) => {
      const isTimestamps = query.form.get('query')?.startsWith('max(timestamp(') === true;
      response.end(isTimestamps ? timestamp : value);
    };
  };

  it('the value is as old as its data', async () => {
    respondWith(vector(1_000, '5'), vector(1_000, '940.5'));
    expect(await sampleOf({ 'max-age': '1m' })).toEqual({ kind: 'value', value: 5, atMs: 940_500 });
    expect(server.seen.map((query) => query.form.get('query') ?? '').sort()).toEqual([
      `jobs{app='a'}`,
      `max(timestamp(jobs{app='a'}))`,
    ]);
  });

  it.each(['5', 'NaN'])('the value %s of old data is stale', async (value) => {
    respondWith(vector(1_000, value), vector(1_000, '939'));
    expect(await sampleOf({ 'max-age': '1m' })).toEqual({
      kind: 'stale',
      value: Number(value),
      atMs: 939_000,
      ageMs: 61_000,
    });
  });

  it('a value whose age is not told is an error', async () => {
    respondWith(vector(1_000, '5'), '{"status":"error","errorType":"internal","error":"x"}');
    expect(await sampleOf({ 'max-age': '1m' })).toMatchObject({ code: 'source-unavailable' });
  });

  it('a value of data whose age has no series is an error, and one that needs no data counts', async () => {
    const nothing = '{"status":"success","data":{"resultType":"vector","result":[]}}';
    respondWith(vector(1_000, '5'), nothing);
    expect(await sampleOf({ 'max-age': '1m' })).toMatchObject({ code: 'source-bad-answer' });
    const query = `jobs{app='$APP_NAME'} or vector(5)`;
    expect(await sampleOf({ 'max-age': '1m', query })).toMatchObject({ kind: 'value', value: 5 });
  });

  it('nothing stays nothing', async () => {
    const nothing = '{"status":"success","data":{"resultType":"vector","result":[]}}';
    respondWith(nothing, vector(1_000, '1'));
    expect(await sampleOf({ 'max-age': '1m' })).toMatchObject({ kind: 'empty' });
    expect(await sampleOf({ 'max-age': '1m', default: 2 })).toMatchObject({ value: 2 });
  });
});

it('reads one value per instance where it is told to', async () => {
  const result = [
    { metric: { instance: 'm1' }, value: [1, '3'] },
    { metric: { instance: 'm2' }, value: [1, '0'] },
  ];
  respond(200, JSON.stringify({ status: 'success', data: { resultType: 'vector', result } }));
  expect(await sampleOf({ per: 'instance' })).toEqual({
    kind: 'instances',
    values: { m1: 3, m2: 0 },
    atMs: 1000,
  });
});
