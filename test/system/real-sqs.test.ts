/** Producers and consumers of queues in a local SQS that checks signatures; the built program reads their backlog. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { needs } from '../services/needs.js';
import { motoFolder, startSqs, type SqsServer } from '../services/sqs.js';
import { startFleet, type FleetUnderTest } from './fleet.js';

const isSkipped = needs('python3', motoFolder());

let server: SqsServer;
let fleet: FleetUnderTest;
let first: string;
let second: string;

beforeEach(async () => {
  if (isSkipped) return;
  server = await startSqs();
  [first, second] = await Promise.all([
    server.createQueue('jobs-my-app-1'),
    server.createQueue('jobs-my-app-2'),
  ]);
  fleet = await startFleet(['my-app-1', 'my-app-2']);
});

afterEach(async () => {
  if (isSkipped) return;
  await fleet?.stop();
  await server?.stop();
});

it.skipIf(isSkipped)('each app follows its own queue up and down', async () => {
  const key = await server.addUser('scaler', ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl']);
  await Promise.all([server.send(first, 20), server.send(second, 6), server.send(second, 4, 900)]);
  await fleet.autoscale({
    FAS_SQS_METRIC_NAME: 'jobs',
    FAS_SQS_QUEUE: 'jobs-$APP_NAME',
    FAS_SQS_ENDPOINT: server.endpoint,
    AWS_REGION: server.region,
    AWS_ACCESS_KEY_ID: key.accessKeyId,
    AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
  });
  await fleet.reaches({ 'my-app-1': 4, 'my-app-2': 2 });
  // What consumers work on counts until it is deleted.
  await server.receive(first, 5, false);
  await server.receive(first, 10);
  await server.send(second, 5);
  await fleet.reaches({ 'my-app-1': 2, 'my-app-2': 3 });
});

it.skipIf(isSkipped)('logs a refused key without showing it, and touches nothing', async () => {
  await server.send(first, 20);
  await fleet.autoscale({
    FAS_SQS_METRIC_NAME: 'jobs',
    FAS_SQS_QUEUE: 'jobs-$APP_NAME',
    FAS_SQS_ENDPOINT: server.endpoint,
    FAS_SQS_REGION: server.region,
    FAS_SQS_ACCESS_KEY_ID: server.admin.accessKeyId,
    FAS_SQS_SECRET_ACCESS_KEY: 'wrong-secret-123456',
  });
  await expect.poll(() => fleet.log(), { timeout: 60_000 }).toContain('source-unauthorized');
  expect(fleet.log()).not.toContain('wrong-secret-123456');
  expect(fleet.log()).not.toContain(server.admin.accessKeyId);
  await fleet.reaches({ 'my-app-1': 1, 'my-app-2': 1 });
});
