import { connect, type ConfirmChannel, type ChannelModel } from 'amqplib';
import { afterAll, beforeAll, describe } from 'vitest';
import { needs } from '../../../test/services/needs.js';
import {
  RABBITMQ_ADMIN,
  startRabbitmq,
  type RabbitmqServer,
} from '../../../test/services/rabbitmq.js';
import { connectHttp } from '../../cli/adapters/http.js';
import { seededRandom, type Clock } from '../../seams/clock.js';
import { CONTRACT_SECRET, describeCollectorContract } from '../../testing/collector-contract.js';
import { fakePrometheus, type FakePrometheus } from '../../testing/fake-prometheus.js';
import { steeredProxy, type SteeredProxy } from '../../testing/steered-proxy.js';
import { rabbitmq } from './index.js';
import type { Collector } from '../../seams/collector.js';

interface Rig {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly defaultValue?: number;
}

function open(url: string, { clock, timeoutMs, defaultValue }: Rig): Collector {
  return rabbitmq.create(
    rabbitmq.schema.parse({
      'metric-name': 'jobs',
      url,
      queue: 'q_$APP_NAME',
      default: defaultValue,
    }),
    {
      connect: connectHttp,
      clock,
      timeoutMs,
      random: seededRandom(1),
      userAgent: 'test',
      warn: () => undefined,
    },
  );
}

let server: RabbitmqServer;
let admin: ChannelModel;
let channel: ConfirmChannel;
const declared = new Set<string>();

beforeAll(async () => {
  if (needs('rabbitmq-server')) return;
  server = await startRabbitmq();
  const { username, password } = RABBITMQ_ADMIN;
  admin = await connect({ hostname: '127.0.0.1', port: server.port, username, password });
  channel = await admin.createConfirmChannel();
}, 240_000);
afterAll(async () => {
  await admin?.close();
  await server?.stop();
}, 60_000);

async function setQueues(values: ReadonlyMap<string, number>): Promise<void> {
  for (const name of declared) await channel.deleteQueue(name);
  declared.clear();
  for (const [app, count] of values) {
    const name = `q_${app}`;
    declared.add(name);
    await channel.assertQueue(name, { durable: false });
    for (let sent = 0; sent < count; sent += 1) channel.sendToQueue(name, Buffer.from('x'));
  }
  await channel.waitForConfirms();
}

describe.skipIf(needs('rabbitmq-server'))('a real server', () => {
  describeCollectorContract('rabbitmq by AMQP', {
    server: () =>
      steeredProxy({
        port: server.port,
        questionMark: 'q_',
        questionsIn: (chunk) => chunk.toString('latin1').split('q_').length - 1,
        setValues: setQueues,
        async setOpen(isOpen) {
          const password = isOpen ? CONTRACT_SECRET : 'another';
          await server.manage('PUT', '/users/scaler', { password, tags: '' });
          const rights = { configure: '', write: '', read: '.*' };
          await server.manage('PUT', '/permissions/%2F/scaler', rights);
        },
      }),
    roundTripsFor500Apps: 500,
    collector: ({ server, ...rig }) =>
      open(`amqp://scaler:${CONTRACT_SECRET}@127.0.0.1:${(server as SteeredProxy).port}`, rig),
  });
});

/** The management API as its answers were seen; a real one is asked in real.test.ts. */
async function fakeManagement(): Promise<FakePrometheus> {
  const fake = await fakePrometheus();
  fake.respond = ({ path }, response) => {
    const [, , , vhost, only] = path.split('/').map(decodeURIComponent);
    if (vhost !== '/') throw new Error(`vhost ${vhost}`);
    const queues = [...fake.values].map(([app, count]) => ({
      name: `q_${app}`,
      messages_ready: count,
    }));
    if (only === undefined) {
      response.end(JSON.stringify(queues));
      return;
    }
    const queue = queues.find(({ name }) => name === only);
    response.statusCode = queue === undefined ? 404 : 200;
    response.end(JSON.stringify(queue ?? { error: 'Object Not Found' }));
  };
  return fake;
}

describeCollectorContract('rabbitmq by the management API', {
  server: fakeManagement,
  roundTripsFor500Apps: 1,
  collector: ({ server, ...rig }) => {
    const address = (server as FakePrometheus).address;
    return open(address.replace('http://', `http://scaler:${CONTRACT_SECRET}@`), rig);
  },
});
