/** What a fleet remembers, and a store that does not give it at once. */
import { describe, expect, it } from 'vitest';
import { AppError } from '../core/errors.js';
import type { StateStore } from '../ports.js';
import { createMemoryStateStore } from '../state/memory-store.js';
import { MINUTE_MS } from '../testing/behavior.js';
import { machines } from '../testing/builders.js';
import { aRig, type Rig } from '../testing/fleet-rig.js';

const APP = 'my-app-1';

/** A store that cannot be read when told so. */
function aStore(): StateStore & { isUnreadable: boolean } {
  const inner = createMemoryStateStore({ isDurable: true });
  const store = {
    ...inner,
    isUnreadable: false,
    load: async () => {
      if (!store.isUnreadable) return inner.load();
      throw new AppError('state-unreadable', 'the disk fails', { owner: 'user' });
    },
  };
  return store;
}

/** One app, with so many machines. */
function aFleet(count: number, queue: number): Rig {
  const rig = aRig();
  rig.fly.put(APP, ...machines(count));
  rig.queue.values.set(APP, queue);
  return rig;
}

const countOf = (rig: Rig): number => rig.fly.machinesOf(APP).length;

describe('a state that cannot be read at the start', () => {
  it('lets nothing shrink until it is read, and what is wanted grow', async () => {
    const state = aStore();
    const rig = aFleet(5, 10);
    state.isUnreadable = true;
    const run = rig.start({ state });
    await rig.clock.advance(3 * MINUTE_MS);
    expect(rig.fly.changes).toEqual([]);
    expect(rig.reports.at(-1)?.reasons).toContainEqual({
      code: 'paused',
      detail: 'shrinking, until resumed: what an earlier process left could not be read yet',
    });
    rig.queue.values.set(APP, 70);
    await rig.clock.advance(MINUTE_MS);
    expect(countOf(rig)).toBe(7);
    rig.queue.values.set(APP, 10);
    await rig.clock.advance(3 * MINUTE_MS);
    expect(countOf(rig)).toBe(7);
    expect(rig.events.filter(({ kind }) => kind === 'state-failed')).toHaveLength(1);
    expect(run.fleet.operator.pauses()).toEqual([]);
    state.isUnreadable = false;
    await rig.clock.advance(2 * MINUTE_MS);
    expect(countOf(rig)).toBe(1);
    await run.stop();
  });

  it('brings what operators ordered before as soon as it is read, beside what they order meanwhile', async () => {
    const state = aStore();
    const rig = aFleet(5, 50);
    const order = { policy: null, mode: 'in', count: null, reason: '', untilMs: null } as const;
    const first = rig.start({ state });
    await rig.clock.runUntil(first.fleet.operator.pause({ ...order, app: APP }));
    await first.stop();
    state.isUnreadable = true;
    rig.queue.values.set(APP, 10);
    const second = rig.start({ state });
    await rig.clock.advance(MINUTE_MS);
    await rig.clock.runUntil(second.fleet.operator.pause({ ...order, app: 'my-app-2' }));
    state.isUnreadable = false;
    await rig.clock.advance(5 * MINUTE_MS);
    expect(second.fleet.operator.pauses().map(({ app }) => app)).toEqual(['my-app-2', APP]);
    expect(countOf(rig)).toBe(5);
    await second.stop();
  });

  it('brings a brake that was on, which ends when all is well', async () => {
    const names = Array.from({ length: 6 }, (_, n) => `my-app-${n}`);
    const state = aStore();
    const rig = aRig();
    const say = (value: number): void => {
      for (const name of names) rig.queue.values.set(name, value);
    };
    for (const name of names) rig.fly.put(name, ...machines(4, {}, name));
    say(40);
    const first = rig.start({ state });
    await rig.clock.advance(MINUTE_MS);
    say(0);
    await rig.clock.advance(MINUTE_MS);
    await first.stop();
    state.isUnreadable = true;
    const second = rig.start({ state });
    await rig.clock.advance(MINUTE_MS);
    state.isUnreadable = false;
    await rig.clock.advance(MINUTE_MS);
    expect(second.fleet.operator.brakes()).toMatchObject([{ isOn: true, apps: 6, fallen: 6 }]);
    say(40);
    await rig.clock.advance(MINUTE_MS);
    expect(second.fleet.operator.brakes()).toMatchObject([{ isOn: false }]);
    await second.stop();
  });
});
