import type { CliContext } from './context.js';
import type { Paint, Tone } from './table.js';

const CODES: Readonly<Record<Exclude<Tone, 'plain'>, string>> = {
  strong: '1',
  faint: '2',
  good: '32',
  bad: '33',
};

/** Colours on a terminal, unless NO_COLOR (no-color.org) is set. */
export function painter({ stdout, env }: Pick<CliContext, 'stdout' | 'env'>): Paint {
  const isPlain = !stdout.isTerminal || (env['NO_COLOR'] ?? '') !== '';
  if (isPlain) return (_, text) => text;
  return (tone, text) => (tone === 'plain' ? text : `\u001b[${CODES[tone]}m${text}\u001b[0m`);
}
