import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../testing/fake-clock.js';
import { machines } from '../../testing/builders.js';
import { never } from '../../testing/simulated-fly.js';
import { createSmallFly } from '../../testing/small-fly.js';
import { OwnLists } from './own-lists.js';

const REQUEST_TIMEOUT_MS = 10_000;

/** `delaysMs`: how long Fly takes for the list of an app, no time unless told; longer than a request may take, it fails. */
function someLists() {
  const clock = createFakeClock();
  const fly = createSmallFly(clock);
  const delaysMs = new Map<string, number>();
  fly.before = async ({ app }, signal) => {
    const delayMs = delaysMs.get(app) ?? 0;
    await clock.sleep(Math.min(delayMs, REQUEST_TIMEOUT_MS), signal);
    if (delayMs > REQUEST_TIMEOUT_MS) throw new Error('no answer');
  };
  const lists = new OwnLists({ fly, clock, timeoutMs: 30_000 });
  const addApps = (count: number, prefix: string, delayMs = 0): readonly string[] => {
    const apps = Array.from({ length: count }, (_, i) => `${prefix}${i}`);
    for (const app of apps) {
      fly.put(app, ...machines(1));
      delaysMs.set(app, delayMs);
    }
    return apps;
  };
  /** How long each read took, its turn included; whatever came of it. */
  const readAll = (apps: readonly string[]): Promise<readonly number[]> => {
    const beganAtMs = clock.elapsedMs();
    const tookMs = (): number => clock.elapsedMs() - beganAtMs;
    return Promise.all(apps.map((app) => lists.read(app, never).then(tookMs, tookMs)));
  };
  const asked = (): number => fly.calls.length;
  return { clock, fly, lists, delaysMs, addApps, readAll, asked };
}

describe('apps whose own lists hang', () => {
  it('hold the others up for seconds at first, and not at all from then on', async () => {
    const { clock, addApps, readAll } = someLists();
    const [hung, good] = [addApps(300, 'hung-', Infinity), addApps(300, 'good-')];
    const firstHung = readAll(hung);
    const first = await clock.runUntil(readAll(good));
    expect(Math.max(...first)).toBeLessThan(10_000);
    await clock.runUntil(firstHung);
    const secondHung = readAll(hung);
    const second = await clock.runUntil(readAll(good));
    expect(Math.max(...second)).toBe(0);
    await clock.runUntil(secondHung);
  });

  it('leave connections to others: no more than sixty of them are asked at once', async () => {
    const { clock, fly, addApps, readAll } = someLists();
    let atOnce = 0;
    let most = 0;
    const { before } = fly;
    fly.before = async (call, signal) => {
      most = Math.max(most, (atOnce += 1));
      await Promise.resolve(before(call, signal)).finally(() => (atOnce -= 1));
    };
    await clock.runUntil(readAll(addApps(300, 'hung-', Infinity)));
    expect(most).toBeLessThanOrEqual(60);
  });

  it('are read among the others again once they answer', async () => {
    const { clock, delaysMs, addApps, readAll, asked } = someLists();
    const [back] = addApps(1, 'back-', Infinity);
    await clock.runUntil(readAll([back!]));
    delaysMs.set(back!, 0);
    await clock.runUntil(readAll([back!]));
    const hung = addApps(300, 'hung-', Infinity);
    const hanging = readAll(hung);
    await clock.advance(60_000);
    const before = asked();
    expect(await clock.runUntil(readAll([back!]))).toEqual([0]);
    expect(asked()).toBe(before + 1);
    await clock.runUntil(hanging);
  });
});

describe('an app whose own list takes long', () => {
  it('has its answer, and is asked once for it from the second time on', async () => {
    const { clock, fly, lists, addApps, asked } = someLists();
    const [slow] = addApps(1, 'slow-', 5000);
    const begins: number[] = [];
    const read = () => lists.read(slow!, never, () => void begins.push(clock.elapsedMs()));
    expect(await clock.runUntil(read())).toEqual(fly.machinesOf(slow!));
    expect(asked()).toBe(2);
    // What is known counts from when the read that was answered began.
    expect(begins).toEqual([0, 1000]);
    expect(clock.elapsedMs()).toBe(6000);
    await clock.runUntil(read());
    expect(asked()).toBe(3);
  });

  it('fails when it takes longer than a read may', async () => {
    const { clock, lists, fly } = someLists();
    fly.put('web', ...machines(1));
    fly.before = (_, signal) => clock.sleep(60_000, signal);
    await expect(clock.runUntil(lists.read('web', never))).rejects.toMatchObject({
      code: 'fly-timeout',
    });
    expect(clock.elapsedMs()).toBe(30_000);
  });
});
