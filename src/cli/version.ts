import { Command } from 'commander';
import { configOption, examples } from './arguments.js';
import type { CliContext, Run } from './context.js';
import { EXIT_OK } from './failure.js';

export function versionCommand(context: CliContext, run: Run): Command {
  return new Command('version')
    .description('Print the version.')
    .addOption(configOption().hideHelp())
    .addHelpText('after', examples('fly-autoscaler version'))
    .action(() =>
      run(async () => {
        context.stdout.write(`fly-autoscaler ${context.version}\n`);
        return EXIT_OK;
      }),
    );
}
