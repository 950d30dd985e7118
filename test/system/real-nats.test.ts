/** Producers and consumers of a JetStream stream on a real NATS; the built program reads the backlog. */
import { jetstream, jetstreamManager, type JetStreamClient } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startNats, type NatsServer } from '../services/nats.js';
import { needs } from '../services/needs.js';
import { startFleet, type FleetUnderTest } from './fleet.js';

const TOKEN = 'nats-token-0123456789';
let server: NatsServer;
let connection: NatsConnection;
let stream: JetStreamClient;
let fleet: FleetUnderTest;

function settings(token: string): Readonly<Record<string, string>> {
  return {
    FAS_NATS_METRIC_NAME: 'jobs',
    FAS_NATS_URL: `nats://127.0.0.1:${server.port}`,
    FAS_NATS_TOKEN: token,
    FAS_NATS_STREAM: 'JOBS',
    FAS_NATS_CONSUMER: '$APP_NAME',
    FAS_NATS_SUBJECT: 'jobs.$APP_NAME',
    FAS_NATS_MISSING_CONSUMER: 'messages',
  };
}

async function produce(app: string, count: number): Promise<void> {
  for (let job = 0; job < count; job += 1) await stream.publish(`jobs.${app}`, `job ${job}`);
}

async function consume(app: string, count: number): Promise<void> {
  const consumer = await stream.consumers.get('JOBS', app);
  for (let done = 0; done < count; done += 1) {
    const message = await consumer.next({ expires: 30_000 });
    await message?.ackAck();
  }
}

async function addConsumer(app: string): Promise<void> {
  const manager = await jetstreamManager(connection);
  await manager.consumers.add('JOBS', {
    durable_name: app,
    filter_subject: `jobs.${app}`,
    ack_policy: 'explicit',
  });
}

const skipped = needs('nats-server');

beforeEach(async () => {
  if (skipped) return;
  server = await startNats({ config: `authorization { token: "${TOKEN}" }` });
  connection = await connect({ servers: `127.0.0.1:${server.port}`, token: TOKEN });
  stream = jetstream(connection);
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: 'JOBS', subjects: ['jobs.>'] });
  fleet = await startFleet(['my-app-1', 'my-app-2']);
});

afterEach(async () => {
  if (skipped) return;
  await connection.close();
  await fleet.stop();
  await server.stop();
});

it.skipIf(skipped)('each app follows its own consumer up and down', async () => {
  await addConsumer('my-app-1');
  await Promise.all([produce('my-app-1', 20), produce('my-app-2', 10)]);
  await fleet.autoscale(settings(TOKEN));
  // The second app has work before it has a consumer.
  await fleet.reaches({ 'my-app-1': 4, 'my-app-2': 2 });
  await addConsumer('my-app-2');
  await consume('my-app-1', 15);
  await produce('my-app-2', 5);
  await fleet.reaches({ 'my-app-1': 1, 'my-app-2': 3 });
});

it.skipIf(skipped)('logs a refused token without showing it, and touches nothing', async () => {
  await produce('my-app-1', 20);
  await fleet.autoscale(settings('wrong-token-123456'));
  await expect.poll(() => fleet.log(), { timeout: 60_000 }).toContain('source-unauthorized');
  expect(fleet.log()).not.toContain('wrong-token-123456');
  await fleet.reaches({ 'my-app-1': 1, 'my-app-2': 1 });
});
