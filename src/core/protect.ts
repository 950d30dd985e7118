/** Machines that their users ask us to leave alone, by the metadata key `fas-protect`. */
import type { Machine } from './machine.js';

export const PROTECT_KEY = 'fas-protect';

const NOT: ReadonlySet<string> = new Set(['', 'false', 'no', 'off']);
const UNIX_SECONDS = /^\d{1,12}(\.\d+)?$/;
/** RFC 3339, section 5.6. */
const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;

/**
 * Whether the machine may not be taken at that time: `true`, or a time that is not over yet, in RFC 3339 or seconds
 * since the Unix epoch. A value that nobody can read protects too: whoever wrote it meant to.
 */
export function isProtected(machine: Machine, wallMs: number): boolean {
  const text = (machine.metadata[PROTECT_KEY] ?? '').trim();
  if (NOT.has(text.toLowerCase())) return false;
  const untilMs = timeMs(text);
  return untilMs === null || wallMs < untilMs;
}

function timeMs(text: string): number | null {
  if (UNIX_SECONDS.test(text)) return Number(text) * 1000;
  const parsed = RFC_3339.test(text)
    ? Date.parse(text.replace(' ', 'T').toUpperCase())
    : Number.NaN;
  return Number.isNaN(parsed) ? null : parsed;
}
