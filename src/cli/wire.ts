/** Puts the rooms together: configuration -> sources and Fly -> control loop. */
import { isDeepStrictEqual } from 'node:util';
import type { Clock, Random } from '../clock.js';
import type { Config, ConfiguredCollector } from '../config/index.js';
import { AppError } from '../core/errors.js';
import { createFleet, type Fleet } from '../fleet/loop.js';
import type { FleetOptions } from '../fleet/options.js';
import { createFlyClient } from '../fly/index.js';
import type { ConnectHttp } from '../http.js';
import type { Collector, FlyActor, FlyReader, Recorder } from '../ports.js';
import type { CollectorContext } from '../schema.js';

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
  },
): Connections {
  const { clock, random, connect, warn } = context;
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
  const open = (configured: ConfiguredCollector, timeoutMs: number): OpenCollector => {
    const { definition, key, settings } = configured;
    const own = { connect, clock, random, userAgent, timeoutMs, warn };
    const collector = keyed(key, definition.create(settings, own));
    return { configured, timeoutMs, collector };
  };
  let inUse = config.collectors.map((each) => open(each, config.timeoutMs));
  const leftOver = new Set<Collector>();
  return {
    fly,
    get collectors() {
      return inUse.map(({ collector }) => collector);
    },
    adopt({ collectors, timeoutMs }) {
      const earlier = inUse;
      inUse = collectors.map(
        (each) => earlier.find((known) => isSame(known, each, timeoutMs)) ?? open(each, timeoutMs),
      );
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

interface OpenCollector {
  readonly configured: ConfiguredCollector;
  /** What it was opened with. */
  readonly timeoutMs: number;
  readonly collector: Collector;
}

function isSame(
  { configured, timeoutMs }: OpenCollector,
  other: ConfiguredCollector,
  otherTimeoutMs: number,
): boolean {
  return (
    configured.key === other.key &&
    configured.definition === other.definition &&
    timeoutMs === otherTimeoutMs &&
    isDeepStrictEqual(configured.settings, other.settings)
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
    collect: (apps, emit, signal) => collector.collect(apps, emit, signal),
    close: () => collector.close(),
  };
}

export interface LoopContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly instanceName: string;
  readonly recorder: Recorder;
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
    ownApp: config.ownApp,
    isDryRun: config.isDryRun,
    maxMachines: config.maxMachines,
    zone: config.zone,
    collectors: connections.collectors,
    fly: connections.fly,
    // One by one: what is given may have more than it says, a command's `collectors` for one.
    clock: context.clock,
    random: context.random,
    instanceName: context.instanceName,
    recorder: context.recorder,
  };
}
