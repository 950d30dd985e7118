/** What a fleet remembers, and a store that does not give it at once. */
import { describe, expect, it } from 'vitest';
import { AppError } from '../../core/model/errors.js';
import { createMemoryStateStore } from '../../state/memory-store.js';
import { aBehavior, MINUTE_MS } from '../../testing/behavior.js';
import { aPolicy, aRange, machines } from '../../testing/builders.js';
import { aRig, type Rig } from '../../testing/fleet-rig.js';
import { type Json, LOST_STATE, type StateStore } from '../../seams/store.js';

const APP = 'my-app-1';

type Store = StateStore & {
  isUnreadable: boolean;
  isFull: boolean;
  hasLost: boolean;
  lose(): Promise<void>;
};

/** A store that cannot be read or written when told so, and that may lose what is in it. */
function aStore(): Store {
  const inner = createMemoryStateStore({ isDurable: true });
  const store = {
    ...inner,
    generation: 0,
    isUnreadable: false,
    isFull: false,
    hasLost: false,
    load: async () => {
      if (!store.isUnreadable) return inner.load();
      throw new AppError('state-unreadable', 'the disk fails', { owner: 'user' });
    },
    commit: async (changes: ReadonlyMap<string, Json | null>) => {
      if (changes.get(LOST_STATE) === null && !store.isFull) store.hasLost = false;
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
      subject: 'in',
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

describe('a state of which a part is lost at the start', () => {
  it('lets nothing shrink for an hour, over restarts too, and what is wanted grow', async () => {
    const state = aStore();
    const rig = aFleet(5, 10);
    state.hasLost = true;
    const first = rig.start({ state });
    await rig.clock.advance(20 * MINUTE_MS);
    expect(rig.fly.changes).toEqual([]);
    const detail =
      'shrinking, for 40m more: the data file was damaged: pauses made before may be lost';
    expect(rig.reports.at(-1)?.reasons).toContainEqual({ code: 'paused', detail, subject: 'in' });
    expect(first.fleet.operator.pauses()).toMatchObject([{ app: '*', mode: 'in' }]);
    expect(first.fleet.operator.arePausesKnown()).toBe(false);
    expect(rig.events.filter(({ kind }) => kind === 'state-lost')).toHaveLength(1);
    expect(state.hasLost).toBe(false);
    await first.stop();
    const second = rig.start({ state });
    await rig.clock.advance(20 * MINUTE_MS);
    expect(rig.fly.changes).toEqual([]);
    expect(rig.events.filter(({ kind }) => kind === 'state-lost')).toHaveLength(2);
    rig.queue.values.set(APP, 70);
    await rig.clock.advance(MINUTE_MS);
    expect(countOf(rig)).toBe(7);
    rig.queue.values.set(APP, 10);
    await rig.clock.advance(15 * MINUTE_MS);
    expect(countOf(rig)).toBe(7);
    await rig.clock.advance(10 * MINUTE_MS);
    expect(countOf(rig)).toBe(1);
    expect(second.fleet.operator.arePausesKnown()).toBe(true);
    await second.stop();
  });

  it('lets nothing shrink for as long as the rules look back, where that is longer', async () => {
    const state = aStore();
    state.hasLost = true;
    const limits = [{ kind: 'machines', amount: 9, periodMs: 90 * MINUTE_MS }] as const;
    const rig = aRig({
      state,
      policies: [aPolicy({ behavior: aBehavior({ limits: [...limits] }) })],
    });
    const run = rig.start();
    await rig.clock.advance(MINUTE_MS);
    const [held] = run.fleet.operator.pauses();
    expect(held?.untilMs).toBe((held?.createdAtMs ?? 0) + 90 * MINUTE_MS);
    await run.stop();
  });

  it('shrinks once an operator says so, whose other pauses stay, and then after restarts too', async () => {
    const state = aStore();
    const rig = aFleet(5, 10);
    const order = { policy: null, mode: 'in', count: null, reason: '', untilMs: null } as const;
    state.hasLost = true;
    // Until there is room, the store goes on saying that something is lost.
    state.isFull = true;
    const first = rig.start({ state });
    await rig.clock.advance(MINUTE_MS);
    expect(state.hasLost).toBe(true);
    state.isFull = false;
    await rig.clock.runUntil(first.fleet.operator.pause({ ...order, app: 'other' }));
    await rig.clock.runUntil(first.fleet.operator.resume('*', null));
    expect(first.fleet.operator.pauses().map(({ app }) => app)).toEqual(['other']);
    await first.stop();
    const second = rig.start({ state });
    await rig.clock.advance(2 * MINUTE_MS);
    expect(countOf(rig)).toBe(1);
    await second.stop();
  });

  it.each<[string, Json]>([
    ['whose mode nobody knows', { id: 'x', app: null, policy: null, mode: 'up', createdAtMs: 1 }],
    [
      'that is for something else than an app',
      { id: 'x', app: 7, policy: null, mode: 'in', createdAtMs: 1 },
    ],
    ['that is none', null],
  ])('is one with a pause %s', async (_, value) => {
    const state = createMemoryStateStore({ isDurable: true });
    await state.commit(new Map<string, Json>([['pause/x', value ?? [null]]]));
    const rig = aFleet(5, 10);
    const run = rig.start({ state });
    await rig.clock.advance(5 * MINUTE_MS);
    expect(rig.fly.changes).toEqual([]);
    expect(run.fleet.operator.arePausesKnown()).toBe(false);
    await run.stop();
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
