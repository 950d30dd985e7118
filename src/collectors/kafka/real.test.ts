import { Kafka, logLevel, type Admin, type Producer } from 'kafkajs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  KAFKA_VERSIONS,
  kafkaFolder,
  startKafka,
  type KafkaBroker,
} from '../../../test/services/kafka.js';
import { needs } from '../../../test/services/needs.js';
import { eventually } from '../../../test/services/start-server.js';
import { systemClock } from '../../cli/adapters/clock.js';
import { connectHttp } from '../../cli/adapters/http.js';
import { seededRandom } from '../../seams/clock.js';
import type { Sample } from '../../core/model/sample.js';
import { selfSignedCertificate } from '../../testing/certificate.js';
import { collectAll } from '../../testing/collector-contract.js';
import { kafka } from './index.js';
import { kafkaSchema } from './settings.js';
import type { Collector } from '../../seams/collector.js';

/** With characters that SASLprep would change: Kafka takes passwords as they are. */
const SECRET = 'kafka-secret-10²-ﬁ-0123456789';
const LIMIT_MS = 120_000;
const certificate = selfSignedCertificate();
const opened: Collector[] = [];

function open(
  address: string,
  settings: Readonly<Record<string, unknown>>,
  warn: (message: string) => void = () => undefined,
): Collector {
  const collector = kafka.create(
    kafkaSchema.parse({ 'metric-name': 'jobs', brokers: [address], ...settings }),
    {
      connect: connectHttp,
      clock: systemClock(),
      timeoutMs: 60_000,
      random: seededRandom(1),
      userAgent: 'test',
      warn,
    },
  );
  opened.push(collector);
  return collector;
}

async function sampleOf(
  address: string,
  settings: Readonly<Record<string, unknown>>,
  app = 'a',
): Promise<Sample> {
  return (await collectAll(open(address, settings), [app])).get(app)!;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((collector) => collector.close()));
});

describe.each(KAFKA_VERSIONS)('a real Kafka %s', (version) => {
  const skipped = needs('java', kafkaFolder(version));
  let broker: KafkaBroker;
  let admin: Admin;
  let producer: Producer;

  beforeAll(async () => {
    if (skipped) return;
    broker = await startKafka({ version, tls: certificate, username: 'scaler', password: SECRET });
    const client = new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING });
    admin = client.admin();
    producer = client.producer();
    await Promise.all([admin.connect(), producer.connect()]);
    const topics = ['jobs-a', 'jobs-b', 'other'];
    await admin.createTopics({
      waitForLeaders: true,
      topics: topics.map((topic) => ({ topic, numPartitions: 3 })),
    });
    // A broker may be named as the leader before it knows of that.
    const isLed = async (topic: string): Promise<boolean> =>
      (await admin.fetchTopicOffsets(topic)).length === 3;
    for (const topic of topics) await eventually(() => isLed(topic), `a leader of ${topic}`);
    await admin.createTopics({ waitForLeaders: true, topics: [{ topic: 'again' }] });
  }, LIMIT_MS);
  afterAll(async () => {
    if (skipped) return;
    await Promise.all([admin.disconnect(), producer.disconnect()]);
    await broker.stop();
  }, LIMIT_MS);

  async function produce(topic: string, counts: readonly number[]): Promise<void> {
    const messages = counts.flatMap((count, partition) =>
      Array.from({ length: count }, () => ({ partition, value: 'x' })),
    );
    await producer.send({ topic, messages });
  }

  async function commit(groupId: string, topic: string, offsets: readonly number[]): Promise<void> {
    const partitions = offsets.map((offset, partition) => ({ partition, offset: String(offset) }));
    await admin.setOffsets({ groupId, topic, partitions });
  }

  it.skipIf(skipped)(
    'adds up what the groups have still to consume',
    async () => {
      // The very first question for a group: the broker has no coordinator yet.
      const early = await sampleOf(broker.address, { topics: ['jobs-a'], groups: ['early'] });
      expect(early).toEqual(expect.objectContaining({ kind: 'value', value: 0 }));

      await produce('jobs-a', [5, 4, 3]);
      await produce('jobs-b', [2, 0, 0]);
      await Promise.all([
        commit('a', 'jobs-a', [2, 4]),
        commit('b', 'jobs-b', [0, 0, 0]),
        commit('ahead', 'jobs-a', [100, 4, 3]),
      ]);
      const values: readonly (readonly [object, string, number])[] = [
        // Nothing is committed for the third partition.
        [{ topics: ['jobs-a'], groups: ['$APP_NAME'] }, 'a', 3],
        [{ topics: ['jobs-a'], groups: ['$APP_NAME'], uncommitted: 'earliest' }, 'a', 6],
        [{ topics: ['jobs-$APP_NAME'], groups: ['${APP_NAME}'] }, 'b', 2],
        [{ topics: ['jobs-*'], groups: ['a', 'b'], uncommitted: 'latest' }, 'a', 5],
        [{ topics: ['jobs-a', 'jobs-b'], groups: ['new'], uncommitted: 'earliest' }, 'a', 14],
        [{ topics: ['jobs-a'], groups: ['new'] }, 'a', 0],
        [{ topics: ['jobs-a'], groups: ['ahead'] }, 'a', 0],
        [{ topics: ['jobs-*', 'other'] }, 'a', 9],
        [{ topics: ['jobs-$APP_NAME'], value: 'partitions' }, 'b', 3],
      ];
      for (const [settings, app, value] of values) {
        const sample = await sampleOf(broker.address, { ...settings }, app);
        expect(sample, JSON.stringify(settings)).toMatchObject({ kind: 'value', value });
      }
      // What retention has removed cannot be consumed.
      await admin.deleteTopicRecords({
        topic: 'jobs-a',
        partitions: [{ partition: 0, offset: '4' }],
      });
      const kept = await sampleOf(broker.address, { topics: ['jobs-a'], groups: ['a'] });
      expect(kept).toMatchObject({ kind: 'value', value: 1 });
    },
    LIMIT_MS,
  );

  it.skipIf(skipped)(
    'has nothing for an app without topics, and takes a missing topic for a mistake otherwise',
    async () => {
      const groups = ['g'];
      const own = { topics: ['none-$APP_NAME'], groups };
      expect(await sampleOf(broker.address, own)).toMatchObject({ kind: 'empty' });
      const pattern = { topics: ['none-*'], groups, default: 2 };
      expect(await sampleOf(broker.address, pattern)).toMatchObject({ value: 2, isDefault: true });
      expect(
        await sampleOf(broker.address, { topics: ['none'], groups, default: 2 }),
      ).toMatchObject({
        kind: 'error',
        code: 'source-query-invalid',
        message: expect.stringContaining('no such topic: none'),
      });
    },
    LIMIT_MS,
  );

  it.skipIf(skipped)(
    'takes a commit beyond the end of a topic that was made anew for none',
    async () => {
      // 4.1.0 drops commits with their topic; a consumer that lives on, or a tool, commits them again.
      await produce('again', [10]);
      await commit('g-again', 'again', [500]);
      const settings = { topics: ['again'], groups: ['g-again'] };
      const earliest = await sampleOf(broker.address, { ...settings, uncommitted: 'earliest' });
      expect(earliest).toMatchObject({
        value: 10,
        warning: expect.stringContaining('500 is committed beyond the end 10'),
      });
      expect(await sampleOf(broker.address, settings)).toMatchObject({ value: 0 });
      await commit('g-again', 'again', [2]);
      await admin.deleteTopicRecords({
        topic: 'again',
        partitions: [{ partition: 0, offset: '7' }],
      });
      expect(await sampleOf(broker.address, settings)).toMatchObject({
        value: 3,
        warning: expect.stringContaining('2 is committed before the log begins at 7'),
      });
    },
    LIMIT_MS,
  );

  it.skipIf(skipped)(
    'asks a person once to look at groups that have never committed anything',
    async () => {
      const warnings: string[] = [];
      const settings = { topics: ['other'], groups: ['$APP_NAME'] };
      const collector = open(broker.address, settings, (message) => warnings.push(message));
      for (let n = 0; n < 2; n += 1) {
        const samples = await collectAll(collector, ['nobody', 'nobody-else']);
        expect(samples.get('nobody')).toMatchObject({ kind: 'value', value: 0 });
      }
      expect(warnings).toEqual([expect.stringContaining('2 of the groups, such as nobody:')]);
    },
    LIMIT_MS,
  );

  it.skipIf(skipped)(
    'asks for 500 groups at once',
    async () => {
      const apps = Array.from({ length: 500 }, (_, index) => `app-${index}`);
      await commit('app-7', 'other', [0, 0, 0]);
      await produce('other', [1, 1, 1]);
      const settings = { topics: ['other'], groups: ['$APP_NAME'] };
      const samples = await collectAll(open(broker.address, settings), apps);
      for (const app of apps) {
        const value = app === 'app-7' ? 3 : 0;
        expect(samples.get(app)).toMatchObject({ kind: 'value', value });
      }
    },
    LIMIT_MS,
  );

  const secure = {
    topics: ['jobs-a'],
    'ca-data': certificate.cert,
    'cert-data': certificate.cert,
    'key-data': certificate.key,
    username: 'scaler',
    password: SECRET,
  };

  it.skipIf(skipped).each(['plain', 'scram-sha-256', 'scram-sha-512'])(
    'takes user and password by %s over TLS, and no others',
    async (sasl) => {
      const good = await sampleOf(broker.secureAddress, { ...secure, sasl });
      expect(good).toEqual(expect.objectContaining({ kind: 'value', value: 3 }));
      const password = `${SECRET}-wrong`;
      const bad = await sampleOf(broker.secureAddress, { ...secure, sasl, password, default: 1 });
      expect(bad).toMatchObject({ kind: 'error', code: 'source-unauthorized' });
      expect(JSON.stringify(bad)).not.toContain(SECRET);
    },
    LIMIT_MS,
  );

  it.skipIf(skipped)(
    'wants a client certificate, and is trusted only by the given authority',
    async () => {
      const { 'ca-data': _, ...untrusting } = secure;
      const nobody = { ...secure, 'cert-data': undefined, 'key-data': undefined };
      for (const settings of [{ ...untrusting, tls: true }, nobody]) {
        const sample = await sampleOf(broker.secureAddress, settings);
        expect(sample).toMatchObject({ kind: 'error', code: 'source-unreachable' });
      }
      const inTheClear = { topics: ['jobs-a'] };
      expect(await sampleOf(broker.secureAddress, inTheClear)).toMatchObject({ kind: 'error' });
    },
    LIMIT_MS,
  );
});
