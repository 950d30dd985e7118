import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { needs } from '../../../test/services/needs.js';
import { startRedis, type RedisServer } from '../../../test/services/redis.js';
import { aRealCollector, shown } from '../../testing/collect-once.js';
import { collectAll } from '../../testing/collector-contract.js';
import { redis } from './index.js';
import { LagReader } from './stream-lag.js';
import type { Collector } from '../../seams/collector.js';

describe.skipIf(needs('redis-server'))('the lag of a group in a real stream', () => {
  let server: RedisServer;
  let client: Redis;
  let collector: Collector;

  const add = async (count: number): Promise<void> => {
    const pipeline = client.pipeline();
    for (let n = 0; n < count; n += 1) pipeline.xadd('jobs', '*', 'k', 'v');
    await pipeline.exec();
  };
  const read = (count: number): Promise<unknown> =>
    client.xreadgroup('GROUP', 'g', 'c', 'COUNT', count, 'STREAMS', 'jobs', '>');
  const lag = async (): Promise<unknown> => shown((await collectAll(collector, ['a'])).get('a'));
  const reportedLag = async (): Promise<unknown> => {
    const [group] = (await client.call('XINFO', 'GROUPS', 'jobs')) as [unknown[]];
    return group.at(-1);
  };

  beforeAll(async () => {
    server = await startRedis();
    client = new Redis(server.port, '127.0.0.1');
  });
  beforeEach(async () => {
    await client.flushall();
    const url = `redis://127.0.0.1:${server.port}`;
    collector = aRealCollector(redis, { url, value: 'stream-lag', key: 'jobs', group: 'g' });
  });
  afterEach(() => collector.close());
  afterAll(async () => {
    client.disconnect();
    await server.stop();
  });

  it('is never more than the stream holds, when unread entries were trimmed', async () => {
    await add(20);
    await client.xgroup('CREATE', 'jobs', 'g', '0');
    await read(2);
    await client.xtrim('jobs', 'MAXLEN', 5);
    // Redis 7.0.15 and Valkey 8.1.8 say 18.
    expect(await reportedLag()).toBe(18);
    expect(await lag()).toBe(5);
  });

  it('is 0 when all is read, whatever the server has lost count of', async () => {
    await add(500);
    await client.xgroup('CREATE', 'jobs', 'g', '0');
    await read(1);
    await client.xtrim('jobs', 'MAXLEN', 100);
    await read(1000);
    expect(await reportedLag()).toBe(399);
    expect(await lag()).toBe(0);
  });

  it('is counted from then on, where the count was wrong once', async () => {
    await add(20);
    await client.xgroup('CREATE', 'jobs', 'g', '0');
    await read(2);
    await client.xtrim('jobs', 'MAXLEN', 13);
    await read(15);
    expect(await lag()).toBe(0);
    await add(7);
    await read(1);
    // Within its bounds, and wrong.
    expect(await reportedLag()).toBe(11);
    expect(await lag()).toBe(6);
  });

  it('is counted in a stream to whose end the group was set', async () => {
    await add(3);
    await client.xgroup('CREATE', 'jobs', 'g', '$');
    expect(await lag()).toBe(0);
    await add(2);
    expect(await reportedLag()).toBeNull();
    expect(await lag()).toBe(2);
    await add(2500);
    expect(await lag()).toBe(2502);
  });

  it('is counted where entries were deleted amid the unread ones', async () => {
    await add(10);
    await client.xgroup('CREATE', 'jobs', 'g', '0');
    await read(3);
    const entries = await client.xrange('jobs', '-', '+');
    await client.xdel('jobs', entries[5]![0]);
    expect(await reportedLag()).toBeNull();
    expect(await lag()).toBe(6);
  });

  it('is an error where too much would have to be counted', async () => {
    await add(3);
    await client.xgroup('CREATE', 'jobs', 'g', '$');
    await add(10_001);
    expect(await lag()).toBe('source-query-invalid');
  });

  it('is 0 in an emptied stream', async () => {
    await add(3);
    await client.xgroup('CREATE', 'jobs', 'g', '0');
    await client.xtrim('jobs', 'MAXLEN', 0);
    expect(await lag()).toBe(0);
  });

  it('is what the server says where the access list allows no more', async () => {
    await add(9);
    await client.xgroup('CREATE', 'jobs', 'g', '0');
    await read(2);
    await client.call('ACL', 'SETUSER', 'few', 'on', '>few-password-1', '~*', '+xinfo|groups');
    const url = `redis://few:few-password-1@127.0.0.1:${server.port}`;
    const settings = { url, value: 'stream-lag', key: 'jobs', group: 'g' };
    const strict = aRealCollector(redis, settings);
    expect(shown((await collectAll(strict, ['a'])).get('a'))).toBe(7);
    await strict.close();
  });
});

describe('a lag that the server gives for a group in the midst of a stream', () => {
  const stream = (length: number): unknown => {
    const [first, last] = ['1-0', '9-0'].map((id) => [id, ['k', 'v']]);
    return ['length', length, 'first-entry', first, 'last-entry', last];
  };
  const group = (lag: number | null): unknown => [
    ['name', 'g', 'pending', 0, 'last-delivered-id', '4-0', 'lag', lag],
  ];
  const question = { key: 'jobs', group: 'g' };

  it.each([1, 5, 8])('is believed as it may be: %i of 9', (lag) => {
    const outcome = new LagReader().read(question, group(lag), stream(9));
    expect(outcome).toEqual({ kind: 'number', value: lag });
  });

  it.each([
    ['nothing, though the last entry is not read', 0],
    ['all of it, though the first entry is read', 9],
    ['more than there is', 10],
    ['unknown', null],
  ])('is counted anew when it is %s', (_, lag) => {
    const outcome = new LagReader().read(question, group(lag), stream(9));
    expect(outcome).toMatchObject({
      kind: 'ask',
      commands: [['XRANGE', 'jobs', '4-1', '+', 'COUNT', '1000']],
    });
  });
});
