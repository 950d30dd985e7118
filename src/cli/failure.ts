/** How commands fail. */
import { AppError } from '../core/model/errors.js';

export const EXIT_OK = 0;
export const EXIT_ERROR = 1;
export const EXIT_USAGE = 2;

/** A command line that cannot be meant; exit code 2. */
export function usageError(message: string, hint: string): AppError {
  return new AppError('usage', message, { owner: 'user', hint });
}

/** The lines for standard error, and the exit code. */
export function failureText(error: unknown): { readonly text: string; readonly code: number } {
  if (!(error instanceof AppError)) {
    // Nobody foresaw it: the stack is what helps.
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { text: `ERROR: ${text}\n`, code: EXIT_ERROR };
  }
  const hint = error.hint === undefined ? '' : `  hint: ${error.hint}\n`;
  const code = error.code === 'usage' ? EXIT_USAGE : EXIT_ERROR;
  return { text: `ERROR: ${error.message}\n${hint}`, code };
}
