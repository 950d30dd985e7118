/** What the fleet brake keeps of one count of an app, and when it has fallen. */
import type { CountName } from '../model/count.js';

/** Metric -> what it said; null as in `BrakeReading.value`. */
export type Values = Readonly<Record<string, number | null>>;

export const NO_VALUES: Values = {};

/** What one decision says of one count whose expression reads the source. */
export interface BrakeReading {
  readonly app: string;
  readonly policy: string;
  readonly count: CountName;
  /** What the source said; null when it said nothing that is good enough to shrink on. */
  readonly value: number | null;
  /** True when `value` is null and what the policy has stand in for it may lower the count. Default false. */
  readonly isStoodInFor?: boolean;
  /** What the other metrics of the expressions said, if there are any; the source's own may be among them. */
  readonly others: Values;
  /** What the expressions ask for, and how many there are. */
  readonly recommended: number;
  readonly present: number;
  /**
   * The recommendation if the source said `value`, and the others what `others` says of them; all else as it is, and so
   * is what is null. Zero gives the minimum.
   */
  readonly recommendedAt: (value: number | null, others?: Values) => number;
}

/** A recommendation with what the source said; current until `untilMs`, and for long before it was noted. */
export interface Peak {
  readonly count: number;
  /** Null: not known, as after a start. */
  readonly value: number | null;
  readonly others: Values;
  untilMs: number;
}

export interface UnitName {
  readonly app: string;
  readonly policy: string;
  readonly count: CountName;
}

export interface Unit extends UnitName {
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

export function emptyUnit(of: UnitName, recommended: number): Unit {
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
 * Whether the source brought it down: a drop that would be there all the same if the metrics said what they said at the
 * reference comes from the clock, a schedule or the configuration. Of several metrics that one is held to account which
 * makes the difference by itself; or, where several fell together and each hides behind the others, each that did.
 */
export function isDownFrom(reference: Peak | null, unit: Unit, reading: BrakeReading): boolean {
  if (reference === null) return false;
  const isFall = (count: number): boolean => hasFallen(count, reference.count, unit.minimum);
  if (!isFall(unit.recommended)) return false;
  const { value: before, others } = reference;
  const { value, recommendedAt } = reading;
  if (before === null || !isFall(recommendedAt(before))) return true;
  if (others === NO_VALUES || isFall(recommendedAt(before, others))) return false;
  return hasMoved(before, value) || isFall(recommendedAt(value, others));
}

/** By half or more, either way: in `100 / latency` it is the rise that lowers the count. */
function hasMoved(before: number, value: number | null): boolean {
  if (value === null) return true;
  return value !== before && Math.abs(value - before) >= Math.abs(before) / 2;
}
