import { setMaxListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createFakeClock, type FakeClock } from '../testing/fake-clock.js';
import { createRateLimits, type LimitedAction, type RateLimits } from './rate-limits.js';

const never = new AbortController().signal;
setMaxListeners(0, never);

function takeMany(
  limits: RateLimits,
  clock: FakeClock,
  count: number,
  action: LimitedAction = 'start',
  key = 'a',
): number[] {
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    void limits.take(action, key, never).then(() => times.push(clock.elapsedMs()));
  }
  return times;
}

describe('rate limits', () => {
  it('let three go at once, then one a second', async () => {
    const clock = createFakeClock();
    const times = takeMany(createRateLimits(clock), clock, 6);
    await clock.advance(10_000);
    expect(times).toEqual([0, 0, 0, 1000, 2000, 3000]);
  });

  it('let ten reads of a machine go at once, then five a second', async () => {
    const clock = createFakeClock();
    const times = takeMany(createRateLimits(clock), clock, 13, 'get-machine');
    await clock.advance(10_000);
    expect(times).toEqual([...Array.from({ length: 10 }, () => 0), 200, 400, 600]);
  });

  it('fill up again while nothing is asked, to the burst and no further', async () => {
    const clock = createFakeClock();
    const limits = createRateLimits(clock);
    takeMany(limits, clock, 3);
    await clock.advance(1500);
    const after = takeMany(limits, clock, 2);
    await clock.advance(60_000);
    expect(after).toEqual([1500, 2000]);
    const later = takeMany(limits, clock, 4);
    await clock.advance(5000);
    expect(later).toEqual([61_500, 61_500, 61_500, 62_500]);
  });

  it('save up no more than the burst while other identifiers are busy', async () => {
    const clock = createFakeClock();
    const limits = createRateLimits(clock);
    takeMany(limits, clock, 60, 'start', 'busy');
    takeMany(limits, clock, 1, 'start', 'a');
    await clock.advance(20_000);
    const later = takeMany(limits, clock, 4, 'start', 'a');
    await clock.advance(1000);
    expect(later).toEqual([20_000, 20_000, 20_000, 21_000]);
  });

  it('let nobody overtake at the moment when the next turn comes', async () => {
    const clock = createFakeClock();
    const limits = createRateLimits(clock);
    const order: string[] = [];
    const ask = (name: string): Promise<unknown> =>
      limits.take('start', 'a', never).then(() => order.push(`${name}@${clock.elapsedMs()}`));
    const late = clock.sleep(1000).then(() => ask('late'));
    takeMany(limits, clock, 3);
    const early = ask('early');
    await clock.advance(2000);
    await Promise.all([early, late]);
    expect(order).toEqual(['early@1000', 'late@2000']);
  });

  it('count each action and each identifier by itself', async () => {
    const clock = createFakeClock();
    const limits = createRateLimits(clock);
    const all = [
      takeMany(limits, clock, 3, 'start', 'a'),
      takeMany(limits, clock, 3, 'start', 'b'),
      takeMany(limits, clock, 3, 'stop', 'a'),
    ];
    await clock.advance(0);
    expect(all.flat()).toHaveLength(9);
  });

  it('keep the order of asking, and give the turn of one that left to the next', async () => {
    const clock = createFakeClock();
    const limits = createRateLimits(clock);
    takeMany(limits, clock, 3);
    const order: string[] = [];
    const leaver = new AbortController();
    const ask = (name: string, signal: AbortSignal): Promise<unknown> =>
      limits.take('start', 'a', signal).then(
        () => order.push(`${name}@${clock.elapsedMs()}`),
        () => order.push(`${name} left`),
      );
    const asked = [ask('a', never), ask('b', leaver.signal), ask('c', never)];
    await clock.advance(500);
    leaver.abort(new Error('enough'));
    await clock.advance(2000);
    await Promise.all(asked);
    expect(order).toEqual(['b left', 'a@1000', 'c@2000']);
  });

  it('leave no timer when the last one waiting leaves, and go on with the next', async () => {
    const clock = createFakeClock();
    const limits = createRateLimits(clock);
    takeMany(limits, clock, 3);
    const leaver = new AbortController();
    const reason = new Error('enough');
    const waiting = limits.take('start', 'a', leaver.signal);
    expect(clock.pendingTimers).toBe(1);
    leaver.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    expect(clock.pendingTimers).toBe(0);
    const next = takeMany(limits, clock, 1);
    await clock.advance(1000);
    expect(next).toEqual([1000]);
    await expect(limits.take('start', 'a', leaver.signal)).rejects.toBe(reason);
  });

  it('forget identifiers that are not in use', async () => {
    const clock = createFakeClock();
    const limits = createRateLimits(clock);
    for (let app = 0; app < 10_000; app += 1) takeMany(limits, clock, 1, 'list-machines', `${app}`);
    expect(limits.size).toBe(10_000);
    await clock.advance(1000);
    takeMany(limits, clock, 1, 'list-machines', 'last');
    expect(limits.size).toBe(1);
  });
});
