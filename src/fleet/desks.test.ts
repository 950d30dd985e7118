/** What a fleet remembers, and a store that does not give it at once. */
import { describe, expect, it } from 'vitest';
import { AppError } from '../core/errors.js';
import type { Json, StateStore } from '../ports.js';
import { createMemoryStateStore } from '../state/memory-store.js';
import { aBehavior, MINUTE_MS } from '../testing/behavior.js';
import { aPolicy, aRange, machines } from '../testing/builders.js';
import { aRig, type Rig } from '../testing/fleet-rig.js';

const APP = 'my-app-1';

/** A store that cannot be read or written when told so, and that may lose what is in it. */
function aStore(): StateStore & { isUnreadable: boolean; isFull: boolean; lose(): Promise<void> } {
  const inner = createMemoryStateStore({ isDurable: true });
  const store = {
    ...inner,
    generation: 0,
    isUnreadable: false,
    isFull: false,
    load: async () => {
      if (!store.isUnreadable) return inner.load();
      throw new AppError('state-unreadable', 'the disk fails', { owner: 'user' });
    },
    commit: async (changes: ReadonlyMap<string, Json | null>) => {
      if (!store.isFull) return inner.commit(changes);
      throw new AppError('state-unwritable', 'the disk is full', { owner: 'user' });
    },
    lose: async () => {
      const keys = [...(await inner.load()).keys()];
      await inner.commit(new Map(keys.map((key) => [key, null])));
      store.generation += 1;
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

describe('a store that loses what was in it', () => {
  const NAMES = Array.from({ length: 4 }, (_, n) => `my-app-${n}`);

  it.each([
    ['at once', 0, 20_000],
    ['as soon as there is room', 2 * MINUTE_MS, 20_000],
    ['when the process ends', 0, 0],
  ])('is given %s all that is known', async (_, fullForMs, runsForMs) => {
    const state = aStore();
    const limits = [{ kind: 'machines', amount: 9, periodMs: 10 * MINUTE_MS }] as const;
    const policy = aPolicy({
      apps: { include: ['my-app-*'], exclude: [] },
      created: aRange('queue / 10'),
      behavior: aBehavior({ limits: [...limits] }),
    });
    const rig = aRig({ state, policies: [policy], maxCreatesPerMinute: 9 });
    for (const name of NAMES) rig.fly.put(name, ...machines(4, {}, name));
    for (const name of NAMES) rig.queue.values.set(name, 50);
    const run = rig.start();
    await rig.clock.advance(MINUTE_MS);
    for (const name of NAMES) rig.queue.values.set(name, 0);
    await rig.clock.advance(MINUTE_MS);
    const order = { app: APP, mode: 'in', count: null, reason: '', untilMs: null } as const;
    await rig.clock.runUntil(run.fleet.operator.pause({ ...order, policy: null }));
    const before = await state.load();
    const kinds = [...before.keys()].map((key) => key.split('/')[0]);
    expect(new Set(kinds)).toEqual(new Set(['brake', 'budget', 'history', 'pause']));

    await state.lose();
    state.isFull = fullForMs > 0;
    await rig.clock.advance(fullForMs);
    state.isFull = false;
    await rig.clock.advance(runsForMs);
    await run.stop();
    expect([...(await state.load()).keys()].sort()).toEqual([...before.keys()].sort());
  });
});
