import { Command } from 'commander';
import type { Ended } from '../server/api/pause-endpoints.js';
import { examples } from './arguments.js';
import type { CliContext, Run } from './context.js';
import { withControl, withControlOptions, type ControlOptions } from './control-client.js';
import { EXIT_OK } from './failure.js';
import { pauseTable, targetText } from './pause-text.js';
import { targetOf, withTarget, type TargetOptions } from './pause-target.js';
import { plural } from './wording.js';

type ResumeOptions = ControlOptions & TargetOptions;

export function resumeCommand(context: CliContext, run: Run): Command {
  const command = withTarget(
    new Command('resume').description('End the pauses of an app, of a pattern, or all of them.'),
  );
  return withControlOptions(command)
    .addHelpText(
      'after',
      `\nA pause ends by the name or pattern that it was made for.\n${examples(
        'fly-autoscaler resume my-app-1',
        'fly-autoscaler resume "my-app-*" --policy web',
        'fly-autoscaler resume --all',
      )}`,
    )
    .action((app: string | undefined, options: ResumeOptions) =>
      run(() => resume(context, app, options)),
    );
}

async function resume(
  context: CliContext,
  app: string | undefined,
  options: ResumeOptions,
): Promise<number> {
  const target = targetOf(app, options);
  const policy = options.policy ?? null;
  await withControl(context, options, async (client) => {
    const answer = await client.post<Ended>('/resume', { app: target, policy });
    if (options.json === true) context.stdout.write(`${JSON.stringify(answer)}\n`);
    else context.stdout.write(describe(answer, targetText(target, policy), context));
  });
  return EXIT_OK;
}

function describe({ ended, pauses }: Ended, target: string, context: CliContext): string {
  const done =
    ended.length === 0
      ? `There was no pause of ${target}.\n`
      : `Resumed ${target}: ${plural(ended.length, 'pause')} ended.\n`;
  if (pauses.length === 0) return `${done}Nothing of it is paused now.\n`;
  return `${done}\nStill paused:\n${pauseTable(pauses, context)}`;
}
