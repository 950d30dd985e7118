import { execFile } from 'node:child_process';
import { chown, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import type { TestCertificate } from '../../src/testing/certificate.js';
import { freePort } from '../../src/testing/free-port.js';
import { accountOf, commandPath, startServer, type RunningServer } from './start-server.js';

export interface PostgresServer extends RunningServer {
  readonly port: number;
  /** Runs a statement as the administrator, in the database `postgres`. */
  sql(text: string, values?: readonly unknown[]): Promise<void>;
}

const PASSWORD = 'administrator';

/** Debian package `postgresql`. Asks everybody for a password (SCRAM); with a certificate, it speaks TLS too. */
export async function startPostgres(
  options: { readonly certificate?: TestCertificate } = {},
): Promise<PostgresServer> {
  const port = await freePort();
  const account = accountOf('postgres');
  const put = async (path: string, text: string): Promise<void> => {
    await writeFile(path, text, { mode: 0o600 });
    if (account.uid !== undefined && account.gid !== undefined)
      await chown(path, account.uid, account.gid);
  };
  const { certificate } = options;
  const server = await startServer({
    command: 'postgres',
    account,
    async prepare(folder) {
      await put(join(folder, 'password'), PASSWORD);
      const data = ['-D', join(folder, 'data'), '--no-sync', '-E', 'UTF8', '--locale=C'];
      const access = [
        '-U',
        'postgres',
        '-A',
        'scram-sha-256',
        '--pwfile',
        join(folder, 'password'),
      ];
      const initdb = commandPath('initdb') ?? 'initdb';
      await promisify(execFile)(initdb, [...data, ...access], { cwd: folder, ...account });
      if (certificate === undefined) return;
      await put(join(folder, 'server.crt'), certificate.cert);
      await put(join(folder, 'server.key'), certificate.key);
    },
    args: (folder) => [
      `-D${join(folder, 'data')}`,
      `-p${port}`,
      `-k${folder}`,
      '-cfsync=off',
      '-clisten_addresses=127.0.0.1',
      ...(certificate === undefined
        ? []
        : ['ssl=on', `ssl_cert_file=${folder}/server.crt`, `ssl_key_file=${folder}/server.key`]
            .concat(`ssl_ca_file=${folder}/server.crt`)
            .map((setting) => `-c${setting}`)),
    ],
    isReady: (output) => output.includes('ready to accept connections'),
  });
  return {
    ...server,
    port,
    async sql(text, values = []) {
      const client = new Client({
        host: '127.0.0.1',
        port,
        user: 'postgres',
        password: PASSWORD,
        database: 'postgres',
      });
      await client.connect();
      try {
        await client.query(text, [...values]);
      } finally {
        await client.end();
      }
    },
  };
}
