/** What the fleet brake keeps of one count of an app, and when it has fallen. */
import type { CountName } from './draft.js';

/** What one decision says of one count whose expression reads the source. */
export interface BrakeReading {
  readonly app: string;
  readonly policy: string;
  readonly count: CountName;
  /** What the source said; null when it said nothing that is good enough to shrink on. */
  readonly value: number | null;
  /** True when `value` is null and what the policy has stand in for it may lower the count. Default false. */
  readonly isStoodInFor?: boolean;
  /** What the expressions ask for, and how many there are. */
  readonly recommended: number;
  readonly present: number;
  /** The recommendation if the source said `value`, all else as it is. Zero gives the minimum. */
  readonly recommendedAt: (value: number) => number;
}

/** A recommendation with what the source said; current until `untilMs`, and for long before it was noted. */
export interface Peak {
  readonly count: number;
  /** Null: not known, as after a start. */
  readonly value: number | null;
  untilMs: number;
}

export interface Unit {
  readonly app: string;
  readonly policy: string;
  readonly count: CountName;
  /** Falling counts, the highest of the window first and the current one last. */
  peaks: Peak[];
  /** While the brake is on. */
  frozen: Peak | null;
  recommended: number;
  minimum: number;
  isDown: boolean;
  /** Since when it is down; null: it is not. */
  downSinceMs: number | null;
  /** Since when the source has given it nothing but good samples. */
  freshSinceMs: number | null;
}

export function emptyUnit(of: Pick<Unit, 'app' | 'policy' | 'count'>, recommended: number): Unit {
  const minimum = Number.POSITIVE_INFINITY;
  return {
    ...of,
    peaks: [],
    frozen: null,
    recommended,
    minimum,
    isDown: false,
    downSinceMs: null,
    freshSinceMs: null,
  };
}

/** To half or less, or to the minimum. */
export function hasFallen(recommended: number, reference: number, minimum: number): boolean {
  if (reference <= minimum || recommended >= reference) return false;
  return recommended <= reference / 2 || recommended <= minimum;
}

/**
 * Whether the source is what brought it down: a drop that would be there all the same with what the source said
 * at the reference comes from the clock, a schedule, another metric or the configuration.
 */
export function isDownFrom(reference: Peak | null, unit: Unit, reading: BrakeReading): boolean {
  if (reference === null || !hasFallen(unit.recommended, reference.count, unit.minimum))
    return false;
  if (reference.value === null) return true;
  return !hasFallen(reading.recommendedAt(reference.value), reference.count, unit.minimum);
}
