/** Producers and consumers of topics on a real Kafka, with SCRAM over TLS; the built program reads the lag of their groups. */
import { Kafka, logLevel, type Admin, type Consumer, type Producer } from 'kafkajs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { selfSignedCertificate } from '../../src/testing/certificate.js';
import { kafkaFolder, startKafka, type KafkaBroker } from '../services/kafka.js';
import { needs } from '../services/needs.js';
import { eventually } from '../services/start-server.js';
import { startFleet, type FleetUnderTest } from './fleet.js';

const VERSION = '4.1.0';
const SECRET = 'kafka-secret-0123456789';
const certificate = selfSignedCertificate();
let broker: KafkaBroker;
let client: Kafka;
let admin: Admin;
let producer: Producer;
let fleet: FleetUnderTest;
const consumers: Consumer[] = [];

function settings(password: string): Readonly<Record<string, string>> {
  return {
    FAS_KAFKA_METRIC_NAME: 'jobs',
    FAS_KAFKA_BROKERS: broker.secureAddress,
    FAS_KAFKA_TOPICS: 'jobs-$APP_NAME',
    FAS_KAFKA_GROUPS: '$APP_NAME',
    FAS_KAFKA_UNCOMMITTED: 'earliest',
    FAS_KAFKA_SASL: 'scram-sha-512',
    FAS_KAFKA_USERNAME: 'scaler',
    FAS_KAFKA_PASSWORD: password,
    FAS_KAFKA_CA_DATA: certificate.cert,
    FAS_KAFKA_CERT_DATA: certificate.cert,
    FAS_KAFKA_KEY_DATA: certificate.key,
  };
}

async function produce(app: string, count: number): Promise<void> {
  const messages = Array.from({ length: count }, (_, job) => ({ value: `job ${job}` }));
  await producer.send({ topic: `jobs-${app}`, messages });
}

/** Takes and commits so many, and stops. */
async function consume(app: string, count: number): Promise<void> {
  const consumer = client.consumer({ groupId: app });
  consumers.push(consumer);
  await consumer.connect();
  await consumer.subscribe({ topic: `jobs-${app}`, fromBeginning: true });
  let done = 0;
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ topic, partition, message }) => {
      if (done === count) return;
      done += 1;
      const offset = String(Number(message.offset) + 1);
      await consumer.commitOffsets([{ topic, partition, offset }]);
    },
  });
  await eventually(() => done === count, 'the messages consumed', 120_000);
  await consumer.disconnect();
}

const skipped = needs('java', kafkaFolder(VERSION));

beforeEach(async () => {
  if (skipped) return;
  broker = await startKafka({
    version: VERSION,
    tls: certificate,
    username: 'scaler',
    password: SECRET,
  });
  client = new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING });
  admin = client.admin();
  producer = client.producer();
  await Promise.all([admin.connect(), producer.connect()]);
  await admin.createTopics({
    waitForLeaders: true,
    topics: ['jobs-my-app-1', 'jobs-my-app-2'].map((topic) => ({ topic, numPartitions: 2 })),
  });
  fleet = await startFleet(['my-app-1', 'my-app-2']);
});

afterEach(async () => {
  if (skipped) return;
  await Promise.all(consumers.splice(0).map((consumer) => consumer.disconnect()));
  await Promise.all([admin.disconnect(), producer.disconnect()]);
  await fleet.stop();
  await broker.stop();
});

it.skipIf(skipped)('each app follows the lag of its own group up and down', async () => {
  await Promise.all([produce('my-app-1', 20), produce('my-app-2', 10)]);
  await fleet.autoscale(settings(SECRET));
  await fleet.reaches({ 'my-app-1': 4, 'my-app-2': 2 });
  await Promise.all([consume('my-app-1', 15), produce('my-app-2', 5)]);
  await fleet.reaches({ 'my-app-1': 1, 'my-app-2': 3 });
});

it.skipIf(skipped)('no app gets more machines than it has partitions', async () => {
  await Promise.all([produce('my-app-1', 40), produce('my-app-2', 4)]);
  await fleet.autoscale({
    ...settings(SECRET),
    FAS_KAFKA_LIMIT_TO_PARTITIONS: 'true',
    FAS_CREATED_MACHINE_COUNT: 'min(jobs / 4, kafka_partitions)',
  });
  await fleet.reaches({ 'my-app-1': 2, 'my-app-2': 1 });
});

it.skipIf(skipped)('logs a refused password without showing it, and touches nothing', async () => {
  await produce('my-app-1', 20);
  await fleet.autoscale(settings('wrong-password-123456'));
  await expect.poll(() => fleet.log(), { timeout: 60_000 }).toContain('source-unauthorized');
  expect(fleet.log()).not.toContain('wrong-password-123456');
  await fleet.reaches({ 'my-app-1': 1, 'my-app-2': 1 });
});
