/** Puts the rooms together: configuration -> sources and Fly -> control loop. */
import { isDeepStrictEqual } from 'node:util';
import type { Clock, Random } from '../seams/clock.js';
import { recallFrom } from '../collectors/shared/samples/recall.js';
import type { Config, ConfiguredCollector } from '../config/index.js';
import { AppError } from '../core/model/errors.js';
import { createFleet, type Fleet } from '../fleet/loop/loop.js';
import type { FleetOptions } from '../fleet/base/options.js';
import { createFlyClient } from '../fly/index.js';
import type { ConnectHttp } from '../seams/http.js';
import type { CollectorContext } from '../seams/schema.js';
import type { CollectionWay, Collector } from '../seams/collector.js';
import type { FlyActor, FlyReader } from '../seams/fly.js';
import type { StateStore } from '../seams/store.js';
import type { Recorder, SourceEvent } from '../seams/events.js';

/** How each metric is collected, by its name, with a policy before it where that has it for itself; those that have nothing to tell are left out. */
export function collectionWays(
  collectors: readonly Collector[],
): Readonly<Record<string, CollectionWay>> {
  return Object.fromEntries(
    collectors.flatMap(({ name, key = name, describe }) =>
      describe === undefined ? [] : [[key, describe()]],
    ),
  );
}

export interface Connections {
  readonly fly: FlyReader & FlyActor;
  /** In the order of the configuration. */
  readonly collectors: readonly Collector[];
  /**
   * From now on `collectors` are those of this configuration; unchanged ones stay as they are, with what they hold open.
   * Returns how to close those that are left over, once nothing uses them. Throws when one cannot be made, and then
   * nothing has changed.
   */
  adopt(config: Config): () => Promise<void>;
  /** Cuts everything off. */
  close(): Promise<void>;
}

/** For what is read; apps that are acted on at once have a request under way each. */
const LEAST_CONNECTIONS = 64;

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
  const http = connect({ maxConnections: Math.max(LEAST_CONNECTIONS, config.concurrency) });
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
  const open = (
    configured: ConfiguredCollector,
    shared: Shared,
    kept = new Map<string, object>(),
  ): OpenCollector => {
    const { definition, key, policy, settings } = configured;
    const owner = policy === undefined ? {} : { policy };
    const own = {
      ...shared,
      connect,
      clock,
      random,
      userAgent,
      warn,
      recall: recallFrom(kept),
      sourceChanged: (event: SourceEvent): void => {
        // One that only ends what it began is not shown any more.
        if (!leftOver.has(collector)) recorder?.fleet({ ...event, ...owner });
      },
    };
    const collector = keyed(key, definition.create(settings, own));
    return { configured, shared, kept, collector };
  };
  const sharedBy = ({ timeoutMs, intervalMs, policies }: Config): Shared => ({
    timeoutMs,
    intervalMs,
    appPatterns: policies.flatMap(({ apps }) => apps.include),
  });
  let inUse = config.collectors.map((each) => open(each, sharedBy(config)));
  const leftOver = new Set<Collector>();
  return {
    fly,
    get collectors() {
      return inUse.map(({ collector }) => collector);
    },
    adopt(next) {
      const earlier = inUse;
      const shared = sharedBy(next);
      inUse = next.collectors.map((each) => {
        const known = earlier.find((other) => isSame(other.configured, each));
        return known !== undefined && isDeepStrictEqual(known.shared, shared)
          ? known
          : open(each, shared, known?.kept);
      });
      const gone = earlier.filter((each) => !inUse.includes(each)).map((each) => each.collector);
      for (const collector of gone) leftOver.add(collector);
      return async () => {
        await Promise.allSettled(gone.map((collector) => collector.close()));
        for (const collector of gone) leftOver.delete(collector);
      };
    },
    async close() {
      const all = [...inUse.map(({ collector }) => collector), ...leftOver];
      await Promise.allSettled([...all.map((collector) => collector.close()), http.close()]);
    },
  };
}

/** What all collectors are told of the configuration beside their own settings. */
type Shared = Required<Pick<CollectorContext, 'timeoutMs' | 'intervalMs' | 'appPatterns'>>;

interface OpenCollector {
  readonly configured: ConfiguredCollector;
  /** What it was opened with. */
  readonly shared: Shared;
  /** What is kept for the one that takes its place. */
  readonly kept: Map<string, object>;
  readonly collector: Collector;
}

function isSame(one: ConfiguredCollector, other: ConfiguredCollector): boolean {
  return (
    one.key === other.key &&
    one.definition === other.definition &&
    isDeepStrictEqual(one.settings, other.settings)
  );
}

/** Not a spread: a collector may be an instance of a class. */
function keyed(key: string, collector: Collector): Collector {
  const { name, type } = collector;
  if (key === name) return collector;
  return {
    key,
    name,
    type,
    ...(collector.describe === undefined ? {} : { describe: collector.describe.bind(collector) }),
    collect: (apps, emit, signal) => collector.collect(apps, emit, signal),
    close: () => collector.close(),
  };
}

export interface LoopContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly instanceName: string;
  readonly recorder: Recorder;
  readonly state: StateStore;
}

export function createLoop(config: Config, connections: Connections, context: LoopContext): Fleet {
  return createFleet(fleetOptions(config, connections, context));
}

/** What the loop works by, from that configuration. */
export function fleetOptions(
  config: Config,
  connections: Connections,
  context: LoopContext,
): FleetOptions {
  return {
    policies: config.policies,
    overrides: config.overrides,
    org: config.org,
    intervalMs: config.intervalMs,
    timeoutMs: config.timeoutMs,
    concurrency: config.concurrency,
    appListRefreshMs: config.appListRefreshMs,
    machineList: config.machineList,
    machineRefreshMs: config.machineRefreshMs,
    ownApp: config.ownApp,
    isDryRun: config.isDryRun,
    maxMachines: config.maxMachines,
    maxCreatesPerMinute: config.maxCreatesPerMinute,
    maxRemovalsPerMinute: config.maxRemovalsPerMinute,
    brake: config.brake,
    state: context.state,
    zone: config.zone,
    collectors: connections.collectors,
    addressOf: addresses(config),
    fly: connections.fly,
    // One by one: what is given may have more than it says, a command's `collectors` for one.
    clock: context.clock,
    random: context.random,
    instanceName: context.instanceName,
    recorder: context.recorder,
  };
}

/** Where each collector asks; the settings of every kind call it one of these. */
function addresses({ collectors }: Config): (source: string) => string | null {
  const byKey = new Map(
    collectors.map(({ key, definition, settings }) => {
      const written = settings as Readonly<Record<string, unknown>>;
      const place = ADDRESS_KEYS.map((name) => written[name]).find((value) => value !== undefined);
      return [key, place === undefined ? null : `${definition.type} ${JSON.stringify(place)}`];
    }),
  );
  return (source) => byKey.get(source) ?? null;
}

const ADDRESS_KEYS = ['address', 'url', 'servers', 'brokers', 'host', 'endpoint'] as const;
