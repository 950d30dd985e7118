import { describe, expect, it } from 'vitest';
import { Slots } from './slots.js';

const live = new AbortController().signal;

describe('slots', () => {
  it('are given out in the order of arrival', async () => {
    const slots = new Slots(1);
    const order: string[] = [];
    const leave = await slots.acquire(live);
    const waits = ['a', 'b', 'c'].map(async (name) => {
      const done = await slots.acquire(live);
      order.push(name);
      done();
    });
    expect(order).toEqual([]);
    leave();
    await Promise.all(waits);
    expect(order).toEqual(['a', 'b', 'c']);
  });

  it('are not lost to a waiter that gave up', async () => {
    const slots = new Slots(1);
    const leave = await slots.acquire(live);
    const controller = new AbortController();
    const wait = slots.acquire(controller.signal);
    controller.abort(new Error('over'));
    await expect(wait).rejects.toThrow('over');
    leave();
    const again = await slots.acquire(live);
    again();
  });

  it('are given back once, however often that is said', async () => {
    const slots = new Slots(1);
    const leave = await slots.acquire(live);
    leave();
    leave();
    await slots.acquire(live);
    const controller = new AbortController();
    const third = slots.acquire(controller.signal);
    controller.abort(new Error('full'));
    await expect(third).rejects.toThrow('full');
  });

  it('bound how much goes on at once', async () => {
    const slots = new Slots(3);
    let now = 0;
    let most = 0;
    const results = await slots.forEach([1, 2, 3, 4, 5, 6, 7], live, async (item) => {
      most = Math.max(most, (now += 1));
      await Promise.resolve();
      now -= 1;
      return item * 2;
    });
    expect(most).toBe(3);
    expect(results).toEqual([2, 4, 6, 8, 10, 12, 14]);
  });
});

describe('another number of places', () => {
  it('admits who waits, and takes away no place that somebody has', async () => {
    const slots = new Slots(1);
    const signal = new AbortController().signal;
    const admitted: string[] = [];
    const enter = async (name: string): Promise<() => void> => {
      const leave = await slots.acquire(signal);
      admitted.push(name);
      return leave;
    };
    const [a, b, c] = [enter('a'), enter('b'), enter('c')];
    await Promise.resolve();
    slots.resize(3);
    const leaveAll = [await a, await b, await c];
    slots.resize(1);
    const d = enter('d');
    leaveAll[0]?.();
    leaveAll[1]?.();
    await Promise.resolve();
    expect(admitted).toEqual(['a', 'b', 'c']);
    leaveAll[2]?.();
    (await d)();
    expect(admitted).toEqual(['a', 'b', 'c', 'd']);
  });
});
