import { Command } from 'commander';
import type { AllPauses } from '../server/api/pause-endpoints.js';
import { examples } from './arguments.js';
import type { CliContext, Run } from './context.js';
import { withControl, withControlOptions, type ControlOptions } from './control-client.js';
import { EXIT_OK } from './failure.js';
import { mayBeMissing, NOT_DURABLE, pauseTable } from './pause-text.js';

export function pausedCommand(context: CliContext, run: Run): Command {
  return withControlOptions(new Command('paused').description('Show what is paused.'))
    .addHelpText('after', examples('fly-autoscaler paused', 'fly-autoscaler paused --json'))
    .action((options: ControlOptions) => run(() => paused(context, options)));
}

async function paused(context: CliContext, options: ControlOptions): Promise<number> {
  await withControl(context, options, async (client) => {
    const answer = await client.get<AllPauses>('/pauses');
    if (options.json === true) context.stdout.write(`${JSON.stringify(answer)}\n`);
    else context.stdout.write(describe(answer, context));
  });
  return EXIT_OK;
}

function describe({ pauses, isDurable, areAllKnown }: AllPauses, context: CliContext): string {
  // An autoscaler of an earlier version says nothing of that.
  const isUnknown = (areAllKnown as boolean | undefined) === false;
  const areHeld = pauses.some(({ app, mode }) => app === '*' && mode === 'in');
  const lost = isUnknown ? `\n${mayBeMissing(areHeld)}` : '';
  if (pauses.length === 0)
    return `${lost === '' ? 'Nothing is paused.' : 'No pause is known.'}\n${lost}`;
  return `${pauseTable(pauses, context)}${isDurable ? '' : `\n${NOT_DURABLE}`}${lost}`;
}
