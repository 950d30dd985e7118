import type { Socket } from 'node:net';
import { checkServerIdentity, type ConnectionOptions } from 'node:tls';
import type { QueryArrayConfig } from 'pg';
import type { ErrorCode } from '../../core/model/errors.js';
import type { TlsOptions } from '../../seams/http.js';
import type { SqlDriver } from '../shared/sql/sql-collector.js';
import type { SqlConnection } from '../shared/sql/sql-pool.js';
import type { SqlServer } from '../shared/sql/sql-server.js';

export const postgresDriver: SqlDriver = {
  type: 'postgres',
  schemes: ['postgres', 'postgresql'],
  defaultPort: 5432,
  exampleUrl: 'postgres://scaler@db.example.com:5432/jobs',
  dialect: {
    placeholder: (number, asText) => `$${number}${asText ? '::text' : ''}`,
    concat: (parts) => `(${parts.join(' || ')})`,
    comment: /--[^\n]*|\/\*[\s\S]*?\*\//y,
    literals: [/([eE])(')((?:[^'\\]|''|\\[\s\S])*)'/y, /()(')((?:[^']|'')*)'/y],
    quoted: /"(?:[^"]|"")*"|\$([A-Za-z_]\w*)?\$[\s\S]*?\$\1\$/y,
  },
  connect: (server) => (socket) => connect(server, socket),
  meaningOf,
};

async function connect(server: SqlServer, socket: Socket): Promise<SqlConnection> {
  const { Client } = await import('pg');
  const client = new Client({
    host: server.host,
    port: server.port,
    user: server.user,
    password: server.password,
    database: server.database,
    ssl: server.tls === null ? false : tlsOptions(server.tls),
    stream: () => socket,
    keepAlive: true,
    application_name: 'fly-autoscaler',
  });
  // Without a listener, a server that goes away would end the process.
  client.on('error', () => void socket.destroy());
  await client.connect();
  return {
    async query(text, values, limitMs) {
      // By transaction, not by session: poolers such as PgBouncer give each transaction another session.
      const limit = Math.max(1, Math.ceil(limitMs));
      try {
        await client.query(`BEGIN READ ONLY; SET LOCAL statement_timeout = ${limit}`);
        const query: QueryArrayConfig<string[]> & { readonly queryMode: 'extended' } = {
          text,
          values: [...values],
          rowMode: 'array',
          // Takes one statement only: no second one can end the transaction.
          queryMode: 'extended',
          types: { getTypeParser: () => (cell: unknown) => cell },
        };
        const { fields, rows } = await client.query<unknown[]>(query);
        return { columns: fields.map(({ name }) => name), rows };
      } finally {
        // Also tells whether the connection still works: what the server says when it hangs up is an error like others.
        await client.query('ROLLBACK').catch(() => void socket.destroy());
      }
    },
    end() {
      client.end().catch(() => undefined);
    },
  };
}

function tlsOptions({ ca, cert, key, serverName, isInsecure }: TlsOptions): ConnectionOptions {
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(serverName === undefined
      ? {}
      : { checkServerIdentity: (_, peer) => checkServerIdentity(serverName, peer) }),
    rejectUnauthorized: isInsecure !== true,
  };
}

/** By SQLSTATE (PostgreSQL's manual, appendix A); without one there was no answer. */
function meaningOf(error: unknown): { readonly code: ErrorCode; readonly hint: string } {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  const state = typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : '';
  if (/^28|^42501/.test(state) || (typeof message === 'string' && message.startsWith('SASL'))) {
    return { code: 'source-unauthorized', hint: 'the credentials are refused' };
  }
  if (state === '57014') return { code: 'source-timeout', hint: 'the server ended the query' };
  if (/^(53|57|58|XX|40|55)/.test(state)) {
    return { code: 'source-unavailable', hint: 'the server is in trouble' };
  }
  if (state !== '' && !state.startsWith('08')) {
    return { code: 'source-query-invalid', hint: 'the query is refused' };
  }
  return { code: 'source-unreachable', hint: 'the server cannot be reached' };
}
