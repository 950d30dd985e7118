/** One connection to each Redis (one to each node of a cluster), however many collectors and apps use it. */
import type { Cluster, Redis, RedisOptions } from 'ioredis';
import { abortable } from '../../seams/clock.js';
import type { TlsOptions } from '../../seams/http.js';
import { Lines } from '../shared/pacing/lines.js';

export interface RedisServer {
  /** One, or the Sentinels, or nodes of the cluster. */
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
  readonly isCluster: boolean;
  readonly sentinel: {
    readonly name: string;
    readonly username: string | undefined;
    readonly password: string | undefined;
  } | null;
  /** Null: without TLS. */
  readonly tls: TlsOptions | null;
}

/** A command and its arguments; the first of these is a key. */
export type Command = readonly [string, ...string[]];

export interface RedisConnection {
  /**
   * All commands in one write (in a cluster one for each node); the answers in their order, an `Error` for a command
   * that failed. Rejects when there is no connection, or with the signal's reason.
   */
  run(commands: readonly Command[], signal: AbortSignal): Promise<readonly unknown[]>;
  /** Connects anew at the next run, as of `Line`. */
  renew(): void;
  /** The last user's close ends the connection. */
  close(): Promise<void>;
}

type Client = Redis | Cluster;

interface Opened {
  readonly client: Client;
  /** Resolves once it is connected; rejects with what was wrong. */
  readonly isConnected: Promise<void>;
}

const connections = new Lines<Promise<Opened>>();

/** Opens nothing yet; the driver is loaded at the first run. */
export function openRedis(server: RedisServer): RedisConnection {
  const line = connections.join(JSON.stringify(server), {
    open(forget) {
      const opening = connect(server, forget);
      const drop = ({ client, isConnected }: Opened): Promise<void> =>
        isConnected.catch(() => {
          forget();
          client.disconnect();
        });
      opening.then(drop).catch(forget);
      return opening;
    },
    end(opening) {
      opening.then(
        ({ client }) => client.disconnect(),
        () => undefined,
      );
    },
  });
  return {
    run: (commands, signal) =>
      line.use(async (opening) => {
        const { client, isConnected } = await abortable(signal, opening);
        await abortable(signal, isConnected);
        // The driver writes what is asked in one turn of the event loop as one pipeline.
        const answers = commands.map(([name, ...args]) =>
          client.call(name, ...args).catch((error: unknown) => error),
        );
        return await abortable(signal, Promise.all(answers));
      }),
    renew: () => line.renew(),
    close: () => line.close(),
  };
}

async function connect(server: RedisServer, onEnd: () => void): Promise<Opened> {
  const driver = await import('ioredis');
  const client = server.isCluster
    ? new driver.Cluster([...server.hosts], {
        lazyConnect: true,
        clusterRetryStrategy: () => null,
        enableAutoPipelining: true,
        redisOptions: commonOptions(server),
        ...(server.tls === null ? {} : { dnsLookup: (name, done) => done(null, name) }),
      })
    : new driver.Redis({ ...commonOptions(server), ...placeOptions(server) });
  // The driver tells why only by event, and rejects with "Connection is closed".
  let reason: Error | null = null;
  client.on('error', (error: Error) => {
    reason ??= innermost(error);
  });
  client.once('end', onEnd);
  const isConnected = enter(client, server).catch((error: unknown) => {
    throw reason ?? error;
  });
  // Whoever runs commands hears of it; nobody may be left by then.
  isConnected.catch(() => undefined);
  return { client, isConnected };
}

/** The driver goes on in database 0 where it may not enter another: so it is not the driver that chooses. */
async function enter(client: Client, { database }: RedisServer): Promise<void> {
  await client.connect();
  if (database !== 0) await client.call('SELECT', String(database));
}

/** The driver never connects by itself: a lost connection is replaced when the next collection needs it. */
function commonOptions({ username, password, tls }: RedisServer): RedisOptions {
  return {
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    enableAutoPipelining: true,
    // The deadline of the collection is the only one.
    connectTimeout: 0x7fff_ffff,
    // How long a socket that is closed may take to go: the driver waits for it even where there is none.
    disconnectTimeout: 100,
    // RESP 2 and no CLIENT nor INFO: servers before 6 and strict access lists take it.
    protocol: 2,
    enableReadyCheck: false,
    disableClientInfo: true,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls === null ? {} : { tls: tlsOptions(tls) }),
  };
}

function placeOptions({ hosts, sentinel, tls }: RedisServer): RedisOptions {
  if (sentinel === null) return { ...hosts[0] };
  return {
    sentinels: [...hosts],
    name: sentinel.name,
    sentinelRetryStrategy: () => null,
    ...(sentinel.username === undefined ? {} : { sentinelUsername: sentinel.username }),
    ...(sentinel.password === undefined ? {} : { sentinelPassword: sentinel.password }),
    ...(tls === null
      ? {}
      : { enableTLSForSentinelMode: true, sentinelTLS: tlsOptions(tls), tls: tlsOptions(tls) }),
  };
}

function tlsOptions({
  ca,
  cert,
  key,
  serverName,
  isInsecure,
}: TlsOptions): NonNullable<RedisOptions['tls']> {
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(serverName === undefined ? {} : { servername: serverName }),
    rejectUnauthorized: isInsecure !== true,
  };
}

/** A cluster says only that it failed to refresh its slots; why is inside. */
function innermost(error: Error): Error {
  const { lastNodeError } = error as { readonly lastNodeError?: unknown };
  return lastNodeError instanceof Error ? lastNodeError : error;
}
