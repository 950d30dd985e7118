import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { connectHttp } from '../../cli/adapters/http.js';
import { seededRandom, type Clock } from '../../seams/clock.js';
import type { Sample } from '../../core/model/sample.js';
import { collectAll } from '../../testing/collector-contract.js';
import { createFakeClock } from '../../testing/fake-clock.js';
import { fakeKafka, type FakeKafka } from '../../testing/fake-kafka.js';
import { kafka } from './index.js';
import { kafkaSchema } from './settings.js';
import type { Collector } from '../../seams/collector.js';

let server: FakeKafka;
const opened: Collector[] = [];

beforeEach(async () => {
  server = await fakeKafka();
  server.values = new Map([
    ['a', 7],
    ['b', 3],
  ]);
  await server.start();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((collector) => collector.close()));
  await server.stop();
});

function open(
  settings: Readonly<Record<string, unknown>>,
  clock: Clock = createFakeClock(),
): Collector {
  const brokers = [server.address];
  const collector = kafka.create(
    kafkaSchema.parse({ 'metric-name': 'jobs', brokers, topics: ['$APP_NAME'], ...settings }),
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

it('looks for a coordinator once', async () => {
  const collector = open({ groups: ['$APP_NAME'] });
  await collectAll(collector, ['a', 'b']);
  const before = server.roundTrips;
  await collectAll(collector, ['a', 'b']);
  expect(server.roundTrips - before).toBe(4);
});

it('waits for partitions whose leaders change, but not for long', async () => {
  // Short waits are over at once, deadlines never come: the sockets are real.
  const still = createFakeClock();
  const clock: Clock = {
    ...still,
    sleep: (ms, signal) => (ms < 1000 ? Promise.resolve() : still.sleep(ms, signal)),
  };
  const collector = open({ groups: ['$APP_NAME'] }, clock);
  const collect = async (): Promise<Sample | undefined> =>
    (await collectAll(collector, ['a'])).get('a');
  server.elections = 4;
  expect(await collect()).toMatchObject({ kind: 'value', value: 7 });
  server.elections = 100;
  expect(await collect()).toMatchObject({
    code: 'source-unavailable',
    message: expect.stringContaining('another leader'),
  });
});

it('learns the partitions from one request', async () => {
  const samples = await collectAll(open({}), ['a', 'b', 'c']);
  expect(samples.get('a')).toMatchObject({ kind: 'value', value: 1 });
  expect(samples.get('c')).toMatchObject({ kind: 'empty' });
  expect(server.roundTrips).toBe(1);
});

it('shares the connection with other collectors until the last is closed', async () => {
  const [lag, partitions] = [open({ groups: ['$APP_NAME'] }), open({})];
  await Promise.all([lag, partitions].map((collector) => collectAll(collector, ['a'])));
  expect(server.openConnections).toBe(1);
  await lag.close();
  expect((await collectAll(partitions, ['a'])).get('a')).toMatchObject({ value: 1 });
  expect(server.openConnections).toBe(1);
  await partitions.close();
  await vi.waitFor(() => expect(server.openConnections).toBe(0), 50_000);
});

it('asks once more when the broker has closed an idle connection', async () => {
  const collector = open({ groups: ['$APP_NAME'] });
  await collectAll(collector, ['a']);
  server.closeAtNextRequest();
  expect((await collectAll(collector, ['a'])).get('a')).toMatchObject({ value: 7 });
});

it('tries the next broker when one is down, and says what is wrong when all are', async () => {
  const brokers = ['127.0.0.1:1', server.address];
  const good = await collectAll(open({ brokers }), ['a']);
  expect(good.get('a')).toMatchObject({ value: 1 });
  const bad = await collectAll(open({ brokers: ['127.0.0.1:1'] }), ['a']);
  expect(bad.get('a')).toMatchObject({
    code: 'source-unreachable',
    message: expect.stringContaining('ECONNREFUSED'),
  });
});

it('takes what is no Kafka for no answer', async () => {
  server.speakHttp();
  const samples = await collectAll(open({ default: 1 }), ['a']);
  expect(samples.get('a')).toMatchObject({ kind: 'error', code: 'source-bad-answer' });
});

it('takes a broker that knows no cluster yet for no answer, and not for one without topics', async () => {
  server.isStarting = true;
  const samples = await collectAll(open({ default: 0 }), ['unknown']);
  expect(samples.get('unknown')).toMatchObject({
    code: 'source-unavailable',
    message: expect.stringContaining('does not know its cluster yet'),
  });
});
