/** An external scaler as people write them for KEDA, with the protocol's definitions read by a library of its own. */
import {
  loadPackageDefinition,
  Server,
  ServerCredentials,
  status,
  type sendUnaryData,
  type ServerUnaryCall,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { fileURLToPath } from 'node:url';
import type { SteeredServer } from './collector-contract.js';
import { onceNotSlow } from './slow-answers.js';
import { tcpRelay } from './tcp-relay.js';

export interface ScaledObjectSeen {
  readonly name: string;
  readonly namespace: string;
  readonly scalerMetadata: Readonly<Record<string, string>>;
}

export interface FakeExternalScaler extends SteeredServer {
  /** host:port */
  readonly address: string;
  /** What GetMetrics was asked. */
  readonly seen: readonly { readonly ref: ScaledObjectSeen; readonly metric: string }[];
  /** Names of scaled objects for which IsActive says false. */
  inactive: ReadonlySet<string>;
  /** What GetMetricSpec names. */
  specs: readonly string[];
  /** The answer of GetMetrics in the place of the usual one; `null` fails. */
  answer:
    | readonly { metricName: string; metricValue?: number; metricValueFloat?: number }[]
    | null
    | undefined;
}

const definition = loadPackageDefinition(
  loadSync(fileURLToPath(new URL('external-scaler.proto', import.meta.url)), {
    defaults: true,
    keepCase: true,
  }),
) as unknown as { externalscaler: { ExternalScaler: { service: ServiceDefinition } } };

/** Its values are by the name of the scaled object; one that is not there has no value. */
export async function fakeExternalScaler(
  options: {
    readonly tls?: { readonly cert: string; readonly key: string; readonly clientCa: string };
  } = {},
): Promise<FakeExternalScaler> {
  const seen: { ref: ScaledObjectSeen; metric: string }[] = [];
  const relay = tcpRelay();
  let server: Server | null = null;
  let roundTrips = 0;
  const reply =
    <Request>(answer: (request: Request) => object | null) =>
    (call: ServerUnaryCall<Request, object>, done: sendUnaryData<object>): void => {
      roundTrips += 1;
      if (fake.mood === 'silent') return;
      onceNotSlow(fake, () => {
        const given = fake.mood === 'answering' ? answer(call.request) : {};
        const details = JSON.stringify(call.request);
        if (fake.mood !== 'answering') done({ code: status.UNAUTHENTICATED, details });
        else if (given === null) done({ code: status.INTERNAL, details: 'no such queue' });
        else done(null, given);
      });
    };
  const fake: FakeExternalScaler = {
    values: new Map(),
    mood: 'answering',
    inactive: new Set(),
    specs: ['jobs'],
    answer: undefined,
    seen,
    get address() {
      return `127.0.0.1:${relay.port}`;
    },
    get roundTrips() {
      return roundTrips;
    },
    get openConnections() {
      return relay.openConnections;
    },
    async start() {
      server = new Server();
      server.addService(definition.externalscaler.ExternalScaler.service, {
        IsActive: reply<ScaledObjectSeen>(({ name }) => ({ result: !fake.inactive.has(name) })),
        GetMetricSpec: reply(() => ({
          metricSpecs: fake.specs.map((metricName) => ({ metricName, targetSizeFloat: 5 })),
        })),
        GetMetrics: reply<{ scaledObjectRef: ScaledObjectSeen; metricName: string }>((request) => {
          const { scaledObjectRef: ref, metricName } = request;
          seen.push({ ref, metric: metricName });
          if (fake.answer !== undefined)
            return fake.answer === null ? null : { metricValues: fake.answer };
          const value = fake.values.get(ref.name);
          const metricValues = value === undefined ? [] : [{ metricName, metricValueFloat: value }];
          return { metricValues };
        }),
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

function bind(
  server: Server,
  tls: { readonly cert: string; readonly key: string; readonly clientCa: string } | undefined,
): Promise<number> {
  const credentials =
    tls === undefined
      ? ServerCredentials.createInsecure()
      : ServerCredentials.createSsl(
          Buffer.from(tls.clientCa),
          [{ cert_chain: Buffer.from(tls.cert), private_key: Buffer.from(tls.key) }],
          true,
        );
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', credentials, (error, port) => {
      if (error === null) resolve(port);
      else reject(error);
    });
  });
}
