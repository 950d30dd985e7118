import { expect, it } from 'vitest';
import { forEachBounded } from './bounded.js';

it('keeps at most so many under way, in order', async () => {
  let underWay = 0;
  let peak = 0;
  const started: number[] = [];
  await forEachBounded([0, 1, 2, 3, 4, 5, 6], 3, new AbortController().signal, async (item) => {
    started.push(item);
    underWay += 1;
    peak = Math.max(peak, underWay);
    await Promise.resolve();
    underWay -= 1;
  });
  expect(peak).toBe(3);
  expect(started).toEqual([0, 1, 2, 3, 4, 5, 6]);
});

it('starts nothing more once aborted', async () => {
  const controller = new AbortController();
  const started: number[] = [];
  await forEachBounded([0, 1, 2, 3], 1, controller.signal, async (item) => {
    started.push(item);
    if (item === 1) controller.abort();
    await Promise.resolve();
  });
  expect(started).toEqual([0, 1]);
});
