import { expect, it } from 'vitest';
import { createTestFly } from '../testing/fly-client.js';

const never = new AbortController().signal;

it('reads a long list in slices, between which others have their turn', async () => {
  const body = JSON.stringify(
    Array.from({ length: 2000 }, (_, index) => ({
      id: `m${index}`,
      state: 'started',
      region: 'ord',
      instance_id: '01JX3ZQ1M9V5A6T7C8E9F0G1H2',
      created_at: '2026-06-01T02:30:10Z',
      config: { env: { PADDING: 'x'.repeat(500) } },
    })),
  );
  const { fly, clock } = createTestFly(() => ({ body }));
  let waits = 0;
  const sleep = clock.sleep.bind(clock);
  clock.sleep = (ms, signal) => {
    if (ms === 0) waits += 1;
    return sleep(ms, signal);
  };
  expect(await clock.runUntil(fly.listMachines('a', never))).toHaveLength(2000);
  expect(waits).toBeGreaterThanOrEqual(Math.floor(body.length / 131_072));
});
