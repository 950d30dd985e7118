import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createConnection } from 'mysql2/promise';
import type { TestCertificate } from '../../src/testing/certificate.js';
import { freePort } from '../../src/testing/free-port.js';
import { commandPath, startServer, type RunningServer } from './start-server.js';

export interface MariadbServer extends RunningServer {
  readonly port: number;
  /** Runs statements as the administrator, in the database `jobs`. */
  sql(text: string, values?: readonly (string | number)[]): Promise<void>;
}

const PASSWORD = 'administrator';

/** Debian package `mariadb-server`. With a certificate, it speaks TLS too. */
export async function startMariadb(
  options: { readonly certificate?: TestCertificate } = {},
): Promise<MariadbServer> {
  const port = await freePort();
  const { certificate } = options;
  const server = await startServer({
    command: 'mariadbd',
    async prepare(folder) {
      await writeFile(
        join(folder, 'init.sql'),
        `CREATE DATABASE jobs;\nCREATE USER administrator@'127.0.0.1' IDENTIFIED BY '${PASSWORD}';\nGRANT ALL ON *.* TO administrator@'127.0.0.1' WITH GRANT OPTION;\n`,
      );
      if (certificate !== undefined) {
        await writeFile(join(folder, 'server.crt'), certificate.cert);
        await writeFile(join(folder, 'server.key'), certificate.key);
      }
      const install = commandPath('mariadb-install-db') ?? 'mariadb-install-db';
      const data = ['--no-defaults', `--datadir=${folder}/data`, `--user=${userInfo().username}`];
      await promisify(execFile)(install, [...data, '--skip-test-db'], { cwd: folder });
    },
    args: (folder) => [
      '--no-defaults',
      `--datadir=${folder}/data`,
      `--user=${userInfo().username}`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      '--skip-name-resolve',
      `--socket=${folder}/mariadb.sock`,
      `--pid-file=${folder}/mariadb.pid`,
      `--init-file=${folder}/init.sql`,
      '--innodb-flush-log-at-trx-commit=0',
      '--innodb-buffer-pool-size=16M',
      ...(certificate === undefined
        ? []
        : [`--ssl-cert=${folder}/server.crt`, `--ssl-key=${folder}/server.key`].concat(
            `--ssl-ca=${folder}/server.crt`,
          )),
    ],
    isReady: (output) => output.includes('ready for connections'),
  });
  return {
    ...server,
    port,
    async sql(text, values = []) {
      const client = await createConnection({
        host: '127.0.0.1',
        port,
        user: 'administrator',
        password: PASSWORD,
        database: 'jobs',
        multipleStatements: true,
      });
      try {
        await client.query(text, [...values]);
      } finally {
        await client.end();
      }
    },
  };
}
