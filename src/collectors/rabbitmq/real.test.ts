import { connect, type ChannelModel, type ConfirmChannel } from 'amqplib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../../test/services/needs.js';
import {
  RABBITMQ_ADMIN,
  startRabbitmq,
  type RabbitmqServer,
} from '../../../test/services/rabbitmq.js';
import { selfSignedCertificate, signedCertificate } from '../../testing/certificate.js';
import { aRealCollector, collectOnce, shown } from '../../testing/collect-once.js';
import { collectAll } from '../../testing/collector-contract.js';
import { rabbitmq } from './index.js';

const PASSWORD = 'scaler%p@ss:word/1';
const certificate = selfSignedCertificate();
let server: RabbitmqServer;
let admin: ChannelModel;
let channel: ConfirmChannel;

const amqp = (vhost = '', password = PASSWORD): string =>
  `amqp://scaler:${encodeURIComponent(password)}@127.0.0.1:${server.port}${vhost}`;

const ask = async (settings: Readonly<Record<string, unknown>>): Promise<unknown> =>
  shown(await collectOnce(rabbitmq, { queue: 'jobs $APP_NAME', ...settings }));

describe.skipIf(needs('rabbitmq-server'))('with a real RabbitMQ', () => {
  beforeAll(async () => {
    server = await startRabbitmq({ certificate });
    const rights = { configure: '', write: '', read: '^jobs' };
    await server.manage('PUT', '/users/scaler', { password: PASSWORD, tags: 'management' });
    await server.manage('PUT', '/permissions/%2F/scaler', rights);
    for (const vhost of ['my-app-1', 'forbidden']) {
      await server.manage('PUT', `/vhosts/${vhost}`, {});
      if (vhost !== 'forbidden') await server.manage('PUT', `/permissions/${vhost}/scaler`, rights);
    }
    const { username, password } = RABBITMQ_ADMIN;
    const at = { hostname: '127.0.0.1', port: server.port, username, password };
    const other = await connect({ ...at, vhost: 'my-app-1' });
    const there = await other.createConfirmChannel();
    await there.assertQueue('jobs');
    there.sendToQueue('jobs', Buffer.from('x'));
    await there.waitForConfirms();
    await other.close();

    admin = await connect(at);
    channel = await admin.createConfirmChannel();
    await channel.assertQueue('jobs my-app-1');
    for (let sent = 0; sent < 7; sent += 1) channel.sendToQueue('jobs my-app-1', Buffer.from('x'));
    await channel.waitForConfirms();
    for (let taken = 0; taken < 2; taken += 1) await channel.get('jobs my-app-1');
  }, 240_000);
  afterAll(async () => {
    await admin?.close();
    await server?.stop();
  }, 60_000);

  it('counts what is ready, by AMQP', async () => {
    expect(await ask({ url: amqp() })).toBe(5);
    expect(await ask({ url: amqp(), queue: 'jobs of nobody' })).toBe('empty');
    expect(await ask({ url: amqp(), queue: 'jobs of nobody', default: 0 })).toBe(0);
  });

  it('goes on after a missing queue has cost its channel', async () => {
    const collector = aRealCollector(rabbitmq, { url: amqp(), queue: 'jobs $APP_NAME' });
    const apps = [...Array.from({ length: 40 }, (_, index) => `missing-${index}`), 'my-app-1'];
    for (let n = 0; n < 2; n += 1) {
      const samples = await collectAll(collector, apps);
      expect(shown(samples.get('my-app-1'))).toBe(5);
      expect(shown(samples.get('missing-7'))).toBe('empty');
    }
    await collector.close();
  });

  it('takes the vhost from the URL, or one for each app', async () => {
    expect(await ask({ url: amqp('/my-app-1'), queue: 'jobs' })).toBe(1);
    expect(await ask({ url: amqp(), vhost: '$APP_NAME', queue: 'jobs' })).toBe(1);
    expect(await ask({ url: amqp('/%2F') })).toBe(5);
    expect(await ask({ url: amqp('/none') })).toBe('source-query-invalid');
    expect(await ask({ url: amqp('/forbidden') })).toBe('source-query-invalid');
  });

  it('says what is refused, without the password', async () => {
    const wrong = await collectOnce(rabbitmq, { url: amqp('', 'wrong-password'), queue: 'jobs' });
    expect(shown(wrong)).toBe('source-unauthorized');
    expect(JSON.stringify(wrong)).not.toContain('wrong-password');
  });

  it('talks TLS with a client certificate', async () => {
    const url = `amqps://scaler@127.0.0.1:${server.tlsPort}`;
    const trust = { url, password: PASSWORD, 'ca-data': certificate.cert };
    const { cert, key } = signedCertificate(certificate, 'scaler');
    const client = { 'cert-data': cert, 'key-data': key };
    expect(await ask({ ...trust, ...client })).toBe(5);
    expect(await ask({ ...trust, ...client, 'server-name': 'localhost' })).toBe(5);
    expect(await ask(trust)).toBe('source-unreachable');
    expect(await ask({ url, password: PASSWORD, ...client })).toBe('source-unreachable');
    expect(await ask({ ...trust, ...client, 'server-name': 'other' })).toBe('source-unreachable');
  });

  it('counts everything and rates by the management API, one queue or many', async () => {
    const { managementUrl: url } = server;
    const as = { url, username: 'scaler', password: PASSWORD };
    const eventually = (settings: object): ReturnType<typeof expect.poll> =>
      expect.poll(() => ask({ ...as, ...settings }), { timeout: 50_000 });
    await eventually({ count: 'ready' }).toBe(5);
    await eventually({ count: 'unacked' }).toBe(2);
    await eventually({ count: 'both' }).toBe(7);
    await eventually({ vhost: '$APP_NAME', queue: 'jobs' }).toBe(1);
    await expect
      .poll(
        async () => {
          channel.sendToQueue('jobs my-app-1', Buffer.from('x'));
          return (await ask({ ...as, count: 'rate' })) as number;
        },
        { timeout: 50_000 },
      )
      .toBeGreaterThan(0);
    expect(await ask({ ...as, queue: 'jobs of nobody' })).toBe('empty');
    for (const app of ['my-app-1', 'my-app-2']) {
      const inVhosts = { ...as, vhost: 'none', queue: 'jobs', default: 0 };
      expect(shown(await collectOnce(rabbitmq, inVhosts, app))).toBe('source-query-invalid');
    }
    expect(await ask({ ...as, password: 'wrong' })).toBe('source-unauthorized');
    const collector = aRealCollector(rabbitmq, {
      ...as,
      count: 'unacked',
      queue: 'jobs $APP_NAME',
    });
    const samples = await collectAll(collector, ['my-app-1', 'my-app-2']);
    expect([...samples.values()].map(shown)).toEqual([2, 'empty']);
    await collector.close();
    const astray = aRealCollector(rabbitmq, {
      ...as,
      vhost: 'none',
      queue: '$APP_NAME',
      default: 0,
    });
    const none = await collectAll(astray, ['my-app-1', 'my-app-2']);
    expect([...none.values()].map(shown)).toEqual(Array(2).fill('source-query-invalid'));
    await astray.close();
  });
});
