/** One gRPC connection for each server, however many collectors and apps use it. */
import type * as Grpc from '@grpc/grpc-js';
import type { TlsOptions } from '../../../seams/http.js';
import { Lines } from '../pacing/lines.js';

export interface GrpcOptions {
  /** host:port */
  readonly address: string;
  /** Null: without TLS. */
  readonly tls: TlsOptions | null;
}

export interface GrpcConnection {
  /**
   * Sends one message to a method (`/package.Service/Method`) and gives the bytes of the answer.
   * Rejects with gRPC's error (a numeric `code`, the server's words in `details`) or the signal's reason.
   */
  call(
    method: string,
    request: Buffer,
    metadata: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Buffer>;
  /** Connects anew at the next call: the driver's own back-off, up to two minutes, is longer than a pass may wait. As of `Line`. */
  renew(): void;
  /** The last user's close ends the connection. */
  close(): Promise<void>;
}

const connections = new Lines<Promise<Grpc.Client>>();

/** Opens nothing yet; the driver is loaded at the first call. */
export function openGrpc(options: GrpcOptions, userAgent: string): GrpcConnection {
  const line = connections.join(JSON.stringify(options), {
    open: () => connect(options, userAgent),
    end(connecting) {
      // A driver that could not be loaded has nothing to close.
      connecting.then(
        (client) => client.close(),
        () => undefined,
      );
    },
  });
  return {
    call: (method, request, metadata, signal) =>
      line.use(async (connecting) => {
        const { Metadata } = await loadDriver();
        const headers = new Metadata();
        for (const [name, value] of Object.entries(metadata)) headers.set(name, value);
        return unaryCall(await connecting, method, request, headers, signal);
      }),
    renew: () => line.renew(),
    close: () => line.close(),
  };
}

/** Only who configures such a source pays for it: memory and start-up time. */
function loadDriver(): Promise<typeof Grpc> {
  return import('@grpc/grpc-js');
}

async function connect({ address, tls }: GrpcOptions, userAgent: string): Promise<Grpc.Client> {
  const { Client, credentials } = await loadDriver();
  const channelCredentials =
    tls === null
      ? credentials.createInsecure()
      : credentials.createSsl(pem(tls.ca), pem(tls.key), pem(tls.cert), {
          rejectUnauthorized: tls.isInsecure !== true,
        });
  const name = tls?.serverName;
  return new Client(address, channelCredentials, {
    'grpc.primary_user_agent': userAgent,
    // The driver's shared pool would hand a server's back-off on to the next connection.
    'grpc.use_local_subchannel_pool': 1,
    ...(name === undefined
      ? {}
      : { 'grpc.ssl_target_name_override': name, 'grpc.default_authority': name }),
  });
}

function pem(text: string | undefined): Buffer | null {
  return text === undefined ? null : Buffer.from(text);
}

function unaryCall(
  client: Grpc.Client,
  method: string,
  request: Buffer,
  metadata: Grpc.Metadata,
  signal: AbortSignal,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const call = client.makeUnaryRequest<Buffer, Buffer>(
      method,
      (bytes) => bytes,
      (bytes) => bytes,
      request,
      metadata,
      (error, answer) => {
        signal.removeEventListener('abort', abort);
        if (answer !== undefined && error === null) resolve(answer);
        else reject(error ?? new Error('no answer'));
      },
    );
    const abort = (): void => {
      call.cancel();
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', abort, { once: true });
  });
}
