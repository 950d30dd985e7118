import { z } from 'zod';
import type { ListedMachine } from '../../core/model/machine.js';
import { fieldOf, name, optionalName, timestamp } from './fields.js';

const time = z.union([z.literal('').transform(() => null), timestamp]).nullish();

/**
 * A page of the organization's list. Its entries are read one by one. What is said beside them only helps: where it cannot
 * be read the machines stand all the same, and no app's own list depends on it.
 */
export const orgMachinesSchema = z.object({
  machines: z.array(z.unknown()).nullish(),
  /** Empty when the page is. */
  last_updated_at: time.catch(null),
  next_cursor: z.string().nullish(),
  error_regions: z.array(name.nullable().catch(null)).nullish().catch(null),
});

const FIELDS = {
  id: name,
  app_name: name,
  state: name,
  region: name,
  version: optionalName,
  instance_id: optionalName,
  created_at: time,
  updated_at: time,
};

/**
 * Of a machine only what tells that it changed. Null: it cannot be told whose it is; an app that has more machines than the
 * list tells of is then found by their number.
 */
export function readListed(entry: unknown): ListedMachine | null {
  let isOdd = false;
  const read = <K extends keyof typeof FIELDS>(key: K): z.infer<(typeof FIELDS)[K]> | undefined => {
    const result = FIELDS[key].safeParse(fieldOf(entry, key));
    isOdd ||= !result.success;
    return result.success ? (result.data as z.infer<(typeof FIELDS)[K]>) : undefined;
  };
  const app = read('app_name');
  if (app === undefined) return null;
  const updatedAtMs = read('updated_at') ?? read('created_at') ?? null;
  const listed = {
    id: read('id') ?? '',
    app,
    state: read('state') ?? 'unknown',
    region: read('region') ?? '',
    version: read('version') ?? read('instance_id') ?? '',
    updatedAtMs: updatedAtMs ?? 0,
  };
  return isOdd || updatedAtMs === null ? { ...listed, isOdd: true } : listed;
}
