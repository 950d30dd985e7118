/** What pause and resume are for, as words of the command line. */
import { Argument, Option, type Command } from 'commander';
import { usageError } from './failure.js';

export interface TargetOptions {
  readonly all?: boolean;
  readonly policy?: string;
}

export function withTarget(command: Command): Command {
  return command
    .addArgument(new Argument('[app]', 'name of an app, or a pattern such as my-app-*'))
    .option('--all', 'every app')
    .addOption(new Option('--policy <name>', 'only this policy of theirs (default: every policy)'));
}

/** Null: every app. Throws `usage` unless it is one of the two. */
export function targetOf(app: string | undefined, { all }: TargetOptions): string | null {
  if ((app === undefined) === (all !== true)) {
    throw usageError('give the name of an app, a pattern, or --all', 'quote a pattern: "my-app-*"');
  }
  return app ?? null;
}
