import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from '../../src/testing/free-port.js';
import { eventually, startServer, type RunningServer } from './start-server.js';

export interface RedisServer extends RunningServer {
  readonly port: number;
}

export interface RedisOptions {
  /** Further lines of redis.conf. */
  readonly config?: readonly string[];
  /** Talks TLS alone, and wants a client certificate that this one has signed. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** The port to listen on; a free one unless told. */
  readonly port?: number;
  readonly isSentinel?: boolean;
}

/** Debian package `redis-server`. Ready to take connections. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const port = options.port ?? (await freePort());
  const server = await startServer({
    command: 'redis-server',
    prepare: async (folder) => {
      await writeFile(join(folder, 'tls.crt'), options.tls?.cert ?? '');
      await writeFile(join(folder, 'tls.key'), options.tls?.key ?? '');
      await writeFile(join(folder, 'redis.conf'), configText(port, folder, options));
    },
    args: (folder) => [
      join(folder, 'redis.conf'),
      ...(options.isSentinel === true ? ['--sentinel'] : []),
    ],
    isReady: (output) => /Ready to accept connections|Sentinel ID is/.test(output),
  });
  return { ...server, port };
}

/** Three nodes that share the slots. */
export async function startRedisCluster(): Promise<readonly RedisServer[]> {
  const nodes = await Promise.all(
    [1, 2, 3].map(() =>
      startRedis({ config: ['cluster-enabled yes', 'cluster-node-timeout 2000'] }),
    ),
  );
  const clients = nodes.map(({ port }) => new Redis(port, '127.0.0.1'));
  const [first] = clients;
  const share = Math.ceil(16_384 / nodes.length);
  for (const [index, client] of clients.entries()) {
    const last = Math.min((index + 1) * share, 16_384) - 1;
    await client.call('CLUSTER', 'ADDSLOTSRANGE', index * share, last);
    await client.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
    if (index > 0) await first?.call('CLUSTER', 'MEET', '127.0.0.1', nodes[index]!.port);
  }
  await eventually(async () => {
    const states = await Promise.all(clients.map((client) => client.call('CLUSTER', 'INFO')));
    return states.every((state) => /cluster_state:ok[\s\S]*cluster_size:3/.test(String(state)));
  }, 'a cluster that is ready');
  for (const client of clients) client.disconnect();
  return nodes;
}

function configText(port: number, folder: string, { config = [], tls }: RedisOptions): string {
  const listening =
    tls === undefined
      ? [`port ${port}`]
      : [
          'port 0',
          `tls-port ${port}`,
          `tls-cert-file ${folder}/tls.crt`,
          `tls-key-file ${folder}/tls.key`,
          `tls-ca-cert-file ${folder}/tls.crt`,
          'tls-auth-clients yes',
        ];
  const lines = [...listening, 'bind 127.0.0.1', `dir ${folder}`, ...config];
  return `${lines.join('\n')}\n`;
}
