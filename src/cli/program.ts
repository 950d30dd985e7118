/** The command line: words in, exit code out. */
import { Command, CommanderError } from 'commander';
import { examples, withDoubleDashes } from './arguments.js';
import { brakeCommand } from './brake.js';
import type { CliContext, Run } from './context.js';
import { demoCommand } from './demo.js';
import { evalCommand } from './eval.js';
import { explainCommand } from './explain.js';
import { EXIT_OK, EXIT_USAGE, failureText } from './failure.js';
import { helpCommand } from './help.js';
import { pauseCommand } from './pause.js';
import { pausedCommand } from './paused.js';
import { resumeCommand } from './resume.js';
import { historyCommand } from './history.js';
import { replayCommand } from './replay.js';
import { serveCommand } from './serve.js';
import { simulatorCommand } from './simulator.js';
import { validateCommand } from './validate.js';
import { versionCommand } from './version.js';

/** `argv` without the program. Never rejects. */
export async function runCli(argv: readonly string[], context: CliContext): Promise<number> {
  let exitCode: number = EXIT_OK;
  const run: Run = async (work) => {
    exitCode = await work();
  };
  const program = buildProgram(context, run);
  try {
    if (argv.length === 0) {
      program.outputHelp({ error: true });
      return EXIT_USAGE;
    }
    await program.parseAsync(withDoubleDashes(argv), { from: 'user' });
    return exitCode;
  } catch (error) {
    // Commander has printed what was wrong, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
    const failure = failureText(error);
    context.stderr.write(failure.text);
    return failure.code;
  }
}

function buildProgram(context: CliContext, run: Run): Command {
  const program = new Command('fly-autoscaler')
    .description('Scales the machines of Fly.io apps by metrics.')
    .version(context.version, '-v, --version', 'print the version')
    .helpCommand(false)
    .addHelpText(
      'after',
      examples(
        'fly-autoscaler demo',
        'fly-autoscaler validate --config fly-autoscaler.yml',
        'fly-autoscaler eval --config fly-autoscaler.yml',
        'fly-autoscaler serve --config fly-autoscaler.yml',
      ),
    )
    .configureHelp({ helpWidth: Math.min(80, context.stdout.size().columns) })
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'ERROR: ')),
    })
    .showHelpAfterError('(--help shows what can be given)')
    .exitOverride();
  const commands = [
    serveCommand(context, run),
    evalCommand(context, run),
    validateCommand(context, run),
    pauseCommand(context, run),
    resumeCommand(context, run),
    pausedCommand(context, run),
    brakeCommand(context, run),
    historyCommand(context, run),
    explainCommand(context, run),
    replayCommand(context, run),
    demoCommand(context, run),
    simulatorCommand(context, run),
    versionCommand(context, run),
    helpCommand(program, run),
  ];
  for (const command of commands) {
    command.copyInheritedSettings(program);
    program.addCommand(command);
  }
  return program;
}
