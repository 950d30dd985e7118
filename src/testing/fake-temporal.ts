/**
 * A Temporal frontend that knows CountWorkflowExecutions alone. The real one takes minutes to build,
 * and does not go away, fall silent or forget its users when told to.
 */
import {
  Server,
  ServerCredentials,
  status,
  type sendUnaryData,
  type ServerUnaryCall,
} from '@grpc/grpc-js';
import type { SteeredServer } from './collector-contract.js';
import { tcpRelay } from './tcp-relay.js';

export interface CountSeen {
  readonly namespace: string;
  readonly query: string;
  readonly authorization: string | undefined;
  /** The header `temporal-namespace`. */
  readonly namespaceHeader: string | undefined;
}

export interface FakeTemporal extends SteeredServer {
  /** host:port */
  readonly address: string;
  readonly seen: readonly CountSeen[];
  /** Bytes of the next answers in the place of the usual ones. */
  answerBytes: Buffer | null;
  /** The most counts that were under way at once. */
  readonly peakInFlight: number;
  /** Counts that the caller gave up. */
  readonly cancelled: number;
  /** Connections accepted so far. */
  readonly connectionsTaken: number;
}

const COUNT_PATH = '/temporal.api.workflowservice.v1.WorkflowService/CountWorkflowExecutions';

/** Its values are by namespace; a namespace that is not there is not found. TLS when `tls` is given. */
export async function fakeTemporal(
  options: { readonly tls?: { readonly cert: string; readonly key: string } } = {},
): Promise<FakeTemporal> {
  const seen: CountSeen[] = [];
  let server: Server | null = null;
  let inFlight = 0;
  let peakInFlight = 0;
  let cancelled = 0;
  // A relay in front: gRPC's server neither counts nor breaks its connections.
  const relay = tcpRelay();
  const fake: FakeTemporal = {
    values: new Map(),
    mood: 'answering',
    answerBytes: null,
    seen,
    get address() {
      return `127.0.0.1:${relay.port}`;
    },
    get roundTrips() {
      return seen.length;
    },
    get openConnections() {
      return relay.openConnections;
    },
    get peakInFlight() {
      return peakInFlight;
    },
    get cancelled() {
      return cancelled;
    },
    get connectionsTaken() {
      return relay.connectionsTaken;
    },
    async start() {
      server = new Server();
      server.addService(countService(), {
        count(call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) {
          inFlight += 1;
          peakInFlight = Math.max(peakInFlight, inFlight);
          seen.push(countSeen(call));
          call.on('cancelled', () => {
            cancelled += 1;
          });
          setImmediate(() => {
            inFlight -= 1;
            answer(fake, seen, call, done);
          });
        },
      });
      await relay.start(await bind(server, options.tls));
    },
    async stop() {
      await relay.stop();
      server?.forceShutdown();
      server = null;
    },
  };
  await relay.reserve();
  return fake;
}

function answer(
  fake: FakeTemporal,
  seen: readonly CountSeen[],
  call: ServerUnaryCall<Buffer, Buffer>,
  done: sendUnaryData<Buffer>,
): void {
  if (fake.mood === 'silent') return;
  const { namespace, authorization } = countSeen(call);
  const count = fake.values.get(namespace);
  if (fake.mood === 'refusing credentials') {
    done({ code: status.UNAUTHENTICATED, details: `bad token "${authorization ?? ''}"` });
  } else if (fake.answerBytes !== null) done(null, fake.answerBytes);
  else if (count === undefined) {
    done({ code: status.NOT_FOUND, details: `Namespace ${namespace} is not found.` });
  } else done(null, countAnswer(count));
}

function countService(): Parameters<Server['addService']>[0] {
  const same = (bytes: Buffer): Buffer => bytes;
  return {
    count: {
      path: COUNT_PATH,
      requestStream: false,
      responseStream: false,
      requestSerialize: same,
      requestDeserialize: same,
      responseSerialize: same,
      responseDeserialize: same,
    },
  };
}

function bind(
  server: Server,
  tls: { readonly cert: string; readonly key: string } | undefined,
): Promise<number> {
  const credentials =
    tls === undefined
      ? ServerCredentials.createInsecure()
      : ServerCredentials.createSsl(null, [
          { cert_chain: Buffer.from(tls.cert), private_key: Buffer.from(tls.key) },
        ]);
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', credentials, (error, port) => {
      if (error === null) resolve(port);
      else reject(error);
    });
  });
}

/** Two text fields, each below 16 KiB: a tag byte, one or two length bytes, the text. */
function countSeen(call: ServerUnaryCall<Buffer, Buffer>): CountSeen {
  const texts = new Map<number, string>();
  const bytes = call.request;
  for (let at = 0; at < bytes.length;) {
    const field = bytes[at]! >> 3;
    const low = bytes[at + 1]!;
    const isLong = low >= 0x80;
    const length = isLong ? (low & 0x7f) + bytes[at + 2]! * 128 : low;
    const start = at + (isLong ? 3 : 2);
    texts.set(field, bytes.subarray(start, start + length).toString());
    at = start + length;
  }
  return {
    namespace: texts.get(1) ?? '',
    query: texts.get(2) ?? '',
    authorization: call.metadata.get('authorization')[0]?.toString(),
    namespaceHeader: call.metadata.get('temporal-namespace')[0]?.toString(),
  };
}

/** Field 1, a varint; zero is not written. */
function countAnswer(count: number): Buffer {
  if (count === 0) return Buffer.alloc(0);
  return count < 128
    ? Buffer.from([8, count])
    : Buffer.from([8, (count & 0x7f) | 0x80, count >> 7]);
}
