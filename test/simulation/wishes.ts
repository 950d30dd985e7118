/** What a decision may have wanted, by all that its process had been told. */
import type { Ground, OwnEffect } from './invariant.js';
import type { Wish } from './sketches.js';
import type { Reading } from './readings.js';
import type { AppSnapshot } from './snapshots.js';

/** A clock that jumped, or a process that is new, leaves no value. */
const NO_VALUE: Reading = { atMs: 0, value: null, isGood: false };

export interface Wanted {
  /** The least and the most for each reading that gives a number. */
  readonly mins: readonly number[];
  readonly maxes: readonly number[];
}

export function wantedBy(wish: Wish, readings: readonly Reading[]): Wanted {
  const isNumber = (count: number | null): count is number => count !== null;
  return {
    mins: readings.map(({ value }) => wish.min(value)).filter(isNumber),
    maxes: readings.map(({ value }) => wish.max(value)).filter(isNumber),
  };
}

/** All that the decision may have been made on. */
export function readingsFor(
  ground: Ground,
  { by, entry }: OwnEffect,
  wish: Wish,
  snapshot: AppSnapshot,
): readonly Reading[] {
  return [NO_VALUE, ...ground.readings.since(by, entry.app, wish.metric, snapshot.firstAtMs)];
}

/** Those of them that are good enough to shrink on: a value, and not an old one. */
export function goodReadings(
  ground: Ground,
  readings: readonly Reading[],
  wish: Wish,
  snapshot: AppSnapshot,
): readonly Reading[] {
  if (wish.isBlind === true) return readings;
  const { intervalMs, timeoutMs } = ground.plan;
  const oldestMs = snapshot.firstAtMs - (2 * intervalMs + timeoutMs + 1000);
  return readings.filter((reading) => reading.isGood && reading.atMs >= oldestMs);
}
