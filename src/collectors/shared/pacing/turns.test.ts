/** Sources that do not speak HTTP take their turns themselves, where requests have a budget. */
import { afterEach, expect, it } from 'vitest';
import { connectHttp } from '../../../cli/adapters/http.js';
import { seededRandom } from '../../../seams/clock.js';
import type { CollectorContext, CollectorDefinition } from '../../../seams/schema.js';
import { collectAll } from '../../../testing/collector-contract.js';
import { createFakeClock } from '../../../testing/fake-clock.js';
import { fakeKafka } from '../../../testing/fake-kafka.js';
import { fakeNats } from '../../../testing/fake-nats.js';
import { fakeRedis } from '../../../testing/fake-redis.js';
import { kafka } from '../../kafka/index.js';
import { nats } from '../../nats/index.js';
import { postgresDriver } from '../../postgres/driver.js';
import { redis } from '../../redis/index.js';
import { sqlCollector } from '../sql/sql-collector.js';
import { sqlSchema } from '../sql/sql-server.js';
import type { Collector } from '../../../seams/collector.js';

const APPS = ['a', 'b', 'c'];
const VALUES = new Map(APPS.map((app) => [app, 1]));
const opened: Collector[] = [];
const servers: { stop(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((collector) => collector.close()));
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

/** How many turns the collector takes for the three apps, each of which has the value 1. */
async function turnsOf(create: (context: CollectorContext) => Collector): Promise<number> {
  let turns = 0;
  const collector = create({
    connect: connectHttp,
    clock: createFakeClock(),
    timeoutMs: 30_000,
    random: seededRandom(1),
    userAgent: 'test',
    warn: () => undefined,
    takeTurn: async () => void (turns += 1),
  });
  opened.push(collector);
  for (const sample of (await collectAll(collector, APPS)).values())
    expect(sample).toMatchObject({ kind: 'value', value: 1 });
  return turns;
}

function openWith<Settings>(
  definition: CollectorDefinition<Settings>,
  settings: object,
): (context: CollectorContext) => Collector {
  const parsed = definition.schema.parse({ 'metric-name': 'jobs', ...settings });
  return (context) => definition.create(parsed, context);
}

it('NATS takes one for each request', async () => {
  const server = await fakeNats();
  servers.push(server);
  await server.start();
  server.values = VALUES;
  const url = `nats://127.0.0.1:${server.port}`;
  const settings = { url, stream: 'JOBS', consumer: '$APP_NAME' };
  expect(await turnsOf(openWith(nats, settings))).toBe(3);
  expect(server.roundTrips).toBe(3);
});

it('Redis takes one for its only write', async () => {
  const server = await fakeRedis();
  servers.push(server);
  await server.start();
  server.values = VALUES;
  const url = `redis://127.0.0.1:${server.port}`;
  expect(await turnsOf(openWith(redis, { url, value: 'number', key: '$APP_NAME' }))).toBe(1);
  expect(server.roundTrips).toBe(1);
});

it('Kafka takes one for topics, commits and each end of the partitions', async () => {
  const server = await fakeKafka();
  servers.push(server);
  await server.start();
  server.values = VALUES;
  const settings = { brokers: [server.address], topics: ['$APP_NAME'], groups: ['$APP_NAME'] };
  expect(await turnsOf(openWith(kafka, settings))).toBe(4);
});

it('SQL takes one for each query', async () => {
  const answer = { columns: ['n'], rows: [['1']] };
  const driver = {
    ...postgresDriver,
    type: 'turns',
    connect: () => async () => ({ query: async () => answer, end: () => undefined }),
  };
  const url = 'postgres://scaler@127.0.0.1/jobs';
  for (const [query, turns] of [
    ['select 1', 1],
    ['select count(*) from jobs where app = $APP_NAME', 3],
  ] as const) {
    const settings = sqlSchema(driver).parse({ 'metric-name': 'jobs', url, query });
    expect(await turnsOf((context) => sqlCollector(settings, context, driver))).toBe(turns);
  }
});
