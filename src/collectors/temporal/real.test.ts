import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../../test/services/needs.js';
import { eventually } from '../../../test/services/start-server.js';
import {
  startTemporal,
  temporalServerFile,
  temporalUser,
  type TemporalServer,
  type TemporalUser,
} from '../../../test/services/temporal.js';
import type { Sample } from '../../core/model/sample.js';
import { selfSignedCertificate, signedCertificate } from '../../testing/certificate.js';
import { aRealCollector } from '../../testing/collect-once.js';
import { collectAll } from '../../testing/collector-contract.js';
import { tcpRelay } from '../../testing/tcp-relay.js';
import { temporal } from './index.js';
import type { Collector } from '../../seams/collector.js';

const START_LIMIT_MS = 120_000;
const skipped = needs(temporalServerFile());
const servers: TemporalServer[] = [];
const users: TemporalUser[] = [];
const opened: Collector[] = [];

async function started(...namespaces: readonly string[]): Promise<TemporalServer> {
  const server = await startTemporal(namespaces);
  servers.push(server);
  return server;
}

function userOf(server: TemporalServer, namespace: string): TemporalUser {
  const user = temporalUser(server.address, namespace);
  users.push(user);
  return user;
}

function open(
  settings: Readonly<Record<string, unknown>>,
  warn?: (message: string) => void,
): Collector {
  const collector = aRealCollector(temporal, settings, warn);
  opened.push(collector);
  return collector;
}

async function sampleOf(
  settings: Readonly<Record<string, unknown>>,
  app = 'a',
): Promise<Sample | undefined> {
  const collector = aRealCollector(temporal, settings);
  try {
    return (await collectAll(collector, [app])).get(app);
  } finally {
    await collector.close();
  }
}

/** The server learns of a change with a delay. */
async function reaches(
  settings: Readonly<Record<string, unknown>>,
  value: number,
  app = 'a',
): Promise<void> {
  const collector = open(settings);
  await expect
    .poll(async () => (await collectAll(collector, [app])).get(app), { timeout: 30_000 })
    .toMatchObject({ kind: 'value', value });
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((collector) => collector.close()));
});
afterAll(async () => {
  for (const user of users.splice(0)) user.close();
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

describe.skipIf(skipped)('a real Temporal', () => {
  let server: TemporalServer;
  let address = '';

  beforeAll(async () => {
    server = await started('orders', 'own-a', 'tasks', 'fleet', 'secure');
    address = server.address;
  }, START_LIMIT_MS);

  it('counts the running workflows that match, as they start and end', async () => {
    const orders = { address, namespace: 'orders' };
    const user = userOf(server, 'orders');
    const byQueue = { ...orders, query: "TaskQueue='$APP_NAME'" };
    expect(await sampleOf(orders)).toMatchObject({ kind: 'value', value: 0 });
    const ids = await user.start('a', 5);
    await user.start('b', 3);
    await reaches(byQueue, 5);
    await reaches(byQueue, 3, 'b');
    await reaches(orders, 8);
    // Closed ones would count without the parentheses around the query.
    const either = { ...orders, query: "TaskQueue='a' OR ExecutionStatus='Terminated'" };
    await user.terminate(ids.slice(0, 4));
    await reaches(byQueue, 1);
    await reaches(either, 1);
    await reaches({ ...orders, query: 'WorkflowType="job"' }, 4);
    await reaches({ ...orders, query: 'WorkflowType="other"' }, 0);
  });

  it('has namespaces apart, and says when one does not exist', async () => {
    await userOf(server, 'own-a').start('x', 2);
    await reaches({ address, namespace: 'own-$APP_NAME' }, 2);
    const missing = await sampleOf({ address, namespace: 'own-$APP_NAME' }, 'b');
    expect(missing).toMatchObject({ kind: 'empty' });
    expect(await sampleOf({ address, namespace: 'own-b', default: 1 })).toMatchObject({
      kind: 'error',
      code: 'source-query-invalid',
      message: expect.stringContaining('own-b: no such namespace'),
    });
    const queue = { 'task-queue': 'x', default: 1 };
    expect(await sampleOf({ address, namespace: 'own-b', ...queue })).toMatchObject({
      code: 'source-query-invalid',
    });
  });

  it.each([
    ['no query at all', 'invalid query'],
    ['Unknown="x"', 'Unknown'],
    ['TaskQueue="a" GROUP BY ExecutionStatus', 'invalid query'],
  ])('refuses the query %s', async (query, words) => {
    expect(await sampleOf({ address, namespace: 'orders', query, default: 1 })).toMatchObject({
      code: 'source-query-invalid',
      message: expect.stringContaining(words),
    });
  });

  it('tells the backlog of a task queue by type, as tasks come and are taken', async () => {
    const user = userOf(server, 'tasks');
    const both = { address, namespace: 'tasks', 'task-queue': 'q-$APP_NAME' };
    const [workflow, activity] = ['workflow', 'activity'].map((type) => ({
      ...both,
      'task-queue-type': type,
    }));
    await reaches(both, 0);
    await user.start('q-a', 6);
    await reaches(workflow!, 6);
    await reaches(activity!, 0);
    // The server's estimate is exact again once nothing taken is left before what waits.
    await user.answerTask('q-a', 4);
    for (let task = 2; task <= 6; task += 1) await user.answerTask('q-a', 0);
    await reaches(workflow!, 0);
    await reaches(activity!, 4);
    await user.start('q-a', 2);
    await reaches(both, 6);
    await user.takeActivities('q-a', 4);
    await reaches(activity!, 0);
    await reaches(both, 2);
    expect(await sampleOf(both, 'unused')).toMatchObject({ kind: 'value', value: 0 });
    const warnings: string[] = [];
    const collector = open(both, (message) => warnings.push(message));
    // It is empty, and workers have asked for its tasks.
    await user.answerTask('q-a', 0);
    await user.answerTask('q-a', 0);
    await reaches(both, 0);
    await collectAll(collector, ['a']);
    expect(warnings).toEqual([]);
    const astray = open({ ...both, 'task-queue': 'w-$APP_NAME' }, (message) =>
      warnings.push(message),
    );
    for (let n = 0; n < 2; n += 1) await collectAll(astray, ['a', 'b']);
    expect(warnings).toEqual([expect.stringMatching(/2 of the task queues, such as w-[ab]:/)]);
  });

  it('tells the backlogs of a fleet over one connection', async () => {
    const relay = tcpRelay();
    await relay.start(server.port);
    await userOf(server, 'fleet').start('app-7', 3);
    const queues = { address: `127.0.0.1:${relay.port}`, namespace: 'fleet' };
    const apps = Array.from({ length: 200 }, (_, index) => `app-${index}`);
    const collector = open({ ...queues, 'task-queue': '$APP_NAME' });
    await expect
      .poll(async () => (await collectAll(collector, apps)).get('app-7'), { timeout: 30_000 })
      .toMatchObject({ value: 3 });
    const samples = await collectAll(collector, apps);
    expect([...samples.values()].filter(({ kind }) => kind === 'value')).toHaveLength(200);
    expect(relay.connectionsTaken).toBe(1);
    await collector.close();
    await eventually(() => relay.openConnections === 0, 'a closed connection');
    await relay.stop();
  });

  it('counts for more apps than it allows at once', async () => {
    const apps = Array.from({ length: 30 }, (_, index) => `app-${index}`);
    const collector = open({ address, namespace: 'fleet', query: "TaskQueue='$APP_NAME'" });
    const samples = await collectAll(collector, apps);
    expect([...samples.values()].map(({ kind }) => kind)).toEqual(Array(30).fill('value'));
  });

  it('is reached over TLS with a client certificate, when the authority is trusted', async () => {
    const authority = selfSignedCertificate();
    const { cert, key } = signedCertificate(authority, 'autoscaler');
    const proxy = await tlsBefore(server, authority);
    const { port } = proxy.address() as AddressInfo;
    const secure = { address: `localhost:${port}`, namespace: 'secure' };
    const own = { 'cert-data': cert, 'key-data': key };
    const trusting = { 'ca-data': authority.cert };
    expect(await sampleOf({ ...secure, ...trusting, ...own })).toMatchObject({ value: 0 });
    for (const settings of [trusting, own, { tls: false }]) {
      expect(await sampleOf({ ...secure, ...settings })).toMatchObject({
        code: 'source-unreachable',
      });
    }
    proxy.close();
  });
});

describe.skipIf(skipped)('a real Temporal that comes and goes', () => {
  it('is read as soon as it is up', async () => {
    const relay = tcpRelay();
    await relay.reserve();
    const collector = open({ address: `127.0.0.1:${relay.port}`, namespace: 'orders' });
    const sample = async (): Promise<Sample | undefined> =>
      (await collectAll(collector, ['a'])).get('a');
    const unreachable = { kind: 'error', code: 'source-unreachable' };
    expect(await sample()).toMatchObject(unreachable);
    const first = await started('orders');
    await relay.start(first.port);
    expect(await sample()).toMatchObject({ kind: 'value', value: 0 });
    await first.stop();
    expect(await sample()).toMatchObject(unreachable);
    await relay.stop();
    expect(await sample()).toMatchObject(unreachable);
    const second = await started('orders');
    await relay.start(second.port);
    expect(await sample()).toMatchObject({ kind: 'value', value: 0 });
    await relay.stop();
  });
});

/** Wants a client certificate that the authority has signed. */
async function tlsBefore(
  server: TemporalServer,
  authority: { readonly cert: string; readonly key: string },
): Promise<Server> {
  const options = { requestCert: true, rejectUnauthorized: true, ALPNProtocols: ['h2'] };
  const proxy = createServer({ ...authority, ca: authority.cert, ...options }, (socket) => {
    const onward = connect(server.port, '127.0.0.1');
    socket.on('error', () => onward.destroy());
    onward.on('error', () => socket.destroy());
    socket.on('close', () => onward.destroy());
    socket.pipe(onward).pipe(socket);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return proxy;
}
