/** A brake that is on, as it survives a restart. */
import { emptyUnit, NO_VALUES, type Unit, type Values } from './brake-unit.js';
import type { CountName } from '../model/count.js';

/** Times are wall time. */
export interface StoredBrake {
  readonly sinceMs: number;
  readonly letGo: readonly string[];
  readonly references: readonly StoredReference[];
}

/** App, policy and count as in `web created`, how many, value, and the values of other metrics where there are any. */
type StoredReference = readonly [string, string, number, number | null, Values?];

export function toReferences(units: readonly Unit[]): readonly StoredReference[] {
  return units.flatMap(({ app, policy, count, frozen }): StoredReference[] => {
    if (frozen === null) return [];
    const { value, others } = frozen;
    const own = [app, `${policy} ${count}`, frozen.count, value] as const;
    return [others === NO_VALUES ? own : [...own, others]];
  });
}

/** Nothing is known of them but their references. */
export function fromReferences(references: readonly StoredReference[]): readonly Unit[] {
  return references.map(([app, text, highest, value, others = NO_VALUES]) => {
    const blank = text.lastIndexOf(' ');
    const [policy, count] = [text.slice(0, blank), text.slice(blank + 1) as CountName];
    const frozen = { count: highest, value, others, untilMs: Number.POSITIVE_INFINITY };
    return { ...emptyUnit({ app, policy, count }, 0), minimum: 0, peaks: [frozen], frozen };
  });
}
