import { expect, it } from 'vitest';
import { seededRandom } from '../../seams/clock.js';
import { createFakeClock } from '../../testing/fake-clock.js';
import { createLaunchIds } from './launch-id.js';

it('gives names that sort by time, differ within a millisecond, and fit a machine name', async () => {
  const clock = createFakeClock();
  const next = createLaunchIds(clock, seededRandom(1));
  const first = [next(), next(), next()];
  await clock.advance(1);
  const later = next();
  expect(new Set(first).size).toBe(3);
  for (const id of first) {
    expect(id < later).toBe(true);
    expect(id).toMatch(/^fas-[0-9a-hjkmnp-tv-z]{22}$/);
  }
});
