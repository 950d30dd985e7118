import { AppError } from '../core/model/errors.js';
import {
  formatProblems,
  loadConfig,
  type Config,
  type LoadInput,
  type LoadResult,
  type Overrides,
  type Problem,
} from '../config/index.js';
import type { CliContext } from './context.js';

export interface Loaded {
  readonly config: Config;
  readonly warnings: readonly Problem[];
}

type LoadContext = Pick<CliContext, 'env' | 'readFile' | 'collectors' | 'clock'>;

interface LoadOptions {
  readonly file: string | undefined;
  readonly purpose: LoadInput['purpose'];
  readonly overrides?: Overrides;
  readonly env?: CliContext['env'];
}

/** Reads file and environment. Throws `config-invalid` with every problem at once. */
export function load(context: LoadContext, options: LoadOptions): Loaded {
  const result = tryLoad(context, options);
  if (result.ok) return result;
  throw configInvalid(result);
}

/** Throws only where there is no file to read. */
export function tryLoad(context: LoadContext, options: LoadOptions): LoadResult {
  const { file: path, purpose, overrides } = options;
  const file = path === undefined ? undefined : { path, text: readConfigFile(context, path) };
  const env = options.env ?? context.env;
  const { collectors, clock } = context;
  const nowMs = clock.now();
  return loadConfig({ env, file, overrides, collectors, purpose, nowMs });
}

export function configInvalid(result: Extract<LoadResult, { ok: false }>): AppError {
  const found = [formatProblems(result.problems)];
  if (result.warnings.length > 0) found.push(`warnings:\n${formatProblems(result.warnings)}`);
  const count = result.problems.length === 1 ? 'a problem' : `${result.problems.length} problems`;
  const message = `the configuration has ${count}\n${indent(found.join('\n'))}`;
  return new AppError('config-invalid', message, { owner: 'user' });
}

/** Throws `config-invalid` when there is none to read. */
export function readConfigFile(context: Pick<CliContext, 'readFile'>, path: string): string {
  try {
    return context.readFile(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new AppError('config-invalid', `cannot read the configuration ${path}: ${code}`, {
      owner: 'user',
      hint: 'check the path that --config gives, and who may read the file',
      cause: error,
    });
  }
}

export function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ');
}
