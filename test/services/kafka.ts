import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../src/testing/free-port.js';
import { startServer, type RunningServer } from './start-server.js';

/** The oldest that is still common, and a new one, which dropped old versions of the protocol. */
export const KAFKA_VERSIONS = ['3.9.1', '4.1.0'] as const;

export type KafkaVersion = (typeof KAFKA_VERSIONS)[number];

export interface KafkaBroker extends RunningServer {
  /** host:port, for everybody and in the clear. */
  readonly address: string;
  /** host:port, for users over TLS; the broker wants a client certificate that `tls` has signed. */
  readonly secureAddress: string;
}

export interface KafkaOptions {
  readonly version: KafkaVersion;
  /** For the secure address. */
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly username?: string;
  readonly password?: string;
}

/** Where scripts/install-test-servers puts the broker's libraries. */
export function kafkaFolder(version: KafkaVersion): string {
  const cache = process.env['FAS_TEST_CACHE'] ?? join(homedir(), '.cache/fly-autoscaler-tests');
  return join(cache, `kafka-${version}`);
}

const CLUSTER_ID = 'MkU3OEVBNTcwNTJENDM2Qk';

/** A broker that is its own controller, from its Maven artifacts. Ready to take connections. */
export async function startKafka(options: KafkaOptions): Promise<KafkaBroker> {
  const [plain, secure, controller] = [await freePort(), await freePort(), await freePort()];
  const java = (...args: readonly string[]): readonly string[] => [
    '-Xmx256m',
    '-XX:TieredStopAtLevel=1',
    '-cp',
    `${kafkaFolder(options.version)}/*`,
    ...args,
  ];
  const server = await startServer({
    command: 'java',
    prepare: async (folder) => {
      const file = join(folder, 'broker.properties');
      await writeFile(file, configText({ plain, secure, controller, folder }, options));
      const format = ['format', `--cluster-id=${CLUSTER_ID}`, '-c', file, ...scramUsers(options)];
      // Java reads its arguments in the encoding of the locale.
      const env = { ...process.env, LC_ALL: 'C.UTF-8' };
      await promisify(execFile)('java', java('kafka.tools.StorageTool', ...format), { env });
    },
    args: (folder) => java('kafka.Kafka', join(folder, 'broker.properties')),
    isReady: (output) => output.includes('Kafka Server started'),
  });
  return { ...server, address: `127.0.0.1:${plain}`, secureAddress: `localhost:${secure}` };
}

function scramUsers({ username, password }: KafkaOptions): readonly string[] {
  if (username === undefined) return [];
  return ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
    '--add-scram',
    `${mechanism}=[name=${username},password=${password}]`,
  ]);
}

function configText(
  at: { plain: number; secure: number; controller: number; folder: string },
  { tls, username, password }: KafkaOptions,
): string {
  const isSecure = tls !== undefined && username !== undefined;
  const listeners = [
    `PLAIN://127.0.0.1:${at.plain}`,
    `CONTROLLER://127.0.0.1:${at.controller}`,
    ...(isSecure ? [`SECURE://localhost:${at.secure}`] : []),
  ];
  const security = 'org.apache.kafka.common.security';
  const secureSettings = {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.certificate.chain': tls?.cert,
    'ssl.keystore.key': tls?.key,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.certificates': tls?.cert,
    'ssl.client.auth': 'required',
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    'plain.sasl.jaas.config': `${security}.plain.PlainLoginModule required user_${username}="${password}";`,
    'scram-sha-256.sasl.jaas.config': `${security}.scram.ScramLoginModule required;`,
    'scram-sha-512.sasl.jaas.config': `${security}.scram.ScramLoginModule required;`,
  };
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${at.controller}`,
    listeners: listeners.join(','),
    'advertised.listeners': listeners.filter((one) => !one.startsWith('CONTROLLER')).join(','),
    'listener.security.protocol.map': 'PLAIN:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:SASL_SSL',
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAIN',
    'log.dirs': join(at.folder, 'data'),
    'auto.create.topics.enable': false,
    'offsets.topic.num.partitions': 4,
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    ...(isSecure
      ? Object.fromEntries(
          Object.entries(secureSettings).map(([key, value]) => [
            `listener.name.secure.${key}`,
            value,
          ]),
        )
      : {}),
  };
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${propertyOf(String(value).trim())}\n`)
    .join('');
}

/** In a properties file a value goes on only where its line breaks are escaped, and is read as Latin-1. */
function propertyOf(value: string): string {
  return value
    .replaceAll('\n', '\\n')
    .replaceAll(/[^ -~]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
