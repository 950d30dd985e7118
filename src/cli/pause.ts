import { Command, Option } from 'commander';
import type { AllPauses, Begun } from '../server/api/pause-endpoints.js';
import { durationArgument, examples, wholeNumber } from './arguments.js';
import type { CliContext, Run } from './context.js';
import { withControl, withControlOptions, type ControlOptions } from './control-client.js';
import { EXIT_OK } from './failure.js';
import { effectText, NOT_DURABLE, pauseTable, targetText } from './pause-text.js';
import { targetOf, withTarget, type TargetOptions } from './pause-target.js';
import { zoneOf } from './record-source.js';
import { parseUntil } from './times.js';
import { plural } from './wording.js';

interface PauseOptions extends ControlOptions, TargetOptions {
  readonly in?: boolean;
  readonly out?: boolean;
  readonly at?: number;
  /** In milliseconds. */
  readonly for?: number;
  /** As the commands of the record take times. */
  readonly until?: string;
  readonly reason?: string;
}

export function pauseCommand(context: CliContext, run: Run): Command {
  const command = withTarget(
    new Command('pause').description('Tell the running autoscaler to leave apps alone.'),
  )
    .addOption(new Option('--in', 'only do not shrink').conflicts(['out', 'at']))
    .addOption(new Option('--out', 'only do not grow').conflicts(['at']))
    .addOption(new Option('--at <n>', 'hold so many machines').argParser(wholeNumber(0)))
    .addOption(
      new Option('--for <duration>', 'how long, such as 2h (default: until it is resumed)')
        .argParser(durationArgument)
        .conflicts('until'),
    )
    .addOption(new Option('--until <time>', 'such as 18:00, "2026-01-31 18:00", 2026-01-31T18:00Z'))
    .option('--reason <text>', 'for those who wonder');
  return withControlOptions(command)
    .addHelpText(
      'after',
      examples(
        'fly-autoscaler pause my-app-1',
        'fly-autoscaler pause "my-app-*" --in --for 2h --reason "moving the queue"',
        'fly-autoscaler pause my-app-1 --policy web --at 5 --until 2026-01-31T18:00Z',
        'fly-autoscaler pause --all --url http://my-autoscaler.internal:9090',
      ),
    )
    .action((app: string | undefined, options: PauseOptions) =>
      run(() => pause(context, app, options)),
    );
}

async function pause(
  context: CliContext,
  app: string | undefined,
  options: PauseOptions,
): Promise<number> {
  const target = targetOf(app, options);
  const { until } = options;
  const untilMs =
    until === undefined ? null : parseUntil(until, context.clock.now(), zoneOf(context));
  const order = { app: target, ...termsOf(options, untilMs) };
  await withControl(context, options, async (client) => {
    const begun = await client.post<Begun>('/pause', order);
    if (options.json === true) context.stdout.write(`${JSON.stringify(begun)}\n`);
    else {
      const { pauses } = await client.get<AllPauses>('/pauses');
      context.stdout.write(describe(begun));
      context.stdout.write(`\nPaused now:\n${pauseTable(pauses, context)}`);
    }
  });
  return EXIT_OK;
}

function termsOf(options: PauseOptions, untilMs: number | null): object {
  const { policy, at, for: forMs, reason } = options;
  const mode = at !== undefined ? 'at' : modeOf(options);
  return {
    mode,
    ...(at === undefined ? {} : { count: at }),
    ...(policy === undefined ? {} : { policy }),
    // Not as a time: the clocks of two machines may differ.
    ...(forMs === undefined ? {} : { for: `${forMs}ms` }),
    ...(untilMs === null ? {} : { until: new Date(untilMs).toISOString() }),
    ...(reason === undefined ? {} : { reason }),
  };
}

function modeOf(options: PauseOptions): 'in' | 'out' | 'all' {
  if (options.in === true) return 'in';
  return options.out === true ? 'out' : 'all';
}

function describe({ pause, apps, isDurable }: Begun): string {
  const matches =
    apps === 0
      ? 'No app of the fleet is of that name now.\n'
      : `It is for ${plural(apps, 'app')} of the fleet now.\n`;
  const target = targetText(pause.app, pause.policy);
  return `Paused ${target}: ${effectText(pause)}.\n${matches}${isDurable ? '' : NOT_DURABLE}`;
}
