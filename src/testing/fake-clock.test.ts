import { setMaxListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../seams/clock.js';
import { createFakeClock } from './fake-clock.js';

describe('fake clock', () => {
  it('stands still until it is moved', async () => {
    const clock = createFakeClock({ startMs: 1000 });
    expect([clock.now(), clock.elapsedMs()]).toEqual([1000, 0]);
    await clock.advance(250);
    expect([clock.now(), clock.elapsedMs()]).toEqual([1250, 250]);
  });

  it('fires timers by due time, those of one time by order of arrival', async () => {
    const clock = createFakeClock();
    const fired: string[] = [];
    const wait = async (name: string, ms: number): Promise<void> => {
      await clock.sleep(ms);
      fired.push(`${name}@${clock.elapsedMs()}`);
    };
    const all = [wait('c', 30), wait('a', 10), wait('b', 10), wait('d', 31)];
    await clock.advance(30);
    expect(fired).toEqual(['a@10', 'b@10', 'c@30']);
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(1);
    await Promise.all(all);
    expect(clock.pendingTimers).toBe(0);
  });

  it('fires ten thousand timers in order, cancelled ones never', async () => {
    const clock = createFakeClock();
    const random = seededRandom(7);
    const fired: number[] = [];
    const controller = new AbortController();
    setMaxListeners(0, controller.signal);
    let cancelled = 0;
    for (let index = 0; index < 10_000; index += 1) {
      const isCancelled = random.next() < 0.7;
      clock
        .sleep(Math.floor(random.next() * 1000), isCancelled ? controller.signal : undefined)
        .then(
          () => fired.push(clock.elapsedMs()),
          () => (cancelled += 1),
        );
    }
    controller.abort();
    await clock.advance(1000);
    expect(fired.length + cancelled).toBe(10_000);
    expect(cancelled).toBeGreaterThan(6000);
    expect(fired).toEqual([...fired].sort((a, b) => a - b));
  });

  it('lets long chains of promises come to rest before the next timer', async () => {
    const clock = createFakeClock();
    const seen: string[] = [];
    const chain = (async () => {
      await clock.sleep(10);
      for (let index = 0; index < 500; index += 1) await Promise.resolve();
      seen.push('chain');
      await clock.sleep(5);
      seen.push(`nested@${clock.elapsedMs()}`);
    })();
    const other = clock.sleep(11).then(() => seen.push('other'));
    await clock.advance(15);
    await Promise.all([chain, other]);
    expect(seen).toEqual(['chain', 'other', 'nested@15']);
  });

  it('rejects an aborted sleep with the reason and drops its timer', async () => {
    const clock = createFakeClock();
    const controller = new AbortController();
    const reason = new Error('stop');
    const sleep = clock.sleep(10, controller.signal);
    controller.abort(reason);
    await expect(sleep).rejects.toBe(reason);
    await expect(clock.sleep(10, controller.signal)).rejects.toBe(reason);
    expect(clock.pendingTimers).toBe(0);
  });

  it('jumps wall time without moving monotonic time or firing timers', async () => {
    const clock = createFakeClock({ startMs: 0 });
    let hasFired = false;
    const sleep = clock.sleep(10).then(() => (hasFired = true));
    clock.jumpWall(-3_600_000);
    await clock.advance(9);
    expect([clock.now(), clock.elapsedMs(), hasFired]).toEqual([-3_599_991, 9, false]);
    await clock.advance(1);
    await sleep;
  });

  it('runs until a promise settles and settles like it', async () => {
    const clock = createFakeClock();
    const work = async (): Promise<string> => {
      await clock.sleep(1000);
      await clock.sleep(500);
      return 'done';
    };
    await expect(clock.runUntil(work())).resolves.toBe('done');
    expect(clock.elapsedMs()).toBe(1500);
    await expect(clock.runUntil(Promise.reject(new Error('no')))).rejects.toThrow('no');
  });

  it('says so when a promise can never settle, or not within the limit', async () => {
    const clock = createFakeClock();
    const never = new Promise<void>(() => undefined);
    await expect(clock.runUntil(never)).rejects.toThrow('no timer is pending');
    const ticking = (async (): Promise<void> => {
      for (let index = 0; index < 100; index += 1) await clock.sleep(1000);
    })();
    await expect(clock.runUntil(never, 5000)).rejects.toThrow('not settled after 5000 ms');
    await clock.runUntil(ticking);
  });

  it('refuses two movers at once', async () => {
    const clock = createFakeClock();
    const first = clock.advance(1);
    await expect(clock.advance(1)).rejects.toThrow('moved already');
    await first;
  });
});
