/** Puts the rooms together: configuration -> sources and Fly -> control loop. */
import type { Clock, Random } from '../clock.js';
import type { Config } from '../config/index.js';
import { AppError } from '../core/errors.js';
import { createFleet, type Fleet } from '../fleet/loop.js';
import { createFlyClient } from '../fly/index.js';
import type { ConnectHttp } from '../http.js';
import type {
  CollectionWay,
  Collector,
  FlyActor,
  FlyReader,
  Recorder,
  SourceEvent,
  StateStore,
} from '../ports.js';
import type { CollectorContext } from '../schema.js';

/** How each metric is collected, by its name; those that have nothing to tell are left out. */
export function collectionWays(
  collectors: readonly Collector[],
): Readonly<Record<string, CollectionWay>> {
  return Object.fromEntries(
    collectors.flatMap(({ name, describe }) =>
      describe === undefined ? [] : [[name, describe()]],
    ),
  );
}

export interface Connections {
  readonly fly: FlyReader & FlyActor;
  readonly collectors: readonly Collector[];
  /** Cuts everything off. */
  close(): Promise<void>;
}

function noToken(): AppError {
  return new AppError('config-invalid', 'the Fly API token is missing', {
    owner: 'user',
    hint: 'set FAS_API_TOKEN: `fly tokens create org` for a fleet, `deploy` for one app',
  });
}

/** Opens nothing yet; the first request does. */
export function connectAll(
  config: Config,
  context: {
    readonly clock: Clock;
    readonly random: Random;
    readonly connect: ConnectHttp;
    readonly version: string;
    readonly warn: CollectorContext['warn'];
    /** Hears of sources that go down and come back. */
    readonly recorder?: Recorder;
  },
): Connections {
  const { clock, random, connect, warn, recorder } = context;
  const userAgent = `fly-autoscaler/${context.version}`;
  const http = connect();
  const fly = createFlyClient({
    token: config.apiToken ?? 'none',
    machinesUrl: config.machinesUrl,
    apiUrl: config.apiUrl,
    // `eval` does without a token: it evaluates, and says that it could not count.
    http: config.apiToken === null ? () => Promise.reject(noToken()) : http.request,
    clock,
    random,
    userAgent,
  });
  const { timeoutMs, intervalMs } = config;
  const appPatterns = config.policies.flatMap(({ apps }) => apps.include);
  const given = {
    connect,
    clock,
    random,
    userAgent,
    timeoutMs,
    intervalMs,
    appPatterns,
    warn,
    sourceChanged: (event: SourceEvent): void => recorder?.fleet(event),
  };
  const collectors = config.collectors.map(({ definition, settings }) =>
    definition.create(settings, given),
  );
  return {
    fly,
    collectors,
    async close() {
      await Promise.allSettled([...collectors.map((c) => c.close()), http.close()]);
    },
  };
}

export function createLoop(
  config: Config,
  connections: Connections,
  context: {
    readonly clock: Clock;
    readonly random: Random;
    readonly instanceName: string;
    readonly recorder: Recorder;
    readonly state: StateStore;
  },
): Fleet {
  return createFleet({
    policies: config.policies,
    org: config.org,
    intervalMs: config.intervalMs,
    timeoutMs: config.timeoutMs,
    concurrency: config.concurrency,
    appListRefreshMs: config.appListRefreshMs,
    ownApp: config.ownApp,
    isDryRun: config.isDryRun,
    maxMachines: config.maxMachines,
    maxCreatesPerMinute: config.maxCreatesPerMinute,
    maxRemovalsPerMinute: config.maxRemovalsPerMinute,
    brake: config.brake,
    state: context.state,
    zone: config.zone,
    collectors: connections.collectors,
    fly: connections.fly,
    // One by one: what is given may have more than it says, a command's `collectors` for one.
    clock: context.clock,
    random: context.random,
    instanceName: context.instanceName,
    recorder: context.recorder,
  });
}
