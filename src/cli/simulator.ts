import { Command, Option } from 'commander';
import {
  configOption,
  durationArgument,
  examples,
  groupsOption,
  portNumber,
  positiveNumber,
  wholeNumber,
} from './arguments.js';
import type { CliContext, Run } from './context.js';
import { EXIT_OK } from './failure.js';
import { load } from './load.js';
import { LOCAL_ORG, localEnv, startLocalFly, type LocalFly } from './local-fly.js';
import { untilStopped } from './shutdown.js';
import { plural } from './wording.js';

interface SimulatorOptions {
  readonly config?: string;
  readonly port: number;
  readonly apps: number;
  readonly groups: readonly string[];
  readonly seed: number;
  readonly speed: number;
  readonly latency: number;
}

export function simulatorCommand(context: CliContext, run: Run): Command {
  return new Command('simulator')
    .description('Run a simulated Fly on this machine, for any autoscaler to work on.')
    .addOption(configOption())
    .option('--port <port>', 'where it listens on 127.0.0.1; 0: any free port', portNumber, 4280)
    .option('--apps <n>', 'apps that match my-app-*', wholeNumber(1), 12)
    .addOption(groupsOption())
    .option('--seed <n>', 'the same seed gives the same world', wholeNumber(0), 1)
    .option('--speed <x>', 'how much faster than real time it runs', positiveNumber, 1)
    .addOption(
      new Option('--latency <duration>', 'added to each answer')
        .argParser(durationArgument)
        .default(0, 'none'),
    )
    .addHelpText(
      'after',
      `\nWith --config it has the organization that the configuration names.\n${examples(
        'fly-autoscaler simulator',
        'fly-autoscaler simulator --port 8080 --apps 100 --seed 7 --latency 50ms',
      )}`,
    )
    .action((options: SimulatorOptions) => run(() => simulate(context, options)));
}

async function simulate(context: CliContext, options: SimulatorOptions): Promise<number> {
  const { config: file, seed, apps, groups, port, speed, latency } = options;
  const loaded = file === undefined ? null : load(context, { file, purpose: 'validate' });
  const org = loaded?.config.org ?? LOCAL_ORG;
  const clock = context.fastClock(speed);
  const fly = await startLocalFly({ clock, seed, apps, groups, org, port, latencyMs: latency });
  context.stdout.write(describe(fly, org, options));
  try {
    await untilStopped(context, ({ signal }) => aborted(signal));
    return EXIT_OK;
  } finally {
    await fly.close();
  }
}

function describe(fly: LocalFly, org: string, { apps, seed, speed }: SimulatorOptions): string {
  const lines = Object.entries(localEnv(fly, org)).map(([name, value]) => {
    const quoted = /^[\w:/.-]+$/.test(value) ? value : `"${value.replaceAll('$', String.raw`\$`)}"`;
    return `  export ${name}=${quoted}\n`;
  });
  const [machines, api, prometheus, ...rest] = lines;
  const pace = speed === 1 ? 'real time' : `${speed} times real time`;
  return [
    `A simulated Fly listens on ${fly.url} (${plural(apps, 'app')}, seed ${seed}, ${pace}).\n`,
    '\nPoint an autoscaler at it:\n',
    machines,
    api,
    prometheus,
    '\nScale its apps by their connections; any token will do:\n',
    ...rest,
    '\nThen: fly-autoscaler serve. Ctrl-C ends the simulator.\n',
  ].join('');
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
