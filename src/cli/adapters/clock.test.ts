import { describe, expect, it } from 'vitest';
import { systemClock } from './clock.js';

function countTimers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
}

describe('system clock', () => {
  it('never wakes a sleep before it is due', async () => {
    const clock = systemClock();
    for (const ms of [0, 1, 2.5, 3]) {
      const startMs = clock.elapsedMs();
      await clock.sleep(ms);
      expect(clock.elapsedMs() - startMs).toBeGreaterThanOrEqual(ms);
    }
  });

  it('runs faster by the speed, in wall time and in sleeps', async () => {
    const clock = systemClock({ speed: 10_000 });
    const realStartMs = Date.now();
    const wallMs = clock.now();
    await clock.sleep(60_000);
    expect(clock.elapsedMs()).toBeGreaterThanOrEqual(60_000);
    expect(clock.now() - wallMs).toBeGreaterThanOrEqual(40_000);
    expect(Date.now() - realStartMs).toBeLessThan(30_000);
  });

  it('rejects an aborted sleep with the reason and leaves no timer behind', async () => {
    const clock = systemClock();
    const controller = new AbortController();
    const reason = new Error('stop');
    const timers = countTimers();
    const sleep = clock.sleep(60_000, controller.signal);
    expect(countTimers()).toBe(timers + 1);
    controller.abort(reason);
    await expect(sleep).rejects.toBe(reason);
    expect(countTimers()).toBe(timers);
    await expect(clock.sleep(1, controller.signal)).rejects.toBe(reason);
  });

  it('takes a sleep that is longer than a timer can be', async () => {
    const clock = systemClock();
    const controller = new AbortController();
    const warnings: string[] = [];
    const note = (warning: Error): number => warnings.push(warning.name);
    process.on('warning', note);
    const sleep = clock.sleep(1e12, controller.signal);
    await clock.sleep(5);
    controller.abort(new Error('enough'));
    await expect(sleep).rejects.toThrow('enough');
    process.off('warning', note);
    expect(warnings).not.toContain('TimeoutOverflowWarning');
  });

  it('refuses a speed that is not above zero', () => {
    for (const speed of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => systemClock({ speed })).toThrow('speed');
    }
  });
});
