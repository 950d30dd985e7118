/** One connection to each NATS cluster, however many collectors and apps use it. */
import type { NatsConnection, NodeConnectionOptions } from '@nats-io/transport-node';
import { abortable } from '../../seams/clock.js';
import type { TlsOptions } from '../../seams/http.js';
import { Lines } from '../shared/pacing/lines.js';
import { firstToGreet } from './greeting.js';

/** Who we are; one way at most. */
export type NatsLogin =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'user'; readonly username: string; readonly password: string }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'nkey'; readonly seed: string }
  | { readonly kind: 'jwt'; readonly jwt: string; readonly seed: string | undefined };

export interface NatsServer {
  /** host:port, any of the cluster. */
  readonly hosts: readonly string[];
  readonly login: NatsLogin;
  /** Null: TLS only when the server insists on it. */
  readonly tls: (TlsOptions & { readonly isFirst: boolean }) | null;
}

export interface NatsLine {
  /** Rejects with the driver's error or the signal's reason. */
  request(subject: string, body: string, signal: AbortSignal): Promise<string>;
  /** Connects anew at the next request, as of `Line`. */
  renew(): void;
  /** The last user's close ends the connection. */
  close(): Promise<void>;
}

interface Opened {
  readonly connection: Promise<NatsConnection>;
  /** Ends the try to connect. */
  readonly connecting: AbortController;
}

const lines = new Lines<Opened>();

/** Opens nothing yet; the driver is loaded at the first request. `limitMs`: when the driver gives up waiting. */
export function openNats(server: NatsServer, userAgent: string, limitMs: number): NatsLine {
  const line = lines.join(JSON.stringify(server), {
    open(forget) {
      const connecting = new AbortController();
      const connection = connect(server, userAgent, limitMs, connecting.signal);
      connection.then((opened) => opened.closed().then(forget), forget).catch(forget);
      return { connection, connecting };
    },
    end({ connection, connecting }) {
      connecting.abort(new Error('closed'));
      // What could not connect has nothing to close; one that still tries is closed as soon as it is there.
      connection.then((opened) => opened.close()).catch(() => undefined);
    },
  });
  return {
    request: (subject, body, signal) =>
      line.use(async (opened) => {
        const connection = await abortable(signal, opened.connection);
        const options = { timeout: limitMs };
        const answer = await abortable(signal, connection.request(subject, body, options));
        return answer.string();
      }),
    renew: () => line.renew(),
    close: () => line.close(),
  };
}

/** The driver never connects again by itself: a lost connection is replaced when the next collection needs it. */
async function connect(
  { hosts, login, tls }: NatsServer,
  userAgent: string,
  limitMs: number,
  signal: AbortSignal,
): Promise<NatsConnection> {
  const host = await firstToGreet(hosts, tls?.isFirst === true, signal);
  const driver = await import('@nats-io/transport-node');
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  const loginOptions = (): NodeConnectionOptions => {
    switch (login.kind) {
      case 'nobody':
        return {};
      case 'user':
        return { user: login.username, pass: login.password };
      case 'token':
        return { token: login.token };
      case 'nkey':
        return { authenticator: driver.nkeyAuthenticator(bytes(login.seed)) };
      case 'jwt': {
        const seed = login.seed === undefined ? undefined : bytes(login.seed);
        return { authenticator: driver.jwtAuthenticator(login.jwt, seed) };
      }
    }
  };
  return driver.connect({
    servers: [host],
    name: userAgent,
    reconnect: false,
    maxReconnectAttempts: 0,
    ignoreClusterUpdates: true,
    noAsyncTraces: true,
    timeout: limitMs,
    ...(tls === null ? {} : { tls: tlsOptions(tls) }),
    ...loginOptions(),
  });
}

/** The driver hands to `tls.connect` also what its type does not name. */
function tlsOptions({
  ca,
  cert,
  key,
  serverName,
  isInsecure,
  isFirst,
}: NonNullable<NatsServer['tls']>): NonNullable<NodeConnectionOptions['tls']> {
  const options = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(serverName === undefined ? {} : { servername: serverName }),
    handshakeFirst: isFirst,
    rejectUnauthorized: isInsecure !== true,
  };
  return options;
}
