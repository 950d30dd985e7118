import { createHash } from 'node:crypto';
import { redact } from '../base/problem.js';

/** Twelve hex digits of a JSON value. The order of keys does not matter, nor do the secrets in its texts. */
export function shortHash(value: unknown, secrets: readonly string[]): string {
  return createHash('sha256').update(canonicalJson(value, secrets)).digest('hex').slice(0, 12);
}

function canonicalJson(value: unknown, secrets: readonly string[]): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner === 'string') return redact(inner, secrets);
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
