import { chown, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestCertificate } from '../../src/testing/certificate.js';
import { freePort } from '../../src/testing/free-port.js';
import { accountOf, startServer, type RunningServer } from './start-server.js';

export interface RabbitmqServer extends RunningServer {
  /** Of AMQP; with a certificate, `tlsPort` talks TLS and wants a client certificate that it signed. */
  readonly port: number;
  readonly tlsPort: number;
  /** Of the management API, without a slash at its end. */
  readonly managementUrl: string;
  /** A request to the management API as the administrator; rejects when it is refused. */
  manage(method: 'GET' | 'PUT' | 'DELETE', path: string, body?: object): Promise<unknown>;
}

export const RABBITMQ_ADMIN = { username: 'admin', password: 'administrator-1' };

/** Debian package `rabbitmq-server`, with its management API. */
export async function startRabbitmq(
  options: { readonly certificate?: TestCertificate } = {},
): Promise<RabbitmqServer> {
  const account = accountOf('rabbitmq');
  const [port, tlsPort, managementPort, nodePort] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const epmd = await startEpmd();
  const { certificate } = options;
  const put = async (path: string, text: string): Promise<void> => {
    await writeFile(path, text, { mode: 0o600 });
    if (account.uid !== undefined && account.gid !== undefined)
      await chown(path, account.uid, account.gid);
  };
  const server = await startServer({
    command: 'sh',
    account,
    startLimitMs: 180_000,
    async prepare(folder) {
      await put(join(folder, 'enabled_plugins'), '[rabbitmq_management].');
      await put(join(folder, 'server.crt'), certificate?.cert ?? '');
      await put(join(folder, 'server.key'), certificate?.key ?? '');
      await put(
        join(folder, 'rabbitmq.conf'),
        [
          `listeners.tcp.1 = 127.0.0.1:${port}`,
          'management.tcp.ip = 127.0.0.1',
          `management.tcp.port = ${managementPort}`,
          `default_user = ${RABBITMQ_ADMIN.username}`,
          `default_pass = ${RABBITMQ_ADMIN.password}`,
          'collect_statistics_interval = 1000',
          // The first handshake has all of its TLS code to load: on a busy machine the defaults of 5 and 10 s are short.
          'handshake_timeout = 60000',
          'ssl_handshake_timeout = 60000',
          'log.file = false',
          'log.console = true',
          ...(certificate === undefined ? [] : tlsLines(folder, tlsPort)),
          '',
        ].join('\n'),
      );
    },
    // Not the command on the PATH, which insists on an account of its own.
    args: () => ['/usr/lib/rabbitmq/bin/rabbitmq-server'],
    env: serverEnv(epmd.port, nodePort),
    isReady: (output) => output.includes('Server startup complete'),
  }).catch(async (error: unknown) => {
    await epmd.stop();
    throw error;
  });
  const managementUrl = `http://127.0.0.1:${managementPort}`;
  return {
    ...server,
    port,
    tlsPort,
    managementUrl,
    async manage(method, path, body) {
      const { username, password } = RABBITMQ_ADMIN;
      const basic = Buffer.from(`${username}:${password}`).toString('base64');
      const answer = await fetch(`${managementUrl}/api${path}`, {
        method,
        headers: { authorization: `Basic ${basic}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${method} ${path}: HTTP ${answer.status} ${text}`);
      return text === '' ? null : JSON.parse(text);
    },
    async stop() {
      await server.stop();
      await epmd.stop();
    },
  };
}

/** The node would otherwise start one by itself that outlives it. */
async function startEpmd(): Promise<RunningServer & { readonly port: number }> {
  const port = await freePort();
  const server = await startServer({
    command: 'epmd',
    args: () => ['-debug', '-port', String(port), '-address', '127.0.0.1'],
    isReady: (output) => output.includes('epmd running'),
  });
  return { ...server, port };
}

/** Relative to the server's folder, where it is started. */
function serverEnv(epmdPort: number, nodePort: number): Readonly<Record<string, string>> {
  return {
    HOME: '.',
    // The script then becomes the server, so that ending the process ends the server.
    RUNNING_UNDER_SYSTEMD: 'true',
    RABBITMQ_NODENAME: `test-${nodePort}@localhost`,
    RABBITMQ_MNESIA_BASE: './mnesia',
    RABBITMQ_LOG_BASE: './log',
    RABBITMQ_CONFIG_FILE: './rabbitmq.conf',
    RABBITMQ_ENABLED_PLUGINS_FILE: './enabled_plugins',
    RABBITMQ_DIST_PORT: String(nodePort),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    ERL_EPMD_PORT: String(epmdPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
  };
}

function tlsLines(folder: string, port: number): readonly string[] {
  return [
    `listeners.ssl.1 = 127.0.0.1:${port}`,
    `ssl_options.cacertfile = ${folder}/server.crt`,
    `ssl_options.certfile = ${folder}/server.crt`,
    `ssl_options.keyfile = ${folder}/server.key`,
    'ssl_options.verify = verify_peer',
    'ssl_options.fail_if_no_peer_cert = true',
  ];
}
