import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, nkeys, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { natsAccount, startNats, type NatsServer } from '../../../test/services/nats.js';
import { needs } from '../../../test/services/needs.js';
import { eventually } from '../../../test/services/start-server.js';
import { connectHttp } from '../../cli/adapters/http.js';
import { seededRandom } from '../../seams/clock.js';
import type { Sample } from '../../core/model/sample.js';
import { selfSignedCertificate } from '../../testing/certificate.js';
import { collectAll } from '../../testing/collector-contract.js';
import { createFakeClock } from '../../testing/fake-clock.js';
import { nats } from './index.js';
import { natsSchema } from './settings.js';
import type { Collector } from '../../seams/collector.js';

const SECRET = 'nats-secret-0123456789';
const certificate = selfSignedCertificate();
const servers: NatsServer[] = [];
const opened: Collector[] = [];

async function started(server: Promise<NatsServer>): Promise<NatsServer> {
  servers.push(await server);
  return server;
}

function open(
  url: string,
  settings: Readonly<Record<string, unknown>> = {},
  warn: (message: string) => void = () => undefined,
): Collector {
  const collector = nats.create(
    natsSchema.parse({ 'metric-name': 'jobs', url, stream: 'JOBS', ...settings }),
    {
      connect: connectHttp,
      clock: createFakeClock(),
      timeoutMs: 30_000,
      random: seededRandom(1),
      userAgent: 'test',
      warn,
    },
  );
  opened.push(collector);
  return collector;
}

async function sampleOf(
  url: string,
  settings: Readonly<Record<string, unknown>> = {},
  app = 'a',
): Promise<Sample> {
  return (await collectAll(open(url, settings), [app])).get(app)!;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((collector) => collector.close()));
});
afterAll(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

describe.skipIf(needs('nats-server'))('a real NATS', () => {
  let url = '';
  let connection: NatsConnection;

  beforeAll(async () => {
    const { port } = await started(startNats());
    url = `nats://127.0.0.1:${port}`;
    connection = await connect({ servers: `127.0.0.1:${port}` });
    const manager = await jetstreamManager(connection);
    await manager.streams.add({ name: 'JOBS', subjects: ['jobs.>'] });
    await manager.streams.add({ name: 'own-a', subjects: ['own-a'] });
    await manager.consumers.add('JOBS', {
      durable_name: 'a',
      filter_subject: 'jobs.a.>',
      ack_policy: 'explicit',
    });
    const stream = jetstream(connection);
    const subjects = [
      'jobs.a.mail',
      'jobs.a.mail',
      'jobs.a.mail',
      'jobs.a.sms',
      'jobs.b.mail',
      'own-a',
    ];
    for (const subject of subjects) await stream.publish(subject, 'x');
    const consumer = await stream.consumers.get('JOBS', 'a');
    const messages = await consumer.fetch({ max_messages: 2, expires: 5000 });
    let isFirst = true;
    for await (const message of messages) {
      // The first one is done, the second is at work.
      if (isFirst) await message.ackAck();
      isFirst = false;
    }
  });
  afterAll(() => connection.close());

  it.each([
    [{ consumer: '$APP_NAME' }, 3],
    [{ consumer: '${APP_NAME}', value: 'pending' }, 2],
    [{ consumer: '$APP_NAME', value: 'ack-pending' }, 1],
    [{ value: 'messages' }, 5],
    [{ value: 'messages', stream: 'own-$APP_NAME' }, 1],
    [{ value: 'messages', subject: 'jobs.$APP_NAME.>' }, 4],
    [{ value: 'messages', subject: 'jobs.*.mail' }, 4],
    [{ value: 'messages', subject: 'jobs.nobody' }, 0],
    [{ consumer: 'late', 'missing-consumer': 'messages', subject: 'jobs.$APP_NAME.>' }, 4],
    [{ consumer: 'late', 'missing-consumer': 'messages', value: 'ack-pending' }, 0],
  ])('gives the value of %j', async (settings, expected) => {
    expect(await sampleOf(url, settings)).toMatchObject({ kind: 'value', value: expected });
  });

  it.each([
    [{ value: 'messages', subject: 'typo.$APP_NAME' }, '1 of the subjects, such as typo.a'],
    [{ consumer: 'typo', 'missing-consumer': 'messages' }, '1 of the consumers, such as typo'],
  ])('asks a person once to look at %j', async (settings, words) => {
    const warnings: string[] = [];
    const collector = open(url, settings, (message) => warnings.push(message));
    for (let n = 0; n < 2; n += 1) await collectAll(collector, ['a']);
    expect(warnings).toEqual([expect.stringContaining(words)]);
  });

  it('has nothing for a consumer that does not exist yet, and reads it once it does', async () => {
    const collector = open(url, { consumer: 'new-$APP_NAME' });
    expect((await collectAll(collector, ['a'])).get('a')).toMatchObject({ kind: 'empty' });
    const settings = { consumer: 'new-$APP_NAME', default: 2 };
    expect(await sampleOf(url, settings)).toMatchObject({ value: 2, isDefault: true });
    const manager = await jetstreamManager(connection);
    await manager.consumers.add('JOBS', { durable_name: 'new-a', ack_policy: 'explicit' });
    expect((await collectAll(collector, ['a'])).get('a')).toMatchObject({ value: 5 });
  });

  it('takes a missing stream for a mistake, unless each app has its own', async () => {
    const missing = { stream: 'NONE', consumer: 'x', default: 1 };
    expect(await sampleOf(url, missing)).toMatchObject({
      kind: 'error',
      code: 'source-query-invalid',
      message: expect.stringContaining('stream not found'),
    });
    const own = { stream: '$APP_NAME', consumer: 'x' };
    expect(await sampleOf(url, own)).toMatchObject({ kind: 'empty' });
  });

  it('says of a domain that nobody serves that JetStream is not there', async () => {
    const sample = await sampleOf(url, { value: 'messages', domain: 'nowhere' });
    expect(sample).toMatchObject({
      code: 'source-unavailable',
      message: expect.stringContaining('in another domain'),
    });
  });

  it('goes to a server that greets, where another is silent', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const settings = { value: 'messages' };
    const others = `nats://127.0.0.1:${port},127.0.0.1:1`;
    const sample = await sampleOf(`${others},${url.slice('nats://'.length)}`, settings);
    expect(sample).toMatchObject({ kind: 'value' });
    // Nothing stays connected to it.
    await new Promise((resolve) => silent.close(resolve));
  });

  it('has one connection for all collectors and apps', async () => {
    const server = await started(startNats());
    const apps = Array.from({ length: 200 }, (_, index) => `app-${index}`);
    const collectors = ['pending', 'ack-pending'].map((value) =>
      open(`nats://127.0.0.1:${server.port}`, { value, stream: '$APP_NAME', consumer: 'x' }),
    );
    const all = await Promise.all(collectors.map((collector) => collectAll(collector, apps)));
    for (const samples of all) {
      expect(new Set([...samples.values()].map(({ kind }) => kind))).toEqual(new Set(['empty']));
    }
    expect(await server.clientCount()).toBe(1);
    await Promise.all(collectors.map((collector) => collector.close()));
    await eventually(async () => (await server.clientCount()) === 0, 'a closed connection');
  });
});

describe.skipIf(needs('nats-server'))('a real NATS that asks who is there', () => {
  async function expectLogin(
    config: string,
    good: Readonly<Record<string, unknown>>,
    bad: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const { port } = await started(startNats({ config }));
    const url = `nats://127.0.0.1:${port}`;
    const own = { stream: '$APP_NAME', value: 'messages', default: 1 };
    expect(await sampleOf(url, { ...own, ...good })).toEqual(
      expect.objectContaining({ kind: 'value', value: 1 }),
    );
    for (const settings of [bad, {}]) {
      const sample = await sampleOf(url, { ...own, ...settings });
      expect(sample).toMatchObject({ kind: 'error', code: 'source-unauthorized' });
      expect(JSON.stringify(sample)).not.toContain(SECRET);
    }
  }

  it('takes user and password', () =>
    expectLogin(
      `authorization { user: scaler, password: "${SECRET}" }`,
      { username: 'scaler', password: SECRET },
      { username: 'scaler', password: `${SECRET}x` },
    ));

  it('takes a token', () =>
    expectLogin(
      `authorization { token: "${SECRET}" }`,
      { token: SECRET },
      { token: `${SECRET}x` },
    ));

  it('takes an NKey', () => {
    const [user, other] = [nkeys.createUser(), nkeys.createUser()];
    const seed = (key: typeof user): string => new TextDecoder().decode(key.getSeed());
    return expectLogin(
      `authorization { users: [ { nkey: ${user.getPublicKey()} } ] }`,
      { 'nkey-seed': seed(user) },
      { 'nkey-seed': seed(other) },
    );
  });

  it('takes credentials of an account, and JWT and seed alone', async () => {
    const account = natsAccount();
    const stranger = natsAccount();
    await expectLogin(account.config, { creds: account.creds }, { creds: stranger.creds });
    await expectLogin(
      account.config,
      { jwt: account.jwt, 'nkey-seed': account.seed },
      { jwt: stranger.jwt, 'nkey-seed': stranger.seed },
    );
  });

  it('says which right is missing', async () => {
    const { port } = await started(
      startNats({
        config: `authorization { users: [ { user: scaler, password: "${SECRET}", permissions { publish: "nothing" } } ] }`,
      }),
    );
    const sample = await sampleOf(`nats://scaler:${SECRET}@127.0.0.1:${port}`, { consumer: 'x' });
    expect(sample).toMatchObject({
      code: 'source-unauthorized',
      message: expect.stringContaining('$JS.API.CONSUMER.INFO.JOBS.x'),
    });
  });

  it('talks TLS with a client certificate, and trusts the given authority alone', async () => {
    const { port } = await started(startNats({ tls: certificate }));
    const url = `tls://localhost:${port}`;
    const own = { 'cert-data': certificate.cert, 'key-data': certificate.key };
    const trusting = { 'ca-data': certificate.cert };
    const query = { stream: '$APP_NAME', value: 'messages' };
    const sample = await sampleOf(url, { ...query, ...own, ...trusting });
    expect(sample).toMatchObject({ kind: 'empty' });
    expect(await sampleOf(url, { ...query, ...own })).toMatchObject({ kind: 'error' });
    expect(await sampleOf(url, { ...query, ...trusting })).toMatchObject({ kind: 'error' });
  });

  it('never sends credentials in the clear where TLS is wanted', async () => {
    const { port } = await started(startNats());
    const sample = await sampleOf(`tls://127.0.0.1:${port}`, { consumer: 'x' });
    expect(sample).toMatchObject({ code: 'source-unreachable' });
  });
});
