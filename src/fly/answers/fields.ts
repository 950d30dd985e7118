import { z } from 'zod';

/** A time in RFC 3339, as milliseconds since the epoch. */
export const timestamp = z.string().transform((text, context) => {
  const ms = Date.parse(text);
  if (!Number.isNaN(ms)) return ms;
  context.addIssue({ code: 'custom', message: 'not a time' });
  return z.NEVER;
});

/** A name, an id, a state: longer than any of Fly's is none, and would fill logs and records. */
export const name = z.string().min(1).max(256);

/** The same where it may be missing; Go writes "" for what is not set. */
export const optionalName = z
  .string()
  .max(256)
  .nullish()
  .transform((text) => text || null);

/** What Fly may add to its lists of host states counts as unknown: nothing is done to it. */
export function hostStatus(value: string): 'ok' | 'unknown' | 'unreachable' {
  return value === 'ok' || value === 'unreachable' ? value : 'unknown';
}

/** Where an answer does not fit its schema, by the names of fields: "config.metadata.a"; it quotes no value. */
export function placeOf(error: z.ZodError): string {
  const path = error.issues[0]?.path.join('.') ?? '';
  return path.length > 80 ? `${path.slice(0, 80)}...` : path;
}

/** An object's field, whatever the object is. */
export function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;
}
