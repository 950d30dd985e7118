import type { CollectorContext } from '../../../seams/schema.js';

/** Recalls what is kept, by its name; what it makes is kept. */
export function recallFrom(
  kept: Map<string, object>,
): Exclude<CollectorContext['recall'], undefined> {
  return <T extends object>(what: string, make: () => T): T => {
    const known = (kept.get(what) as T | undefined) ?? make();
    kept.set(what, known);
    return known;
  };
}
