import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../testing/fake-clock.js';
import type { Random } from '../seams/clock.js';
import { flyError } from './error-table.js';
import { waitBeforeRetryMs, withRetry } from './retry.js';

const low: Random = { next: () => 0 };
const high: Random = { next: () => 0.999 };
const never = new AbortController().signal;

describe('the wait before another attempt', () => {
  it('begins at a second when Fly says that it is too much, and doubles', () => {
    const error = flyError('fly-rate-limited', 'x');
    expect([1, 2, 3].map((failures) => waitBeforeRetryMs(error, failures, low))).toEqual([
      1000, 2000, 4000,
    ]);
    expect(waitBeforeRetryMs(error, 1, high)).toBe(1999);
  });

  it('is shorter when the server stumbled', () => {
    expect(waitBeforeRetryMs(flyError('fly-unavailable', 'x'), 1, low)).toBe(250);
  });

  it('is at least what the server asks for, if that can be waited for', () => {
    const asks = (retryAfterMs: number): unknown =>
      waitBeforeRetryMs(flyError('fly-rate-limited', 'x', { retryAfterMs }), 1, low);
    expect(asks(7000)).toBe(7000);
    expect(asks(0)).toBe(1000);
  });

  it.each([
    ['a change that may have happened', flyError('fly-unavailable', 'x', { isAmbiguous: true })],
    ['a broken connection after a change', flyError('fly-unreachable', 'x', { isAmbiguous: true })],
    ['a held lease', flyError('fly-lease-held', 'x')],
    ['a wrong state', flyError('fly-precondition', 'x')],
    ['missing capacity', flyError('fly-no-capacity', 'x')],
    ['a wrong token', flyError('fly-unauthorized', 'x')],
    ['an answer of the wrong shape', flyError('fly-bad-answer', 'x')],
    ['a deadline of our own', flyError('fly-timeout', 'x')],
    ['an error of ours', new TypeError('x')],
  ])('does not exist for %s', (_, error) => {
    expect(waitBeforeRetryMs(error, 1, low)).toBeNull();
  });
});

describe('retrying', () => {
  it.each([
    ['a read', true, 30_000, 30_001],
    ['a change', false, 4000, 4001],
  ])('makes %s wait for so long in all, and no longer', async (_name, isRead, most, tooLong) => {
    const attempts = async (retryAfterMs: number): Promise<number> => {
      const clock = createFakeClock();
      let count = 0;
      const work = withRetry({ clock, random: low }, never, isRead, () => {
        count += 1;
        return Promise.reject(flyError('fly-rate-limited', 'x', { retryAfterMs }));
      });
      await expect(clock.runUntil(work)).rejects.toThrow('x');
      return count;
    };
    expect([await attempts(most), await attempts(tooLong)]).toEqual([2, 1]);
  });

  it('gives up with the last error after four attempts', async () => {
    const clock = createFakeClock();
    let attempts = 0;
    const work = withRetry({ clock, random: low }, never, true, () => {
      attempts += 1;
      return Promise.reject(flyError('fly-unavailable', `attempt ${attempts}`));
    });
    await expect(clock.runUntil(work)).rejects.toThrow('attempt 4');
    expect(clock.elapsedMs()).toBe(250 + 500 + 1000);
  });

  it("ends with the signal's reason while it waits", async () => {
    const clock = createFakeClock();
    const controller = new AbortController();
    const reason = new Error('stop');
    const work = withRetry({ clock, random: low }, controller.signal, true, () =>
      Promise.reject(flyError('fly-rate-limited', 'x')),
    );
    const outcome = expect(work).rejects.toBe(reason);
    await clock.advance(500);
    controller.abort(reason);
    await outcome;
    expect(clock.pendingTimers).toBe(0);
  });
});
