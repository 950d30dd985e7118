/** What operators and the fleet say of an app, beside its policy. */

export type PauseMode = 'all' | 'in' | 'out' | 'at';

/** An operator's order to leave a policy's counts alone, in part or altogether. */
export interface Pause {
  readonly id: string;
  /** App name or pattern; null: every app. */
  readonly app: string | null;
  /** Null: every policy. */
  readonly policy: string | null;
  /** `in` forbids shrinking, `out` growing, `all` both; `at` holds the count at `count`. */
  readonly mode: PauseMode;
  /** With `at`. */
  readonly count: number | null;
  readonly reason: string;
  /** Wall time; after a clock that was set back later than that, so that a newer pause is never the older one. */
  readonly createdAtMs: number;
  /** Wall time; null: until it is resumed. */
  readonly untilMs: number | null;
}

export interface Orders {
  /** Those that are for this app and policy now, the newest first. */
  readonly pauses: readonly Pause[];
  /** Metrics whose source the fleet brake holds, each with why: nothing shrinks on an expression that reads one. */
  readonly braked: Readonly<Record<string, string>>;
}

export const NO_ORDERS: Orders = { pauses: [], braked: {} };

/** Those of now that were not yet given then; `NO_ORDERS` when there are none. */
export function ordersSince(now: Orders, then: Orders): Orders {
  if (now === NO_ORDERS) return NO_ORDERS;
  const known = new Set(then.pauses.map(({ id }) => id));
  const pauses = now.pauses.filter(({ id }) => !known.has(id));
  const braked = Object.entries(now.braked).filter(([metric]) => !(metric in then.braked));
  if (pauses.length + braked.length === 0) return NO_ORDERS;
  return { pauses, braked: Object.fromEntries(braked) };
}
