/**
 * A Temporal frontend that counts workflows and tells backlogs. The real one takes minutes to build,
 * and does not go away, fall silent or forget its users when told to.
 */
import {
  Server,
  ServerCredentials,
  status,
  type sendUnaryData,
  type ServerUnaryCall,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import type { SteeredServer } from './collector-contract.js';
import { onceNotSlow } from './slow-answers.js';
import { tcpRelay } from './tcp-relay.js';
import { WorkflowService } from './temporal-proto.js';

export interface RequestSeen {
  readonly namespace: string;
  /** Null: the backlog of a queue was asked for. */
  readonly query: string | null;
  /** Null: workflows were counted. */
  readonly queue: { readonly name: string; readonly type: string } | null;
  readonly authorization: string | undefined;
  /** The header `temporal-namespace`. */
  readonly namespaceHeader: string | undefined;
}

export interface FakeTemporal extends SteeredServer {
  /** host:port */
  readonly address: string;
  readonly seen: readonly RequestSeen[];
  /** How many of the next requests are refused for their number. */
  refusals: number;
  /** Bytes of the next answers in the place of the usual ones. */
  answerBytes: Buffer | null;
  /** The most requests that were under way at once. */
  readonly peakInFlight: number;
  /** Requests that the caller gave up. */
  readonly cancelled: number;
  /** Connections accepted so far. */
  readonly connectionsTaken: number;
}

export interface FakeTemporalOptions {
  readonly tls?: {
    readonly cert: string;
    readonly key: string;
    /** Given: a client certificate of this authority is wanted. */
    readonly clientCa?: string;
  };
  /** Given: who sends another key is refused. */
  readonly apiKey?: string;
}

interface Request {
  readonly namespace: string;
  readonly query?: string;
  readonly task_queue?: { readonly name: string } | null;
  readonly task_queue_type?: string;
  readonly report_stats?: boolean;
}

/**
 * Its values are by namespace, and a queue has as many workflow tasks as its namespace has workflows;
 * a namespace that is not there is not found.
 */
export async function fakeTemporal(options: FakeTemporalOptions = {}): Promise<FakeTemporal> {
  const seen: RequestSeen[] = [];
  let server: Server | null = null;
  let inFlight = 0;
  let peakInFlight = 0;
  let cancelled = 0;
  // A relay in front: gRPC's server neither counts nor breaks its connections.
  const relay = tcpRelay();
  const serve = (call: ServerUnaryCall<Request, object>, done: sendUnaryData<object>): void => {
    inFlight += 1;
    peakInFlight = Math.max(peakInFlight, inFlight);
    seen.push(requestSeen(call));
    call.on('cancelled', () => {
      cancelled += 1;
    });
    setImmediate(() => {
      inFlight -= 1;
      if (fake.mood === 'silent') return;
      const { authorization } = requestSeen(call);
      const isKnown = options.apiKey === undefined || authorization === `Bearer ${options.apiKey}`;
      onceNotSlow(fake, () => {
        if (fake.mood === 'refusing credentials' || !isKnown) {
          done({ code: status.UNAUTHENTICATED, details: `bad token "${authorization ?? ''}"` });
        } else if (fake.refusals > 0) {
          fake.refusals -= 1;
          done({ code: status.RESOURCE_EXHAUSTED, details: 'namespace rate limit exceeded' });
        } else answer(fake, call.request, done);
      });
    });
  };
  const fake: FakeTemporal = {
    values: new Map(),
    mood: 'answering',
    refusals: 0,
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
      server.addService(rawAnswers(WorkflowService.service), {
        CountWorkflowExecutions: serve,
        DescribeTaskQueue: serve,
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

function answer(fake: FakeTemporal, request: Request, done: sendUnaryData<object>): void {
  const { namespace } = request;
  const count = fake.values.get(namespace);
  if (count === undefined) {
    done({ code: status.NOT_FOUND, details: `Namespace ${namespace} is not found.` });
  } else if (fake.answerBytes !== null) done(null, fake.answerBytes);
  else if (request.query !== undefined) done(null, { count });
  else if (request.report_stats !== true) done(null, {});
  else {
    const isOfWorkflows = request.task_queue_type === 'TASK_QUEUE_TYPE_WORKFLOW';
    done(null, { stats: { approximate_backlog_count: isOfWorkflows ? count : 0 } });
  }
}

/** The service, whose answers may also be bytes. */
function rawAnswers(service: ServiceDefinition): ServiceDefinition {
  const raw = Object.entries(service).map(([name, method]) => {
    const responseSerialize = (value: object): Buffer =>
      Buffer.isBuffer(value) ? value : method.responseSerialize(value);
    return [name, { ...method, responseSerialize }];
  });
  return Object.fromEntries(raw) as ServiceDefinition;
}

function bind(server: Server, tls: FakeTemporalOptions['tls']): Promise<number> {
  const bytes = (text: string): Buffer => Buffer.from(text);
  const clientCa = tls?.clientCa;
  const credentials =
    tls === undefined
      ? ServerCredentials.createInsecure()
      : ServerCredentials.createSsl(
          clientCa === undefined ? null : bytes(clientCa),
          [{ cert_chain: bytes(tls.cert), private_key: bytes(tls.key) }],
          clientCa !== undefined,
        );
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', credentials, (error, port) => {
      if (error === null) resolve(port);
      else reject(error);
    });
  });
}

function requestSeen({ request, metadata }: ServerUnaryCall<Request, object>): RequestSeen {
  const queue = request.task_queue;
  return {
    namespace: request.namespace,
    query: request.query ?? null,
    queue:
      queue === undefined || queue === null
        ? null
        : { name: queue.name, type: request.task_queue_type ?? '' },
    authorization: metadata.get('authorization')[0]?.toString(),
    namespaceHeader: metadata.get('temporal-namespace')[0]?.toString(),
  };
}
