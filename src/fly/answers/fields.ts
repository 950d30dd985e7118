import { z } from 'zod';

/** A time in RFC 3339, as milliseconds since the epoch. */
export const timestamp = z.string().transform((text, context) => {
  const ms = Date.parse(text);
  if (!Number.isNaN(ms)) return ms;
  context.addIssue({ code: 'custom', message: 'not a time' });
  return z.NEVER;
});

/** What Fly may add to its lists of host states counts as unknown: nothing is done to it. */
export function hostStatus(value: string): 'ok' | 'unknown' | 'unreachable' {
  return value === 'ok' || value === 'unreachable' ? value : 'unknown';
}
