/** Producers and consumers of lists and BullMQ queues in a real Redis; the built program reads their backlog. */
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { needs } from '../services/needs.js';
import { startRedis, type RedisServer } from '../services/redis.js';
import { startFleet, type FleetUnderTest } from './fleet.js';

const SECRET = 'redis-secret-0123456789';
let server: RedisServer;
let client: Redis;
let fleet: FleetUnderTest;

function settings(password: string): Readonly<Record<string, string>> {
  return {
    FAS_REDIS_METRIC_NAME: 'jobs',
    FAS_REDIS_URL: `redis://127.0.0.1:${server.port}`,
    FAS_REDIS_PASSWORD: password,
    FAS_REDIS_KEY: 'queue:$APP_NAME',
  };
}

async function produce(app: string, count: number): Promise<void> {
  await client.rpush(`queue:${app}`, ...Array.from({ length: count }, (_, job) => `job ${job}`));
}

async function consume(app: string, count: number): Promise<void> {
  for (let done = 0; done < count; done += 1) await client.blpop(`queue:${app}`, 0);
}

const skipped = needs('redis-server');

beforeEach(async () => {
  if (skipped) return;
  server = await startRedis({ config: [`requirepass ${SECRET}`] });
  client = new Redis(server.port, '127.0.0.1', { password: SECRET });
  fleet = await startFleet(['my-app-1', 'my-app-2']);
});

afterEach(async () => {
  if (skipped) return;
  client.disconnect();
  await fleet.stop();
  await server.stop();
});

it.skipIf(skipped)('each app follows its own list up and down', async () => {
  await Promise.all([produce('my-app-1', 20), produce('my-app-2', 10)]);
  await fleet.autoscale(settings(SECRET));
  await fleet.reaches({ 'my-app-1': 4, 'my-app-2': 2 });
  await consume('my-app-1', 15);
  await produce('my-app-2', 5);
  await fleet.reaches({ 'my-app-1': 1, 'my-app-2': 3 });
});

it.skipIf(skipped)('logs a refused password without showing it, and touches nothing', async () => {
  await produce('my-app-1', 20);
  await fleet.autoscale(settings('wrong-password-123456'));
  await expect.poll(() => fleet.log(), { timeout: 60_000 }).toContain('source-unauthorized');
  expect(fleet.log()).not.toContain('wrong-password-123456');
  await fleet.reaches({ 'my-app-1': 1, 'my-app-2': 1 });
});
