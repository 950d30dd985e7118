import { Command } from 'commander';
import type { Config } from '../config/index.js';
import { toAppError } from '../core/errors.js';
import { literalApps } from '../core/policy.js';
import { CONTENT_TYPE } from '../record/exposition.js';
import { fanOut } from '../record/fan-out.js';
import { createHealth } from '../record/health.js';
import { createLogRecorder } from '../record/log.js';
import { createLogger, type Logger } from '../record/logger.js';
import { createMetrics, processUsage } from '../record/metrics.js';
import type { CollectionWay, Recorder } from '../ports.js';
import { openServer, type RunningServer } from '../server/server.js';
import { createMemoryStateStore } from '../state/memory-store.js';
import { configOption, examples } from './arguments.js';
import type { CliContext } from './context.js';
import { EXIT_ERROR, EXIT_OK } from './failure.js';
import { load } from './load.js';
import type { Run } from './program.js';
import { untilStopped } from './shutdown.js';
import { collectionWays, connectAll, createLoop } from './wire.js';

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
  const { config, warnings } = load(context, {
    file: options.config,
    purpose: 'serve',
    overrides: { listen, dryRun, verbose },
  });
  const { clock } = context;
  const log = createLogger({ clock, isVerbose: config.isVerbose, destination: context.stderr });
  for (const { key, message, hint, place } of warnings) {
    log.warn({ key, detail: message, hint, place }, 'configuration warning');
  }
  const service = await openService(context, config, [createLogRecorder({ log, clock })], (error) =>
    log.error({ detail: String(error) }, 'a recorder failed'),
  );
  const warn: Parameters<typeof connectAll>[1]['warn'] = (message, fields) =>
    log.warn({ detail: message, ...fields }, 'collector warning');
  const connections = connectAll(config, { ...context, warn, recorder: service.recorder });
  const loop = createLoop(config, connections, {
    ...context,
    recorder: service.recorder,
    state: createMemoryStateStore(),
  });
  const ways = collectionWays(connections.collectors);
  logStart(log, context, config, { url: service.server.url, ways });
  try {
    const ended = await untilStopped(
      context,
      ({ signal }) => loop.run(signal),
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

/** What runs beside the loop: health and metrics over HTTP, fed by one recorder. */
export async function openService(
  context: Pick<CliContext, 'clock' | 'version'>,
  config: Pick<Config, 'listen' | 'metricsPerApp' | 'intervalMs' | 'policies'>,
  recorders: readonly Recorder[],
  onFailure: (error: unknown) => void,
): Promise<{ readonly recorder: Recorder; readonly server: RunningServer }> {
  const { clock, version } = context;
  const usage = processUsage(clock);
  const isAppListRead = config.policies.some(({ apps }) => literalApps(apps) === null);
  const perApp = config.metricsPerApp;
  const metrics = createMetrics({ clock, version, perApp, isAppListRead, usage });
  const health = createHealth(clock, config.intervalMs);
  const server = await openServer({
    listen: config.listen,
    clock,
    metrics: { contentType: CONTENT_TYPE, text: () => metrics.text() },
    health,
  });
  const recorder = fanOut([metrics.recorder, health.recorder, ...recorders], onFailure);
  return { recorder, server };
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
    metrics: config.collectors.map(({ name }) => name),
    collection: ways,
    intervalMs: config.intervalMs,
    isDryRun: config.isDryRun,
    url,
  };
  log.info(fields, 'starting');
}
