import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../../test/services/needs.js';
import { startRedis, type RedisServer } from '../../../test/services/redis.js';
import { connectHttp } from '../../cli/adapters/http.js';
import { seededRandom } from '../../seams/clock.js';
import type { Sample } from '../../core/model/sample.js';
import { collectAll } from '../../testing/collector-contract.js';
import { createFakeClock } from '../../testing/fake-clock.js';
import { redis } from './index.js';
import { redisSchema } from './settings.js';
import type { Collector } from '../../seams/collector.js';

const DAY_MS = 24 * 60 * 60 * 1000;

describe.skipIf(needs('redis-server'))('what a real Redis has nothing of', () => {
  let server: RedisServer;
  let client: Redis;
  const clock = createFakeClock();
  const warnings: string[] = [];
  const opened: Collector[] = [];

  const open = (settings: Readonly<Record<string, unknown>>): Collector => {
    const url = `redis://127.0.0.1:${server.port}`;
    const collector = redis.create(
      redisSchema.parse({ 'metric-name': 'jobs', url, key: '$APP_NAME', ...settings }),
      {
        connect: connectHttp,
        clock,
        timeoutMs: 30_000,
        random: seededRandom(1),
        userAgent: 'test',
        warn: (message) => warnings.push(message),
      },
    );
    opened.push(collector);
    return collector;
  };
  const sampleOf = async (settings: Readonly<Record<string, unknown>>): Promise<Sample> =>
    (await collectAll(open(settings), ['my-app-1'])).get('my-app-1')!;

  beforeAll(async () => {
    server = await startRedis();
    client = new Redis(server.port, '127.0.0.1');
    // As BullMQ 5.81.5 leaves a queue whose jobs are done, and Bull 4.16.5.
    await client.hset('bull:mail:meta', 'version', 'bullmq:5.81.5');
    await client.set('bull:old:id', '7');
    await client.rpush('bull:busy:wait', '1');
    await client.rpush('q:busy', '1', '2');
    await client.xadd('events', '1-0', 'k', 'v');
    await client.xdel('events', '1-0');
  });
  afterEach(async () => {
    warnings.length = 0;
    await Promise.all(opened.splice(0).map((collector) => collector.close()));
  });
  afterAll(async () => {
    client.disconnect();
    await server.stop();
  });

  it.each([['mail'], ['old']])(
    'is 0 for a BullMQ queue that is there and empty: %s',
    async (key) => {
      const sample = await sampleOf({ value: 'bullmq', key });
      expect(sample).toMatchObject({ kind: 'value', value: 0 });
      expect(sample).not.toHaveProperty('isDefault');
      expect(warnings).toEqual([]);
    },
  );

  it.each([
    [{ value: 'bullmq', key: 'mial' }],
    [{ value: 'bullmq', key: 'mail', prefix: 'bul' }],
    [{ value: 'stream', key: 'event' }],
  ])('is nothing where the server says that there is no such thing: %j', async (settings) => {
    expect(await sampleOf(settings)).toMatchObject({ kind: 'empty' });
    const withDefault = await sampleOf({ ...settings, default: 2 });
    expect(withDefault).toMatchObject({ value: 2, isDefault: true });
  });

  it('is 0 for a stream that is there without entries', async () => {
    expect(await sampleOf({ value: 'stream', key: 'events' })).toMatchObject({ value: 0 });
    expect(warnings).toEqual([]);
  });

  it('is 0 for lists without a key, and a person is asked to look, once', async () => {
    const collector = open({ key: 'queue:$APP_NAME' });
    for (let n = 0; n < 3; n += 1) {
      const samples = await collectAll(collector, ['a', 'b']);
      expect(samples.get('a')).toEqual({ kind: 'value', value: 0, atMs: clock.now() });
    }
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/2 of the keys, such as queue:a: .*database/);
  });

  it('says nothing of idle lists where others of the collector are found, for a day', async () => {
    const collector = open({ key: 'q:$APP_NAME' });
    await collectAll(collector, ['busy', 'idle', 'idle-too']);
    await clock.advance(DAY_MS - 1);
    await collectAll(collector, ['busy', 'idle', 'idle-too']);
    expect(warnings).toEqual([]);
    await clock.advance(1);
    for (let n = 0; n < 2; n += 1) await collectAll(collector, ['busy', 'idle', 'idle-too']);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('2 of the keys, such as q:idle');
  });

  it('says nothing of lists that were seen with entries', async () => {
    const collector = open({ key: 'q:$APP_NAME' });
    await client.rpush('q:done', '1');
    await collectAll(collector, ['done']);
    await client.del('q:done');
    await clock.advance(2 * DAY_MS);
    expect((await collectAll(collector, ['done'])).get('done')).toMatchObject({ value: 0 });
    expect(warnings).toEqual([]);
  });

  it('is told of a key as huey never writes one', async () => {
    const sample = await sampleOf({ key: 'huey.redis.$APP_NAME' });
    expect(sample).toMatchObject({
      value: 0,
      warning: expect.stringContaining('huey.redis.myapp1'),
    });
    expect(await sampleOf({ key: 'huey.redis.myapp1' })).not.toHaveProperty('warning');
  });

  it('counts where the access list forbids to ask for more, and asks a person to look', async () => {
    await client.acl('SETUSER', 'counter', 'on', '>counter-password', '~*', '+llen', '+zcard');
    const as = { username: 'counter', password: 'counter-password', value: 'bullmq' };
    expect(await sampleOf({ ...as, key: 'busy' })).toMatchObject({ value: 1 });
    expect(warnings).toEqual([]);
    expect(await sampleOf({ ...as, key: 'mail' })).toMatchObject({ value: 0 });
    expect(warnings).toHaveLength(1);
  });

  it('is an error for a database that the server does not have, or the user may not enter', async () => {
    const url = `redis://127.0.0.1:${server.port}`;
    expect(await sampleOf({ url: `${url}/99`, key: 'q:busy' })).toMatchObject({
      kind: 'error',
      code: 'source-query-invalid',
      message: expect.stringContaining('DB index is out of range'),
    });
    await client.acl('SETUSER', 'shut', 'on', '>shut-password-1', '~*', '+llen');
    const as = { username: 'shut', password: 'shut-password-1', key: 'q:busy' };
    expect(await sampleOf({ ...as, url: `${url}/2` })).toMatchObject({
      code: 'source-unauthorized',
    });
    expect(await sampleOf({ ...as, url: `${url}/0` })).toMatchObject({ value: 2 });
  });
});
