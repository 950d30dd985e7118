/** What is known of a policy's counts before any metric is read. */
import type { CountRange } from '../../core/model/policy.js';
import { constantCount } from '../read/expression.js';

/** Of the created count, or of the started one where there is no other; null: not known. */
export interface CountBounds {
  readonly least: number | null;
  readonly leastKey: string;
  readonly most: number | null;
  readonly mostKey: string;
}

export interface BoundedCounts {
  readonly created: CountRange | null;
  readonly started: CountRange | null;
  readonly spare: number | null;
  readonly maxMachinesPerApp: number;
}

/** The ceiling of the app bounds machines that exist, and so those that run. */
export function countBounds(counts: BoundedCounts): CountBounds {
  const { created, started, maxMachinesPerApp } = counts;
  const range = created ?? started;
  const name = created === null ? 'started' : 'created';
  const isSingle = range !== null && range.min === range.max;
  const key = (end: string): string => `${isSingle ? '' : `${end}-`}${name}-machine-count`;
  const spare = created === null ? (counts.spare ?? 0) : 0;
  const end = (program: CountRange['min'] | undefined): number | null => {
    const count = program && constantCount(program);
    return count === undefined ? null : count + spare;
  };
  const [least, most] = [end(range?.min), end(range?.max)];
  const isCeiling = most === null || most > maxMachinesPerApp;
  return {
    least,
    leastKey: key('min'),
    most: isCeiling ? maxMachinesPerApp : most,
    mostKey: isCeiling ? 'max-machines-per-app' : key('max'),
  };
}
