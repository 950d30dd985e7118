import { expect, it } from 'vitest';
import { seededRandom } from '../../../seams/clock.js';
import { createFakeClock } from '../../../testing/fake-clock.js';
import { placesFor } from './places.js';
import { spreadTurns } from './spread.js';

/** When each of so many requests starts. */
async function starts(count: number, intervalMs?: number): Promise<readonly number[]> {
  const clock = createFakeClock();
  const times = {
    clock,
    random: seededRandom(1),
    ...(intervalMs === undefined ? {} : { intervalMs }),
  };
  const seen: number[] = [];
  const items = Array.from({ length: count }, (_, index) => index);
  const work = async (): Promise<void> => {
    seen.push(clock.elapsedMs());
  };
  const { signal } = new AbortController();
  const forEach = placesFor<number>(32, String);
  await clock.runUntil(forEach(items, signal, work, spreadTurns(times, count)));
  expect(clock.pendingTimers).toBe(0);
  return seen;
}

it('spreads many starts over a quarter of the interval, unevenly', async () => {
  const seen = await starts(1000, 15_000);
  expect(seen).toHaveLength(1000);
  expect(seen[0]).toBe(0);
  expect(seen.at(-1)).toBeGreaterThan(3_500);
  expect(seen.at(-1)).toBeLessThan(4_000);
  for (let quarter = 0; quarter < 4; quarter += 1) {
    const from = (quarter * 3_750) / 4;
    const inQuarter = seen.filter((atMs) => atMs >= from && atMs < from + 3_750 / 4);
    expect(inQuarter.length).toBeGreaterThan(200);
  }
  const gaps = seen.slice(1).map((atMs, index) => atMs - (seen[index] ?? 0));
  expect(new Set(gaps).size).toBeGreaterThan(100);
});

it('leaves no more than 20 ms or so between two', async () => {
  const seen = await starts(20, 600_000);
  expect(seen.at(-1)).toBeGreaterThan(200);
  expect(seen.at(-1)).toBeLessThan(600);
});

it.each([
  [8, 15_000],
  [100, undefined],
])('lets %i start at once at an interval of %s', async (count, intervalMs) => {
  expect(new Set(await starts(count, intervalMs))).toEqual(new Set([0]));
});
