import { Command } from 'commander';
import type { Config } from '../config/index.js';
import { toAppError } from '../core/model/errors.js';
import type { Fleet } from '../fleet/loop/loop.js';
import { createLogRecorder } from '../record/log/log.js';
import { createLogger, levelFor, type Logger } from '../record/log/logger.js';
import { takeAddress, type TakenAddress } from '../server/server.js';
import { createMemoryStateStore } from '../state/memory-store.js';
import { configOption, examples } from './arguments.js';
import type { CliContext, Run } from './context.js';
import { openData } from './data.js';
import { EXIT_ERROR, EXIT_OK } from './failure.js';
import { load, readConfigFile, type Loaded } from './load.js';
import { logWarnings, Reloader } from './reload.js';
import { createService, type OpenService } from './service.js';
import { untilStopped } from './shutdown.js';
import { collectionWays, connectAll, createLoop, fleetOptions } from './wire.js';
import type { CollectionWay } from '../seams/collector.js';

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
    .option('--listen <address>', 'where metrics, health and API are served')
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
  // Who cannot have the address must not have written to the data of who has it.
  const address = await takeAddress(config.listen);
  try {
    return await serveAt(address, { context, path, text, load: loadText, log }, config);
  } finally {
    await address.giveUp();
  }
}

interface Start {
  readonly context: CliContext;
  /** Of the configuration file, and what it said; undefined: there is none. */
  readonly path: string | undefined;
  readonly text: string | undefined;
  readonly load: (written: string | undefined) => Loaded;
  readonly log: Logger;
}

async function serveAt(
  address: TakenAddress,
  { context, path, text, load: loadText, log }: Start,
  config: Config,
): Promise<number> {
  const { clock } = context;
  let inUse = config;
  const data = openData(context, { ...config, configHash: () => inUse.hash }, log);
  const state = data.state ?? createMemoryStateStore();
  const service = createService(context, config, {
    recorders: [createLogRecorder({ log, clock })],
    record: data,
    isStateDurable: state.isDurable,
    onFailure: (error, what) => log.error({ detail: String(error) }, what),
    onSocketFailure: ({ message, hint }) =>
      log.warn({ detail: message, hint }, 'commands cannot reach this autoscaler'),
  });
  const { recorder } = service;
  const warn: Parameters<typeof connectAll>[1]['warn'] = (message, fields) =>
    log.warn({ detail: message, ...fields }, 'collector warning');
  const connections = connectAll(config, { ...context, warn, recorder });
  const loopContext = { ...context, recorder, state };
  const loop = createLoop(config, connections, loopContext);
  const adopt = (next: Config): Promise<void> => {
    const closeOthers = connections.adopt(next);
    service.adopt(next);
    inUse = next;
    log.level = levelFor(next.isVerbose);
    const others = loop.reconfigure(fleetOptions(next, connections, loopContext));
    return others.then(closeOthers);
  };
  const reloader =
    path === undefined || text === undefined
      ? null
      : new Reloader({ context, path, log, recorder, load: loadText, adopt }, config, text);
  let opened: OpenService | null = null;
  try {
    opened = await service.open(loop.operator, address);
    logStart(log, context, config, opened, collectionWays(connections.collectors));
    return await runLoop(context, loop, reloader, log);
  } finally {
    await Promise.allSettled([connections.close(), opened?.close(200), data.close()]);
  }
}

async function runLoop(
  context: CliContext,
  loop: Fleet,
  reloader: Reloader | null,
  log: Logger,
): Promise<number> {
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
  }
}

function logStart(
  log: Logger,
  context: CliContext,
  config: Config,
  opened: OpenService,
  ways: Readonly<Record<string, CollectionWay>>,
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
    url: opened.url,
    socket: opened.socketPath,
  };
  log.info(fields, 'starting');
}
