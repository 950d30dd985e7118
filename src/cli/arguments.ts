/** Options that several commands share, and how their values are read. */
import { InvalidArgumentError, Option } from 'commander';
import { durationMeant, parseDurationMs } from '../core/time/duration.js';

/** Every command takes it, so that a start script may give it to all. */
export function configOption(): Option {
  return new Option('--config <file>', 'YAML file; the environment is read as well');
}

/** Of `demo` and `simulator`. */
export function groupsOption(): Option {
  return new Option('--groups <names>', 'process groups that each app has a machine of')
    .default(['app'], 'app')
    .argParser((text) => {
      const names = text.split(',').map((name) => name.trim());
      if (names.includes('')) throw new InvalidArgumentError('It must be names with commas.');
      return names;
    });
}

export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || !Number.isSafeInteger(value)) {
      throw new InvalidArgumentError(`It must be a whole number from ${least} up.`);
    }
    return value;
  };
}

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0) {
    throw new InvalidArgumentError('It must be a number above zero.');
  }
  return value;
}

/** In milliseconds. */
export function durationArgument(text: string): number {
  let ms: number;
  try {
    ms = parseDurationMs(text);
  } catch {
    const meant = durationMeant(text);
    const advice = meant === undefined ? '.' : `: write ${meant}.`;
    throw new InvalidArgumentError(`It must be a duration such as 30s or 2m${advice}`);
  }
  if (ms <= 0) throw new InvalidArgumentError('It must be above zero.');
  return ms;
}

export function portNumber(text: string): number {
  const port = wholeNumber(0)(text);
  if (port > 65_535) throw new InvalidArgumentError('It must be a port, 0 to 65535.');
  return port;
}

/**
 * The original takes `-config FILE`; everywhere else a single dash begins one-letter options,
 * so the words are put right before they are parsed.
 */
export function withDoubleDashes(argv: readonly string[]): string[] {
  return argv.map((word) => (/^-config(=|$)/.test(word) ? `-${word}` : word));
}

/** Examples for the end of a help text. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => (line === '' ? '' : `  ${line}`)).join('\n')}\n`;
}
