import type { Socket } from 'node:net';
import type { ErrorCode } from '../../core/model/errors.js';
import type { SqlDriver } from '../shared/sql/sql-collector.js';
import type { SqlConnection } from '../shared/sql/sql-pool.js';
import type { SqlServer } from '../shared/sql/sql-server.js';

export const mysqlDriver: SqlDriver = {
  type: 'mysql',
  schemes: ['mysql', 'mariadb'],
  defaultPort: 3306,
  exampleUrl: 'mysql://scaler@db.example.com:3306/jobs',
  dialect: {
    placeholder: () => '?',
    concat: (parts) => `CONCAT(${parts.join(', ')})`,
    comment: /--(?=\s)[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\//y,
    literals: [/()(['"])((?:(?!\2)[^\\]|\\[\s\S]|\2\2)*)\2/y],
    quoted: /`(?:[^`]|``)*`/y,
  },
  connect: (server) => (socket) => connect(server, socket),
  meaningOf,
};

async function connect(server: SqlServer, socket: Socket): Promise<SqlConnection> {
  const { createConnection } = await import('mysql2/promise');
  const { tls } = server;
  socket.setKeepAlive(true);
  const client = await createConnection({
    // Only names the server for TLS: the socket knows where to go.
    host: tls?.serverName ?? server.host,
    user: server.user,
    password: server.password,
    database: server.database,
    stream: () => socket.connect(server.port, server.host),
    // Its timer would be real time; the collection has a deadline.
    connectTimeout: 0,
    rowsAsArray: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
    dateStrings: true,
    ...(tls === null
      ? {}
      : {
          ssl: {
            ...(tls.ca === undefined ? {} : { ca: tls.ca }),
            ...(tls.cert === undefined ? {} : { cert: tls.cert }),
            ...(tls.key === undefined ? {} : { key: tls.key }),
            rejectUnauthorized: tls.isInsecure !== true,
            verifyIdentity: tls.isInsecure !== true,
          },
        }),
  });
  // Without a listener, a server that goes away would end the process.
  client.on('error', () => void socket.destroy());
  await client.query('SET SESSION TRANSACTION READ ONLY');
  const [[[version]]] = (await client.query('SELECT VERSION()')) as unknown as [[[string]]];
  let limitSetMs: number | null = null;
  return {
    async query(text, values, limitMs) {
      try {
        if (limitSetMs !== limitMs) {
          await client.query(limitStatement(version, limitMs));
          limitSetMs = limitMs;
        }
        // Prepared by the server, so that values are bound there and one statement is all there can be.
        const [rows, fields] = await client.execute(text, [...values]);
        if (!Array.isArray(rows)) return { columns: [], rows: [] };
        return { columns: fields.map(({ name }) => name), rows: rows as unknown as unknown[][] };
      } catch (error) {
        // What the server says when it hangs up is an error like others: see whether it still answers.
        await client.query('DO 0').catch(() => void socket.destroy());
        throw error;
      }
    },
    end() {
      client.end().catch(() => undefined);
    },
  };
}

function limitStatement(version: string, limitMs: number): string {
  if (/mariadb/i.test(version)) return `SET SESSION max_statement_time = ${limitMs / 1000}`;
  return `SET SESSION max_execution_time = ${Math.max(1, Math.ceil(limitMs))}`;
}

const REFUSED = new Set([1044, 1045, 1142, 1143, 1227, 1370, 1698]);
const ENDED = new Set([1317, 1969, 3024]);
const TROUBLED = new Set([1040, 1053, 1129, 1203, 1205, 1213, 1226]);

/** By the server's error number; without a message of the server there was no answer. */
function meaningOf(error: unknown): { readonly code: ErrorCode; readonly hint: string } {
  const { errno, sqlMessage } = error as { readonly errno?: unknown; sqlMessage?: unknown };
  if (typeof errno !== 'number' || typeof sqlMessage !== 'string') {
    return { code: 'source-unreachable', hint: 'the server cannot be reached' };
  }
  if (REFUSED.has(errno)) {
    return { code: 'source-unauthorized', hint: 'the credentials are refused' };
  }
  if (ENDED.has(errno)) return { code: 'source-timeout', hint: 'the server ended the query' };
  if (TROUBLED.has(errno)) return { code: 'source-unavailable', hint: 'the server is in trouble' };
  return { code: 'source-query-invalid', hint: 'the query is refused' };
}
