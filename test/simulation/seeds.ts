import { expect, it } from 'vitest';
import { runScenario } from './run-scenario.js';

/** Files among which the seeds are shared out: vitest gives each file a process of its own. */
const SHARES = 4;
const DEFAULT_SEEDS = 24;

/** Declares one test for each seed of a share, from 0. FAS_TEST_SEEDS says how many seeds there are in all. */
export function testSeeds(share: number): void {
  const count = Number(process.env['FAS_TEST_SEEDS'] ?? DEFAULT_SEEDS);
  const seeds = Array.from({ length: count }, (_, i) => i + 1).filter(
    (seed) => seed % SHARES === share,
  );
  it.each(seeds)('keeps every rule through the troubles of seed %i', async (seed) => {
    const { violations } = await runScenario(seed);
    expect(violations, `again: npm run soak -- --seeds 1 --from-seed ${seed}`).toEqual([]);
  });
}
