/** What of a machine's configuration is never written down: values that may be secret, wherever they stand. */
import type { JsonValue, MachineConfig } from '../../core/model/machine.js';

export const HIDDEN = '(hidden)';

/** Keys whose object has values that may be secret; the names in it are kept. */
const OF_SECRETS = new Set(['env', 'headers']);
/** Keys whose text may be secret. */
const SECRET = new Set(['raw_value', 'secret_value', 'password', 'token']);

/**
 * The configuration with such values replaced. It goes by key alone, so that hiding before a decision and hiding after
 * it give the same: a decision that copies configurations can be computed again from hidden ones.
 */
export function hideSecrets(config: MachineConfig): MachineConfig {
  return hideIn(config) as MachineConfig;
}

function hideIn(value: JsonValue | undefined): JsonValue | undefined {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const hidden = value.map((inner: JsonValue) => hideIn(inner) ?? null);
    return value.every((inner, i) => inner === hidden[i]) ? value : hidden;
  }
  const entries = Object.entries(value);
  const hidden = entries.map(([key, inner]) => hiddenAt(key, inner));
  // Most parts have nothing to hide, and need no copy.
  if (entries.every(([, inner], i) => inner === hidden[i])) return value;
  return Object.fromEntries(entries.map(([key], i) => [key, hidden[i]]));
}

function hiddenAt(key: string, value: JsonValue | undefined): JsonValue | undefined {
  if (OF_SECRETS.has(key)) return hideAll(value);
  return SECRET.has(key) && value !== null ? HIDDEN : hideIn(value);
}

/** Every text in it, whatever its key. */
function hideAll(value: JsonValue | undefined): JsonValue | undefined {
  if (typeof value === 'string') return HIDDEN;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((inner: JsonValue) => hideAll(inner) ?? null);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, hideAll(inner)]));
}
