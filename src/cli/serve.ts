import { Command } from 'commander';
import type { Config } from '../config/index.js';
import { toAppError } from '../core/errors.js';
import { literalApps } from '../core/policy.js';
import { CONTENT_TYPE } from '../record/exposition.js';
import { fanOut } from '../record/fan-out.js';
import { createHealth } from '../record/health.js';
import { createLogRecorder } from '../record/log.js';
import { createLogger, levelFor, type Logger } from '../record/logger.js';
import { createMetrics, processUsage } from '../record/metrics.js';
import type { CollectionWay, Recorder } from '../ports.js';
import { openServer, type RunningServer } from '../server/server.js';
import { createMemoryStateStore } from '../state/memory-store.js';
import { configOption, examples } from './arguments.js';
import type { CliContext } from './context.js';
import { EXIT_ERROR, EXIT_OK } from './failure.js';
import { load, readConfigFile, type Loaded } from './load.js';
import type { Run } from './program.js';
import { logWarnings, Reloader } from './reload.js';
import { untilStopped } from './shutdown.js';
import { collectionWays, connectAll, createLoop, fleetOptions } from './wire.js';

interface ServeOptions {
  readonly config?: string;
  readonly listen?: string;
  readonly dryRun?: boolean;
  readonly verbose?: boolean;
}

export function serveCommand(context: CliContext, run: Run): Command {
  return new Command('serve')
    .description('Scale apps until told to stop. Logs are JSON lines on standard error.')
    .addOption(configOption())
    .option('--listen <address>', 'where /metrics, /livez and /readyz are served')
    .option('--dry-run', 'decide and say what would be done, but do nothing')
    .option('--verbose', 'log passes that find nothing to do')
    .addHelpText(
      'after',
      examples(
        'FAS_APP_NAME=my-app FAS_API_TOKEN=... fly-autoscaler serve',
        'fly-autoscaler serve --config fly-autoscaler.yml',
        'fly-autoscaler serve --config fly-autoscaler.yml --dry-run --verbose',
        'fly-autoscaler serve --listen 127.0.0.1:9090',
      ),
    )
    .action((options: ServeOptions) => run(() => serve(context, options)));
}

async function serve(context: CliContext, options: ServeOptions): Promise<number> {
  const { listen, dryRun, verbose } = options;
  const { config: path } = options;
  const text = path === undefined ? undefined : readConfigFile(context, path);
  const loadText = (written: string | undefined): Loaded =>
    load(
      { ...context, readFile: () => written ?? '' },
      { file: path, purpose: 'serve', overrides: { listen, dryRun, verbose } },
    );
  const { config, warnings } = loadText(text);
  const { clock } = context;
  const log = createLogger({ clock, isVerbose: config.isVerbose, destination: context.stderr });
  logWarnings(log, warnings);
  const service = await openService(context, config, [createLogRecorder({ log, clock })], (error) =>
    log.error({ detail: String(error) }, 'a recorder failed'),
  );
  const warn: Parameters<typeof connectAll>[1]['warn'] = (message, fields) =>
    log.warn({ detail: message, ...fields }, 'collector warning');
  const connections = connectAll(config, { ...context, warn, recorder: service.recorder });
  const loopContext = { ...context, recorder: service.recorder, state: createMemoryStateStore() };
  const loop = createLoop(config, connections, loopContext);
  const adopt = (next: Config): Promise<void> => {
    const closeOthers = connections.adopt(next);
    service.adopt(next);
    log.level = levelFor(next.isVerbose);
    const others = loop.reconfigure(fleetOptions(next, connections, loopContext));
    return others.then(closeOthers);
  };
  const { recorder } = service;
  const reloader =
    path === undefined || text === undefined
      ? null
      : new Reloader({ context, path, log, recorder, load: loadText, adopt }, config, text);
  const ways = collectionWays(connections.collectors);
  logStart(log, context, config, { url: service.server.url, ways });
  try {
    const ended = await untilStopped(
      context,
      async ({ signal }) => {
        void reloader?.watch(signal);
        await loop.run(signal);
      },
      (signal) => log.info({ signal }, 'stopping'),
    );
    if (ended === 'cut-off') log.warn('stopped before everything under way had ended');
    else log.info('stopped');
    return EXIT_OK;
  } catch (error) {
    const { code, message, hint, stack } = toAppError(error);
    log.fatal({ code, detail: message, hint, stack }, 'the loop failed');
    return EXIT_ERROR;
  } finally {
    await Promise.allSettled([connections.close(), service.server.close(200)]);
  }
}

type ServiceConfig = Pick<Config, 'listen' | 'metricsPerApp' | 'intervalMs' | 'policies'>;

export interface Service {
  readonly recorder: Recorder;
  readonly server: RunningServer;
  /** Takes up what may change while running. */
  adopt(config: ServiceConfig): void;
}

/** What runs beside the loop: health and metrics over HTTP, fed by one recorder. */
export async function openService(
  context: Pick<CliContext, 'clock' | 'version'>,
  config: ServiceConfig,
  recorders: readonly Recorder[],
  onFailure: (error: unknown) => void,
): Promise<Service> {
  const { clock, version } = context;
  const usage = processUsage(clock);
  const interval = { ms: 0 };
  const how = { clock, version, perApp: config.metricsPerApp, isAppListRead: false, usage };
  const adopt: Service['adopt'] = ({ policies, intervalMs }) => {
    how.isAppListRead = policies.some(({ apps }) => literalApps(apps) === null);
    interval.ms = intervalMs;
  };
  adopt(config);
  const metrics = createMetrics(how);
  const health = createHealth(clock, interval);
  const server = await openServer({
    listen: config.listen,
    clock,
    metrics: { contentType: CONTENT_TYPE, text: () => metrics.text() },
    health,
  });
  const recorder = fanOut([metrics.recorder, health.recorder, ...recorders], onFailure);
  return { recorder, server, adopt };
}

function logStart(
  log: Logger,
  context: CliContext,
  config: Config,
  { url, ways }: { readonly url: string; readonly ways: Readonly<Record<string, CollectionWay>> },
): void {
  const fields = {
    version: context.version,
    node: process.version,
    instance: context.instanceName,
    config: config.hash,
    org: config.org,
    apps: config.policies.flatMap(({ apps }) => [
      ...apps.include,
      ...apps.exclude.map((pattern) => `!${pattern}`),
    ]),
    policies: config.policies.map(({ name }) => name),
    metrics: config.collectors.map(({ key }) => key),
    collection: ways,
    intervalMs: config.intervalMs,
    isDryRun: config.isDryRun,
    url,
  };
  log.info(fields, 'starting');
}
