import { describe, expect, it } from 'vitest';
import { pacedClock } from './paced-clock.js';

function countTimers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
}

/** As a busy machine does: nothing else has its turn meanwhile. */
function block(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}

describe('paced clock', () => {
  it('never wakes a sleep before it is due, and wakes sleeps in the order in which they are due', async () => {
    const clock = pacedClock(1000);
    const woken: number[] = [];
    const waits = [300, 0, 100, 150].map(async (ms) => {
      await clock.sleep(ms);
      expect(clock.elapsedMs()).toBeGreaterThanOrEqual(ms);
      woken.push(ms);
    });
    await Promise.all(waits);
    expect(woken).toEqual([0, 100, 150, 300]);
  });

  it('runs no faster than its speed, in wall time alike', async () => {
    const clock = pacedClock(100);
    const [realStartMs, wallMs] = [performance.now(), clock.now()];
    await clock.sleep(2000);
    expect((performance.now() - realStartMs) * 100).toBeGreaterThanOrEqual(2000 - 1);
    expect(clock.now() - wallMs).toBeGreaterThanOrEqual(1999);
  });

  it('gives others their turns before a deadline passes, however long the machine was busy', async () => {
    const clock = pacedClock(1000);
    const deadline = clock.sleep(10_000);
    const steps: number[] = [];
    for (let beforeMs = 0; beforeMs < 10_000; beforeMs = clock.elapsedMs()) {
      block(5);
      await new Promise((resolve) => setImmediate(resolve));
      steps.push(clock.elapsedMs() - beforeMs);
    }
    await deadline;
    expect(Math.max(...steps)).toBeLessThanOrEqual(200);
  });

  it('stands still while nobody sleeps', async () => {
    const clock = pacedClock(1000);
    await clock.sleep(10);
    const elapsedMs = clock.elapsedMs();
    block(5);
    await new Promise((resolve) => setImmediate(resolve));
    expect(clock.elapsedMs()).toBe(elapsedMs);
  });

  it('rejects an aborted sleep with the reason and leaves no timer behind', async () => {
    const clock = pacedClock(10);
    const controller = new AbortController();
    const reason = new Error('stop');
    const timers = countTimers();
    const sleeps = [1, 2].map(() => clock.sleep(60_000, controller.signal));
    expect(countTimers()).toBe(timers + 1);
    controller.abort(reason);
    for (const sleep of sleeps) await expect(sleep).rejects.toBe(reason);
    expect(countTimers()).toBe(timers);
    await expect(clock.sleep(1, controller.signal)).rejects.toBe(reason);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses a speed of %s', (speed) => {
    expect(() => pacedClock(speed)).toThrow(RangeError);
  });
});
