/** Producers and consumers of queues in a real RabbitMQ; the built program reads them over one AMQP connection. */
import { connect, type ChannelModel, type ConfirmChannel } from 'amqplib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { needs } from '../services/needs.js';
import { RABBITMQ_ADMIN, startRabbitmq, type RabbitmqServer } from '../services/rabbitmq.js';
import { startFleet, type FleetUnderTest } from './fleet.js';

const PASSWORD = 'scaler-password-1';
const isSkipped = needs('rabbitmq-server');

let server: RabbitmqServer;
let worker: ChannelModel;
let channel: ConfirmChannel;
let fleet: FleetUnderTest;

async function produce(app: string, count: number): Promise<void> {
  for (let sent = 0; sent < count; sent += 1) channel.sendToQueue(`jobs-${app}`, Buffer.from('x'));
  await channel.waitForConfirms();
}

async function consume(app: string, count: number): Promise<void> {
  for (let done = 0; done < count; done += 1) {
    const message = await channel.get(`jobs-${app}`);
    if (message !== false) channel.ack(message);
  }
}

const setPassword = (password: string): Promise<unknown> =>
  server.manage('PUT', '/users/scaler', { password, tags: '' });

beforeEach(async () => {
  if (isSkipped) return;
  server = await startRabbitmq();
  await setPassword(PASSWORD);
  const rights = { configure: '', write: '', read: '^jobs-' };
  await server.manage('PUT', '/permissions/%2F/scaler', rights);
  const { username, password } = RABBITMQ_ADMIN;
  worker = await connect({ hostname: '127.0.0.1', port: server.port, username, password });
  channel = await worker.createConfirmChannel();
  for (const app of ['my-app-1', 'my-app-2']) await channel.assertQueue(`jobs-${app}`);
  fleet = await startFleet(['my-app-1', 'my-app-2']);
});

afterEach(async () => {
  if (isSkipped) return;
  await fleet?.stop();
  await worker?.close();
  await server?.stop();
});

it.skipIf(isSkipped)(
  'each app follows its own queue up and down, and holds through an outage that is one line',
  async () => {
    await produce('my-app-1', 20);
    await produce('my-app-2', 10);
    await fleet.autoscale({
      FAS_RABBITMQ_METRIC_NAME: 'jobs',
      FAS_RABBITMQ_URL: `amqp://scaler@127.0.0.1:${server.port}`,
      FAS_RABBITMQ_PASSWORD: PASSWORD,
      FAS_RABBITMQ_QUEUE: 'jobs-$APP_NAME',
    });
    await fleet.reaches({ 'my-app-1': 4, 'my-app-2': 2 });
    await Promise.all([consume('my-app-1', 15), produce('my-app-2', 5)]);
    await fleet.reaches({ 'my-app-1': 1, 'my-app-2': 3 });

    // Another password, and the connection is cut.
    await setPassword('another');
    const connections = (await server.manage('GET', '/connections')) as {
      name: string;
      user: string;
    }[];
    for (const { name, user } of connections)
      if (user === 'scaler')
        await server.manage('DELETE', `/connections/${encodeURIComponent(name)}`);
    await expect.poll(() => fleet.log(), { timeout: 120_000 }).toMatch(/source-unauthorized/);
    await consume('my-app-2', 15);
    await fleet.reaches({ 'my-app-1': 1, 'my-app-2': 3 });
    const lines = fleet
      .log()
      .split('\n')
      .filter((line) => line.includes('source-unauthorized'));
    expect(lines).toHaveLength(1);
    expect(fleet.log()).not.toContain(PASSWORD);

    await setPassword(PASSWORD);
    await produce('my-app-1', 5);
    await produce('my-app-2', 5);
    await fleet.reaches({ 'my-app-1': 2, 'my-app-2': 1 });
    expect(fleet.log().match(/metric source is back/g)).toHaveLength(1);
  },
);
