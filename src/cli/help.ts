import { Argument, Command } from 'commander';
import type { Run } from './context.js';
import { configOption, examples } from './arguments.js';
import { EXIT_OK, usageError } from './failure.js';

export function helpCommand(program: Command, run: Run): Command {
  return new Command('help')
    .description('Show the help of the program or of one command.')
    .addArgument(new Argument('[command]', 'name of a command'))
    .addOption(configOption().hideHelp())
    .addHelpText('after', examples('fly-autoscaler help', 'fly-autoscaler help serve'))
    .action((name: string | undefined) =>
      run(async () => {
        const command =
          name === undefined ? program : program.commands.find((known) => known.name() === name);
        if (command === undefined) {
          const known = program.commands.map((c) => c.name()).join(', ');
          throw usageError(`there is no command "${name}"`, `the commands are ${known}`);
        }
        command.outputHelp();
        return EXIT_OK;
      }),
    );
}
