/** Workflows of a real Temporal start, run and end; the built program counts them, or the tasks that wait. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { needs } from '../services/needs.js';
import {
  startTemporal,
  temporalServerFile,
  temporalUser,
  type TemporalServer,
  type TemporalUser,
} from '../services/temporal.js';
import { startFleet, type FleetUnderTest } from './fleet.js';

const API_KEY = 'temporal-key-0123456789';
let server: TemporalServer;
let user: TemporalUser;
let fleet: FleetUnderTest;

function settings(more: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return {
    FAS_TEMPORAL_METRIC_NAME: 'jobs',
    FAS_TEMPORAL_ADDRESS: server.address,
    FAS_TEMPORAL_NAMESPACE: 'orders',
    ...more,
  };
}

const skipped = needs(temporalServerFile());

beforeEach(async () => {
  if (skipped) return;
  server = await startTemporal(['orders']);
  user = temporalUser(server.address, 'orders');
  fleet = await startFleet(['my-app-1', 'my-app-2']);
});

afterEach(async () => {
  if (skipped) return;
  user.close();
  await fleet.stop();
  await server.stop();
});

it.skipIf(skipped)('each app follows its running workflows up and down', async () => {
  const [first] = await Promise.all([user.start('my-app-1', 20), user.start('my-app-2', 10)]);
  await fleet.autoscale(settings({ FAS_TEMPORAL_QUERY: "TaskQueue='$APP_NAME'" }));
  await fleet.reaches({ 'my-app-1': 4, 'my-app-2': 2 });
  await user.terminate(first.slice(0, 15));
  await user.start('my-app-2', 5);
  await fleet.reaches({ 'my-app-1': 1, 'my-app-2': 3 });
});

it.skipIf(skipped)('each app follows the backlog of its task queue up and down', async () => {
  await Promise.all([user.start('my-app-1', 20), user.start('my-app-2', 1)]);
  await user.answerTask('my-app-2', 10);
  await fleet.autoscale(settings({ FAS_TEMPORAL_TASK_QUEUE: '$APP_NAME' }));
  await fleet.reaches({ 'my-app-1': 4, 'my-app-2': 2 });
  for (let task = 1; task <= 20; task += 1) await user.answerTask('my-app-1', 0);
  await Promise.all([user.start('my-app-1', 5), user.start('my-app-2', 5)]);
  await fleet.reaches({ 'my-app-1': 1, 'my-app-2': 3 });
});

it.skipIf(skipped)(
  'logs a server that it cannot trust without the key, and touches nothing',
  async () => {
    await user.start('my-app-1', 20);
    // The key turns TLS on, and this server does not talk it.
    await fleet.autoscale(settings({ FAS_TEMPORAL_API_KEY: API_KEY }));
    await expect.poll(() => fleet.log(), { timeout: 60_000 }).toContain('source-unreachable');
    expect(fleet.log()).not.toContain(API_KEY);
    await fleet.reaches({ 'my-app-1': 1, 'my-app-2': 1 });
  },
);
