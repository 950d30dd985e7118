import { Command } from 'commander';
import type { Config } from '../config/index.js';
import { createMemoryStateStore } from '../state/memory-store.js';
import {
  configOption,
  durationArgument,
  examples,
  groupsOption,
  positiveNumber,
  wholeNumber,
} from './arguments.js';
import type { CliContext, Run } from './context.js';
import { openData, type Data } from './data.js';
import { showEvents } from './demo-show.js';
import type { DemoShow } from './demo-summary.js';
import { showTable } from './demo-table.js';
import { EXIT_OK } from './failure.js';
import { load, readConfigFile, type Loaded } from './load.js';
import { LOCAL_ORG, localEnv, startLocalFly, type LocalFly } from './local-fly.js';
import { createService, type OpenService } from './service.js';
import { untilStopped } from './shutdown.js';
import { connectAll, createLoop } from './wire.js';

export interface DemoOptions {
  readonly config?: string;
  readonly apps: number;
  readonly groups: readonly string[];
  /** Of real time; undefined: until it is stopped. */
  readonly for?: number;
  /** Undefined: as fast as one machine can play both sides without missing deadlines. */
  readonly speed?: number;
  readonly seed: number;
}

export function demoCommand(context: CliContext, run: Run): Command {
  return new Command('demo')
    .description('Watch the autoscaler at work on a simulated organization. Needs no account.')
    .addOption(configOption())
    .option('--apps <n>', 'apps that match my-app-*', wholeNumber(1), 12)
    .addOption(groupsOption())
    .option('--for <duration>', 'end after so much real time, such as 30s', durationArgument)
    .option(
      '--speed <x>',
      'how much faster than real time it runs (default: 20, less above 30 apps)',
      positiveNumber,
    )
    .option('--seed <n>', 'the same seed gives the same world', wholeNumber(0), 1)
    .addHelpText(
      'after',
      `\nWith --config the apps are scaled as the file says. In it $SIMULATOR_PROMETHEUS\nis the address of the simulated Prometheus, which takes any token; the metric is\nconnection_count{app}.\n${examples(
        'fly-autoscaler demo',
        'fly-autoscaler demo --apps 50 --speed 60 --for 2m',
        'fly-autoscaler demo --config fly-autoscaler.yml --groups web,worker --seed 7',
      )}`,
    )
    .action((options: DemoOptions) => run(() => demo(context, options)));
}

async function demo(context: CliContext, options: DemoOptions): Promise<number> {
  const { apps, groups, seed, config: file } = options;
  if (file !== undefined) readConfigFile(context, file);
  const speed = options.speed ?? usualSpeed(apps);
  const clock = context.pacedClock(speed);
  const fly = await startLocalFly({
    clock,
    seed,
    apps,
    groups,
    org: LOCAL_ORG,
    port: 0,
    latencyMs: 0,
  });
  try {
    const { config } = loadFor(context, fly, file);
    const show: DemoShow = (context.stdout.isTerminal ? showTable : showEvents)(context, {
      seed,
      speed,
      clock,
      flyUrl: fly.url,
      intervalMs: config.intervalMs,
    });
    const fast = { ...context, clock };
    const listen = { host: '127.0.0.1', port: 0 };
    const data = openDemoData(fast, config, show);
    const state = createMemoryStateStore();
    // The commands are for the autoscaler that matters, not for this one.
    const service = createService(
      fast,
      { ...config, listen, socket: 'off' },
      {
        recorders: show.recorders,
        record: data,
        isStateDurable: state.isDurable,
        onFailure: show.warn,
        onSocketFailure: show.warn,
      },
    );
    const { recorder } = service;
    const connections = connectAll(config, { ...fast, warn: show.warn, recorder });
    const loop = createLoop(config, connections, {
      ...fast,
      recorder,
      state,
    });
    let opened: OpenService | null = null;
    try {
      opened = await service.open(loop.operator);
      show.begin(opened.url);
      // A second signal ends the process from within: the terminal must be right before.
      const exit = (code: number): void => {
        show.close();
        context.exit(code);
      };
      await untilStopped({ ...context, exit }, async ({ signal, stop }) => {
        const running = loop.run(signal);
        if (options.for !== undefined) stopAfter(context, options.for, signal, stop);
        await running;
      });
    } finally {
      show.close();
      await Promise.allSettled([connections.close(), opened?.close(200), data.close()]);
    }
    context.stdout.write(show.summary());
    return EXIT_OK;
  } finally {
    await fly.close();
  }
}

/** In memory, whatever the configuration says: nothing of a demonstration stays. */
function openDemoData(context: CliContext, config: Config, show: DemoShow): Data {
  const warn = (fields: object, message: string): void =>
    show.warn(`${message}: ${JSON.stringify(fields)}`);
  const log = { warn, error: warn, info: () => undefined };
  const options = { ...config, dataDir: null, configHash: () => config.hash };
  return openData(context, options, log);
}

/** Deadlines run as fast as all else, and the work of each simulated second grows with the apps. */
function usualSpeed(apps: number): number {
  return Math.max(1, Math.min(20, Math.round(600 / apps)));
}

function stopAfter({ clock }: CliContext, ms: number, signal: AbortSignal, stop: () => void): void {
  clock.sleep(ms, signal).then(stop, () => undefined);
}

/** Nothing of the user's own settings may reach the demonstration, and nothing of it their apps. */
function loadFor(context: CliContext, fly: LocalFly, file: string | undefined): Loaded {
  const foreign = Object.entries(context.env).filter(
    ([name]) => !/^(FAS|FLY|TEMPORAL)_/.test(name),
  );
  const local = localEnv(fly, LOCAL_ORG);
  const { FLY_FLAPS_BASE_URL, FLY_API_BASE_URL, FAS_API_TOKEN, FAS_ORG } = local;
  const own =
    file === undefined
      ? local
      : {
          FLY_FLAPS_BASE_URL,
          FLY_API_BASE_URL,
          FAS_API_TOKEN,
          FAS_ORG,
          SIMULATOR_PROMETHEUS: fly.prometheusUrl,
        };
  return load(context, { file, purpose: 'serve', env: { ...Object.fromEntries(foreign), ...own } });
}
