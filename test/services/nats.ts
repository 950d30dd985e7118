import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nkeys } from '@nats-io/transport-node';
import { freePort } from '../../src/testing/free-port.js';
import { startServer, type RunningServer } from './start-server.js';

export interface NatsServer extends RunningServer {
  readonly port: number;
  /** Clients that are connected now. */
  clientCount(): Promise<number>;
}

export interface NatsOptions {
  /** Further lines of the configuration. */
  readonly config?: string;
  /** Talks TLS alone, and wants a client certificate that this one has signed. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** Debian package `nats-server`, with JetStream. Ready to take connections. */
export async function startNats(options: NatsOptions = {}): Promise<NatsServer> {
  const [port, monitorPort] = [await freePort(), await freePort()];
  const server = await startServer({
    command: 'nats-server',
    prepare: async (folder) => {
      await writeFile(join(folder, 'tls.crt'), options.tls?.cert ?? '');
      await writeFile(join(folder, 'tls.key'), options.tls?.key ?? '');
      await writeFile(
        join(folder, 'nats.conf'),
        configText({ port, monitorPort, folder }, options),
      );
    },
    args: (folder) => ['-c', join(folder, 'nats.conf')],
    isReady: (output) => output.includes('Server is ready'),
  });
  const clientCount = async (): Promise<number> => {
    const answer = await fetch(`http://127.0.0.1:${monitorPort}/connz`);
    return ((await answer.json()) as { num_connections: number }).num_connections;
  };
  return { ...server, port, clientCount };
}

function configText(
  { port, monitorPort, folder }: { port: number; monitorPort: number; folder: string },
  { config = '', tls }: NatsOptions,
): string {
  const files = ['cert_file: tls.crt', 'key_file: tls.key', 'ca_file: tls.crt', 'verify: true']
    .map((line) => line.replace('tls.', `${folder}/tls.`))
    .join('\n');
  return [
    `listen: 127.0.0.1:${port}`,
    `http: 127.0.0.1:${monitorPort}`,
    `jetstream { store_dir: "${folder}/data" }`,
    tls === undefined ? '' : `tls {\n${files}\n}`,
    config,
    '',
  ].join('\n');
}

export interface NatsAccount {
  /** The configuration of a server that knows the account alone. */
  readonly config: string;
  /** The content of a .creds file of a user of the account, and its parts. */
  readonly creds: string;
  readonly jwt: string;
  readonly seed: string;
}

/** An operator with one account that may use JetStream, and one user in it, as `nsc` makes them. */
export function natsAccount(): NatsAccount {
  const operator = nkeys.createOperator();
  const [system, account] = [nkeys.createAccount(), nkeys.createAccount()];
  const user = nkeys.createUser();
  const limits = Object.fromEntries(
    ['subs', 'data', 'payload', 'imports', 'exports', 'conn', 'leaf'].map((name) => [name, -1]),
  );
  const jetStream = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 };
  const operatorJwt = signed(operator, operator, {
    type: 'operator',
    system_account: system.getPublicKey(),
  });
  const systemJwt = signed(operator, system, { type: 'account', limits });
  const accountJwt = signed(operator, account, {
    type: 'account',
    limits: { ...limits, ...jetStream, wildcards: true },
  });
  const jwt = signed(account, user, { type: 'user', subs: -1, data: -1, payload: -1 });
  const seed = new TextDecoder().decode(user.getSeed());
  return {
    config: [
      `operator: ${operatorJwt}`,
      `system_account: ${system.getPublicKey()}`,
      'resolver: MEMORY',
      'resolver_preload: {',
      `  ${system.getPublicKey()}: ${systemJwt}`,
      `  ${account.getPublicKey()}: ${accountJwt}`,
      '}',
    ].join('\n'),
    creds: [
      '-----BEGIN NATS USER JWT-----',
      jwt,
      '------END NATS USER JWT------',
      '',
      '-----BEGIN USER NKEY SEED-----',
      seed,
      '------END USER NKEY SEED------',
      '',
    ].join('\n'),
    jwt,
    seed,
  };
}

type KeyPair = ReturnType<typeof nkeys.createUser>;

/** A JWT of NATS, version 2 (docs.nats.io, "JWTs"): signed with Ed25519 by the issuer's NKey. */
function signed(
  issuer: KeyPair,
  subject: KeyPair,
  claims: Readonly<Record<string, unknown>>,
): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const body = [
    part({ typ: 'JWT', alg: 'ed25519-nkey' }),
    part({
      jti: subject.getPublicKey(),
      iat: 1_700_000_000,
      iss: issuer.getPublicKey(),
      sub: subject.getPublicKey(),
      name: 'test',
      nats: { version: 2, ...claims },
    }),
  ].join('.');
  const signature = issuer.sign(new TextEncoder().encode(body));
  return `${body}.${Buffer.from(signature).toString('base64url')}`;
}
