/** Settings of a collector of each type, for servers that are not there. */
import { createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

const MODULE = new URL('../../examples/custom-collector/beanstalkd.js', import.meta.url);

/** By type; nobody listens on port 1. */
const SETTINGS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  prometheus: { ADDRESS: 'http://127.0.0.1:1', QUERY: "jobs{app='$APP_NAME'}" },
  temporal: { ADDRESS: '127.0.0.1:1', NAMESPACE: 'default' },
  http: { URL: 'http://127.0.0.1:1' },
  schedule: { WINDOWS: '0 8 * * 1-5 10h 5', TIME_ZONE: 'UTC' },
  postgres: { URL: 'postgres://scaler@127.0.0.1:1/jobs', QUERY: 'select 1' },
  mysql: { URL: 'mysql://scaler@127.0.0.1:1/jobs', QUERY: 'select 1' },
  redis: { URL: 'redis://127.0.0.1:1', KEY: 'jobs' },
  nats: { URL: 'nats://127.0.0.1:1', STREAM: 'JOBS' },
  kafka: { BROKERS: '127.0.0.1:1', TOPICS: 'jobs' },
  rabbitmq: { URL: 'amqp://127.0.0.1:1', QUEUE: 'jobs' },
  sqs: {
    QUEUE: 'jobs',
    ENDPOINT: 'http://127.0.0.1:1',
    REGION: 'local',
    ACCESS_KEY_ID: 'x',
    SECRET_ACCESS_KEY: 'x',
  },
  module: { PATH: fileURLToPath(MODULE), OPTIONS: 'host: 127.0.0.1\nport: 1' },
  'keda-external': { ADDRESS: '127.0.0.1:1' },
};

export const SOURCE_TYPES: readonly string[] = Object.keys(SETTINGS);

/** Its metric is the type's name, with `_` for `-`. */
export function metricOf(type: string): string {
  return type.replaceAll('-', '_');
}

/** Greets as a NATS server does and hangs up: its driver is loaded for a server that is one, and not before. */
export async function startGreeter(): Promise<{ readonly port: number; close(): void }> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end('INFO {"server_id":"x","version":"2.9.0","proto":1,"max_payload":1048576}\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, close: () => void server.close() };
}

/** Environment of the program: a collector for each type, and a count that reads them all. */
export function sourceEnv(
  types: readonly string[],
  greeterPort: number,
): Readonly<Record<string, string>> {
  const env: Record<string, string> = {
    FAS_CREATED_MACHINE_COUNT: ['1', ...types.map(metricOf)].join(' + '),
  };
  for (const type of types) {
    const prefix = `FAS_${metricOf(type).toUpperCase()}`;
    env[`${prefix}_METRIC_NAME`] = metricOf(type);
    for (const [key, value] of Object.entries(SETTINGS[type] ?? {}))
      env[`${prefix}_${key}`] = value;
  }
  if (types.includes('nats')) env['FAS_NATS_URL'] = `nats://127.0.0.1:${greeterPort}`;
  return env;
}
