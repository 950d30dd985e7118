import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../../test/services/needs.js';
import { eventually } from '../../../test/services/start-server.js';
import { startRedis, startRedisCluster, type RedisServer } from '../../../test/services/redis.js';
import { connectHttp } from '../../cli/adapters/http.js';
import { seededRandom } from '../../seams/clock.js';
import type { Sample } from '../../core/model/sample.js';
import { selfSignedCertificate } from '../../testing/certificate.js';
import { collectAll } from '../../testing/collector-contract.js';
import { createFakeClock } from '../../testing/fake-clock.js';
import { redis } from './index.js';
import { redisSchema } from './settings.js';
import type { Collector } from '../../seams/collector.js';

const SECRET = 'redis-secret-0123456789';
const certificate = selfSignedCertificate();
const servers: RedisServer[] = [];
const opened: Collector[] = [];

async function started(server: Promise<RedisServer>): Promise<RedisServer> {
  servers.push(await server);
  return server;
}

function open(url: string, settings: Readonly<Record<string, unknown>> = {}): Collector {
  const collector = redis.create(
    redisSchema.parse({ 'metric-name': 'jobs', url, key: '$APP_NAME', ...settings }),
    {
      connect: connectHttp,
      clock: createFakeClock(),
      timeoutMs: 30_000,
      random: seededRandom(1),
      userAgent: 'test',
      warn: () => undefined,
    },
  );
  opened.push(collector);
  return collector;
}

async function sampleOf(
  url: string,
  settings: Readonly<Record<string, unknown>> = {},
  app = 'a',
): Promise<Sample> {
  return (await collectAll(open(url, settings), [app])).get(app)!;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((collector) => collector.close()));
});
afterAll(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

describe.skipIf(needs('redis-server'))('a real Redis', () => {
  let url = '';
  let client: Redis;

  beforeAll(async () => {
    const { port } = await started(startRedis());
    url = `redis://127.0.0.1:${port}`;
    client = new Redis(port, '127.0.0.1');
    await client.rpush('list:a', '1', '2', '3');
    await client.sadd('set:a', '1', '2');
    await client.zadd('zset:a', 1, 'x', 2, 'y', 3, 'z', 4, 'w');
    for (let entry = 1; entry <= 5; entry += 1)
      await client.xadd('stream:a', `${entry}-0`, 'k', 'v');
    await client.xgroup('CREATE', 'stream:a', 'workers', '0');
    await client.xgroup('CREATE', 'stream:a', 'late', '$');
    await client.xreadgroup('GROUP', 'workers', 'w-1', 'COUNT', 2, 'STREAMS', 'stream:a', '>');
    await client.set('number:a', '12.5');
    await client.set('text:a', 'twelve');
    await client.rpush('bull:mail-a:wait', '1', '2');
    await client.rpush('bull:mail-a:active', '3');
    await client.zadd('bull:mail-a:delayed', 1, '4', 2, '5', 3, '6');
    await client.zadd('bull:mail-a:prioritized', 1, '7');
    await client.zadd('bull:mail-a:failed', 1, '8');
    await client.multi().select(3).rpush('list:a', '1').select(0).exec();
  });
  afterAll(() => client.disconnect());

  it.each([
    ['list', 'list:$APP_NAME', {}, 3],
    ['set', 'set:$APP_NAME', {}, 2],
    ['sorted-set', 'zset:${APP_NAME}', {}, 4],
    ['stream', 'stream:$APP_NAME', {}, 5],
    ['stream-lag', 'stream:$APP_NAME', { group: 'workers' }, 3],
    ['stream-lag', 'stream:$APP_NAME', { group: 'late' }, 0],
    ['stream-pending', 'stream:$APP_NAME', { group: 'workers' }, 2],
    ['number', 'number:$APP_NAME', {}, 12.5],
    ['bullmq', 'mail-$APP_NAME', {}, 7],
    ['bullmq', 'mail-$APP_NAME', { states: ['active', 'failed'] }, 2],
    ['list', 'nothing:$APP_NAME', { default: 9 }, 0],
  ])('gives the value %s of %s %j', async (value, key, more, expected) => {
    const sample = await sampleOf(url, { value, key, ...more });
    expect(sample).toMatchObject({ kind: 'value', value: expected });
  });

  it.each([
    ['number', 'nothing', {}],
    ['stream-lag', 'nothing', { group: 'workers' }],
    ['stream-pending', 'stream:a', { group: 'nobody' }],
  ])('has nothing for %s of %s %j', async (value, key, more) => {
    expect(await sampleOf(url, { value, key, ...more })).toMatchObject({ kind: 'empty' });
    const settings = { value, key, default: 4, ...more };
    expect(await sampleOf(url, settings)).toMatchObject({ value: 4, isDefault: true });
  });

  it.each([
    ['list', 'set:a', {}, 'WRONGTYPE'],
    ['number', 'text:a', {}, 'is no number'],
  ])('calls %s of %s %j a mistake', async (value, key, more, words) => {
    expect(await sampleOf(url, { value, key, default: 1, ...more })).toMatchObject({
      kind: 'error',
      code: 'source-query-invalid',
      message: expect.stringContaining(words),
    });
  });

  it('reads the database that the URL names', async () => {
    expect(await sampleOf(`${url}/3`, { key: 'list:a' })).toMatchObject({ value: 1 });
    expect(await sampleOf(`${url}?db=3`, { key: 'list:a' })).toMatchObject({ value: 1 });
  });

  it('has one connection for all collectors and apps', async () => {
    const { port } = await started(startRedis());
    const other = new Redis(port, '127.0.0.1');
    const collectors = ['list', 'set', 'bullmq'].map((value) =>
      open(`redis://127.0.0.1:${port}`, { value }),
    );
    const apps = Array.from({ length: 500 }, (_, index) => `app-${index}`);
    await Promise.all(collectors.map((collector) => collectAll(collector, apps)));
    expect(await clientsOf(other)).toBe(2);
    await Promise.all(collectors.map((collector) => collector.close()));
    await eventually(async () => (await clientsOf(other)) === 1, 'a closed connection');
    other.disconnect();
  });
});

describe.skipIf(needs('redis-server'))('a real Redis that asks who is there', () => {
  it('takes user and password of the access list, and nobody else', async () => {
    const { port } = await started(
      startRedis({ config: [`user scaler on >${SECRET} ~a +llen`, 'user default off'] }),
    );
    const url = `redis://127.0.0.1:${port}`;
    const good = { username: 'scaler', password: SECRET };
    expect(await sampleOf(url, good)).toMatchObject({ kind: 'value', value: 0 });
    const inUrl = `redis://scaler:${SECRET}@127.0.0.1:${port}`;
    expect(await sampleOf(inUrl)).toMatchObject({ kind: 'value', value: 0 });
    for (const settings of [{}, { ...good, password: `${SECRET}x` }, { ...good, key: 'other' }]) {
      const sample = await sampleOf(url, { ...settings, default: 1 });
      expect(sample).toMatchObject({ kind: 'error', code: 'source-unauthorized' });
      expect(JSON.stringify(sample)).not.toContain(SECRET);
    }
  });

  it('talks TLS with a client certificate, and trusts the given authority alone', async () => {
    const { port } = await started(startRedis({ tls: certificate }));
    const url = `rediss://localhost:${port}`;
    const own = { 'cert-data': certificate.cert, 'key-data': certificate.key };
    const trusting = { 'ca-data': certificate.cert };
    expect(await sampleOf(url, { ...own, ...trusting })).toMatchObject({ value: 0 });
    expect(await sampleOf(url, own)).toMatchObject({ code: 'source-unreachable' });
    expect(await sampleOf(url, trusting)).toMatchObject({ code: 'source-unreachable' });
  });
});

describe.skipIf(needs('redis-server'))('several real Redis', () => {
  it('are found by a Sentinel', async () => {
    const main = await started(startRedis({ config: [`requirepass ${SECRET}`] }));
    const sentinel = await started(
      startRedis({
        isSentinel: true,
        config: [
          `requirepass ${SECRET}-sentinel`,
          `sentinel monitor mymaster 127.0.0.1 ${main.port} 1`,
          `sentinel auth-pass mymaster ${SECRET}`,
        ],
      }),
    );
    const settings = {
      password: SECRET,
      'sentinel-name': 'mymaster',
      'sentinel-password': `${SECRET}-sentinel`,
    };
    // The first one is not there.
    const url = `redis://127.0.0.1:1,127.0.0.1:${sentinel.port}`;
    expect(await sampleOf(url, settings)).toMatchObject({ kind: 'value', value: 0 });
    const writer = new Redis(main.port, '127.0.0.1', { password: SECRET, db: 2 });
    await writer.rpush('a', '1', '2');
    writer.disconnect();
    expect(await sampleOf(`${url}/2`, settings)).toMatchObject({ kind: 'value', value: 2 });
    const wrong = await sampleOf(url, { ...settings, 'sentinel-password': `${SECRET}-wrong` });
    expect(wrong).toMatchObject({ code: 'source-unauthorized' });
    expect(JSON.stringify(wrong)).not.toContain(SECRET);
    const unknown = await sampleOf(url, { ...settings, 'sentinel-name': 'other' });
    expect(unknown).toMatchObject({ kind: 'error' });
  });

  it('are followed when a Sentinel makes another one the first', async () => {
    const main = await started(startRedis());
    const replica = await started(startRedis({ config: [`replicaof 127.0.0.1 ${main.port}`] }));
    const sentinel = await started(
      startRedis({
        isSentinel: true,
        config: [
          `sentinel monitor mymaster 127.0.0.1 ${main.port} 1`,
          'sentinel down-after-milliseconds mymaster 500',
          'sentinel failover-timeout mymaster 5000',
        ],
      }),
    );
    const writer = new Redis(main.port, '127.0.0.1');
    await writer.rpush('jobs', 'a', 'b');
    const reader = new Redis(replica.port, '127.0.0.1');
    const watcher = new Redis(sentinel.port, '127.0.0.1');
    // A Sentinel promotes only what it knows of.
    const isReady = async (): Promise<boolean> =>
      (await reader.llen('jobs')) === 2 &&
      /slaves=1/.test(String(await watcher.call('INFO', 'sentinel')));
    await expect.poll(isReady, { timeout: 60_000 }).toBe(true);
    for (const client of [writer, watcher]) client.disconnect();

    const collector = open(`redis://127.0.0.1:${sentinel.port}`, {
      key: 'jobs',
      'sentinel-name': 'mymaster',
    });
    const read = async (): Promise<Sample | undefined> =>
      (await collectAll(collector, ['a'])).get('a');
    expect(await read()).toMatchObject({ kind: 'value', value: 2 });
    await main.stop();
    expect(await read()).toMatchObject({ kind: 'error', code: 'source-unreachable' });
    await expect
      .poll(async () => (await read())?.kind, { timeout: 60_000, interval: 200 })
      .toBe('value');
    // It is the promoted one, which takes writes now.
    await reader.rpush('jobs', 'c');
    expect(await read()).toMatchObject({ kind: 'value', value: 3 });
    reader.disconnect();
  });

  it('are asked as a cluster, each for the keys it has', async () => {
    const nodes = await startRedisCluster();
    servers.push(...nodes);
    const apps = Array.from({ length: 100 }, (_, index) => `app-${index}`);
    const writer = new Redis.Cluster([{ host: '127.0.0.1', port: nodes[0]!.port }]);
    for (const [index, app] of apps.entries()) await writer.set(app, index);
    writer.disconnect();
    const url = `redis://127.0.0.1:1,127.0.0.1:${nodes[1]!.port}`;
    const collector = open(url, { cluster: true, value: 'number' });
    const samples = await collectAll(collector, apps);
    for (const [index, app] of apps.entries()) {
      expect(samples.get(app)).toMatchObject({ kind: 'value', value: index });
    }
    // One node gone takes its keys with it, and no others.
    await nodes[2]!.stop();
    const after = await collectAll(collector, apps);
    const lost = apps.filter((app) => after.get(app)?.kind === 'error');
    expect(lost.length).toBeGreaterThan(0);
    expect(lost.length).toBeLessThan(apps.length);
    for (const [index, app] of apps.entries()) {
      if (!lost.includes(app)) expect(after.get(app)).toMatchObject({ value: index });
    }
  });
});

async function clientsOf(client: Redis): Promise<number> {
  return String(await client.client('LIST'))
    .trim()
    .split('\n').length;
}
