/** Rules that look back, through the whole loop and over restarts. */
import { describe, expect, it } from 'vitest';
import { AppError } from '../../core/model/errors.js';
import type { Policy } from '../../core/model/policy.js';
import { createMemoryStateStore } from '../../state/memory-store.js';
import { aBehavior, aSchedule, HOUR_MS, MINUTE_MS } from '../../testing/behavior.js';
import { aPolicy, aRange, machines } from '../../testing/builders.js';
import { aRig, type Rig } from '../../testing/fleet-rig.js';
import type { Json, StateStore } from '../../seams/store.js';

const APP = 'my-app-1';

const OnePerMinute = {
  // Nothing that a key could stumble over.
  name: 'web/eu',
  behavior: aBehavior({ limits: [{ kind: 'machines', amount: 1, periodMs: MINUTE_MS }] }),
};

function aRigWith(rules: Partial<Policy>, count: number, queue: number): Rig {
  const policy = aPolicy({
    apps: { include: ['my-app-*'], exclude: [] },
    created: aRange('queue / 10'),
    ...rules,
  });
  const rig = aRig({ policies: [policy] });
  rig.fly.put(APP, ...machines(count));
  rig.queue.values.set(APP, queue);
  return rig;
}

/** Machines that nobody has begun to remove. */
function staying(rig: Rig): number {
  return rig.fly.machinesOf(APP).filter((m) => m.metadata['fas-remove'] === undefined).length;
}

/** A store that notes its commits, and refuses them when told to. */
function aStore(): StateStore & { commits: ReadonlyMap<string, Json | null>[]; isFull: boolean } {
  const inner = createMemoryStateStore({ isDurable: true });
  const store = {
    ...inner,
    commits: [] as ReadonlyMap<string, Json | null>[],
    isFull: false,
    commit: async (changes: ReadonlyMap<string, Json | null>): Promise<void> => {
      if (store.isFull)
        throw new AppError('state-unwritable', 'the disk is full', { owner: 'user' });
      store.commits.push(changes);
      await inner.commit(changes);
    },
  };
  return store;
}

describe('a limit', () => {
  it('begins as spent, then lets one go a minute', async () => {
    const rig = aRigWith(OnePerMinute, 5, 10);
    const run = rig.start();
    await rig.clock.advance(55_000);
    expect(staying(rig)).toBe(5);
    expect(rig.reasonsOf(APP)).toContain('limited');
    await rig.clock.advance(15_000);
    expect(staying(rig)).toBe(4);
    await rig.clock.advance(45_000);
    expect(staying(rig)).toBe(4);
    await rig.clock.advance(20_000);
    expect(staying(rig)).toBe(3);
    await run.stop();
  });

  it('goes on after a restart where it is stored', async () => {
    const state = aStore();
    const rig = aRigWith(OnePerMinute, 5, 10);
    const first = rig.start({ state });
    await rig.clock.advance(65_000);
    expect(staying(rig)).toBe(4);
    await first.stop();
    const second = rig.start({ state });
    await rig.clock.advance(45_000);
    expect(staying(rig)).toBe(4);
    await rig.clock.advance(30_000);
    expect(staying(rig)).toBe(3);
    await second.stop();
  });

  it('goes on where an earlier version stored it, which did not say how far back', async () => {
    const state = aStore();
    const rig = aRigWith(OnePerMinute, 5, 10);
    const first = rig.start({ state });
    await rig.clock.advance(65_000);
    await first.stop();
    for (const [key, value] of await state.load()) {
      const { kept, ...earlier } = value as { readonly [name: string]: Json };
      expect(kept).toMatchObject({ periodMs: MINUTE_MS });
      await state.commit(new Map([[key, earlier]]));
    }
    const second = rig.start({ state });
    await rig.clock.advance(45_000);
    expect(staying(rig)).toBe(4);
    await rig.clock.advance(30_000);
    expect(staying(rig)).toBe(3);
    await second.stop();
  });

  it('of a longer period begins as spent where the one before did not reach, over a restart too', async () => {
    const state = aStore();
    const rig = aRigWith(OnePerMinute, 5, 50);
    const first = rig.start({ state });
    await rig.clock.advance(15 * MINUTE_MS);
    rig.queue.values.set(APP, 10);
    await rig.clock.advance(20_000);
    expect(staying(rig)).toBe(4);
    await first.stop();
    const limits = [{ kind: 'machines', amount: 2, periodMs: 10 * MINUTE_MS }] as const;
    const policies = rig.options.policies.map((each) => ({
      ...each,
      behavior: aBehavior({ limits }),
    }));
    const second = rig.start({ state, policies });
    await rig.clock.advance(8 * MINUTE_MS);
    expect(staying(rig)).toBe(4);
    await rig.clock.advance(2 * MINUTE_MS);
    expect(staying(rig)).toBe(2);
    await second.stop();
  });

  it('begins anew after a restart where it is not', async () => {
    const rig = aRigWith(OnePerMinute, 5, 10);
    const first = rig.start();
    await rig.clock.advance(55_000);
    await first.stop();
    const second = rig.start();
    await rig.clock.advance(55_000);
    expect(staying(rig)).toBe(5);
    await second.stop();
  });

  it('is written before the first call that it allows', async () => {
    const state = aStore();
    const rig = aRigWith(OnePerMinute, 5, 10);
    const written: number[] = [];
    rig.fly.before = ({ name }) => {
      if (name === 'patchMetadata')
        written.push(
          JSON.stringify(state.commits.at(-1)?.get(`history/${APP}/web/eu`)).split('"change":-1')
            .length - 1,
        );
    };
    const run = rig.start({ state });
    await rig.clock.advance(65_000);
    // Once for the created count, once for the started one.
    expect(written).toEqual([2]);
    await run.stop();
  });

  it('counts in full after a crash in the midst of what it allows', async () => {
    const state = aStore();
    const rig = aRigWith(OnePerMinute, 5, 10);
    let left: ReadonlyMap<string, Json> | null = null;
    rig.fly.before = async ({ name }) => {
      if (name === 'patchMetadata') left ??= await state.load();
    };
    const first = rig.start({ state });
    await rig.clock.advance(65_000);
    await first.stop();
    expect(staying(rig)).toBe(4);
    const found = createMemoryStateStore({ isDurable: true });
    await found.commit(left ?? new Map());
    const second = rig.start({ state: found });
    await rig.clock.advance(55_000);
    expect(staying(rig)).toBe(4);
    await rig.clock.advance(20_000);
    expect(staying(rig)).toBe(3);
    await second.stop();
  });

  it('that cannot be written lets the count grow and not shrink', async () => {
    const state = aStore();
    const rig = aRigWith(OnePerMinute, 5, 10);
    state.isFull = true;
    const run = rig.start({ state });
    await rig.clock.advance(3 * MINUTE_MS);
    expect(staying(rig)).toBe(5);
    expect(rig.reasonsOf(APP)).toContain('state-unwritable');
    rig.queue.values.set(APP, 70);
    await rig.clock.advance(20_000);
    expect(staying(rig)).toBe(7);
    rig.queue.values.set(APP, 60);
    state.isFull = false;
    await rig.clock.advance(MINUTE_MS);
    expect(staying(rig)).toBe(6);
    await run.stop();
  });

  it('gives back what was not used', async () => {
    const rig = aRigWith(
      {
        behavior: aBehavior({
          limits: [{ kind: 'machines', amount: 2, periodMs: 10 * MINUTE_MS }],
        }),
      },
      6,
      10,
    );
    const run = rig.start();
    let refused = 0;
    rig.fly.before = ({ name, id }) => {
      if (name !== 'patchMetadata' || id === 'm2' || refused > 0) return;
      refused += 1;
      rig.fly.patch(APP, id, { version: 'v2' });
      throw new AppError('fly-rate-limited', 'too many', { owner: 'remote' });
    };
    await rig.clock.advance(10 * MINUTE_MS + 5000);
    // One of two was sent and failed: it counts, for nobody knows.
    expect(refused).toBe(1);
    expect(staying(rig)).toBe(5);
    await rig.clock.advance(2 * MINUTE_MS);
    expect(staying(rig)).toBe(5);
    await run.stop();
  });
});

describe('a stabilization window', () => {
  it('holds the peak for its time', async () => {
    const rig = aRigWith({ behavior: aBehavior({ stabilizationWindowMs: 5 * MINUTE_MS }) }, 2, 40);
    const run = rig.start();
    await rig.clock.advance(20_000);
    expect(staying(rig)).toBe(4);
    rig.queue.values.set(APP, 20);
    await rig.clock.advance(5 * MINUTE_MS - 30_000);
    expect(staying(rig)).toBe(4);
    expect(rig.reasonsOf(APP)).toContain('stabilizing');
    await rig.clock.advance(MINUTE_MS);
    expect(staying(rig)).toBe(2);
    await run.stop();
  });

  it('goes on over a restart, and over clocks that are set', async () => {
    const state = aStore();
    const rig = aRigWith({ behavior: aBehavior({ stabilizationWindowMs: 5 * MINUTE_MS }) }, 4, 40);
    const first = rig.start({ state });
    await rig.clock.advance(20_000);
    rig.queue.values.set(APP, 20);
    await rig.clock.advance(3 * MINUTE_MS);
    rig.clock.jumpWall(HOUR_MS);
    await rig.clock.advance(30_000);
    await first.stop();
    const second = rig.start({ state });
    await rig.clock.advance(60_000);
    expect(staying(rig)).toBe(4);
    await rig.clock.advance(60_000);
    expect(staying(rig)).toBe(2);
    await second.stop();
  });
});

describe('what is written', () => {
  it('is nothing for a policy without rules', async () => {
    const state = aStore();
    const rig = aRigWith({}, 2, 40);
    const run = rig.start({ state });
    await rig.clock.advance(2 * MINUTE_MS);
    expect(staying(rig)).toBe(4);
    expect(state.commits).toEqual([]);
    await run.stop();
  });

  it('is nothing while nothing changes', async () => {
    const state = aStore();
    const rig = aRigWith(OnePerMinute, 4, 40);
    const run = rig.start({ state });
    await rig.clock.advance(20_000);
    const before = state.commits.length;
    await rig.clock.advance(10 * MINUTE_MS);
    expect(state.commits).toHaveLength(before);
    await run.stop();
  });

  it('is one commit for all apps of a tick', async () => {
    const state = aStore();
    const rig = aRigWith(OnePerMinute, 4, 40);
    for (let i = 2; i <= 50; i += 1) {
      rig.fly.put(`my-app-${i}`, ...machines(2, {}, `a${i}-`));
      rig.queue.values.set(`my-app-${i}`, 20);
    }
    const run = rig.start({ state });
    await rig.clock.advance(10_000);
    expect(state.commits.reduce((sum, { size }) => sum + size, 0)).toBe(50);
    expect(state.commits.length).toBeLessThan(5);
    await run.stop();
  });

  it('goes with a later commit where one failed', async () => {
    const state = aStore();
    const rig = aRigWith(OnePerMinute, 4, 40);
    state.isFull = true;
    const run = rig.start({ state });
    await rig.clock.advance(10_000);
    expect((await state.load()).size).toBe(0);
    state.isFull = false;
    rig.fly.put('my-app-2', ...machines(2, {}, 'b'));
    rig.queue.values.set('my-app-2', 20);
    await rig.clock.advance(2 * MINUTE_MS);
    const keys = [...(await state.load()).keys()].sort();
    expect(keys).toEqual([`history/${APP}/web/eu`, 'history/my-app-2/web/eu']);
    await run.stop();
  });

  it('goes when the app goes', async () => {
    const state = aStore();
    const rig = aRigWith(OnePerMinute, 4, 40);
    const run = rig.start({ state });
    await rig.clock.advance(10_000);
    expect([...(await state.load()).keys()]).toEqual([`history/${APP}/web/eu`]);
    rig.fly.listApps = async () => [];
    await rig.clock.advance(3 * MINUTE_MS);
    expect((await state.load()).size).toBe(0);
    await run.stop();
  });

  it('goes with the last rule that looks back, once', async () => {
    const state = aStore();
    const rig = aRigWith(OnePerMinute, 4, 40);
    const first = rig.start({ state });
    await rig.clock.advance(20_000);
    await first.stop();
    const before = state.commits.length;
    const policies = rig.options.policies.map((each) => ({ ...each, behavior: aBehavior({}) }));
    const second = rig.start({ state, policies });
    await rig.clock.advance(2 * MINUTE_MS);
    expect((await state.load()).size).toBe(0);
    expect(state.commits).toHaveLength(before + 1);
    void second.fleet.reconfigure({ ...rig.options, state });
    await rig.clock.advance(20_000);
    rig.queue.values.set(APP, 10);
    await rig.clock.advance(30_000);
    // As after a start that knows nothing of before.
    expect(staying(rig)).toBe(4);
    await second.stop();
  });

  it('goes with its policy: under the old name it begins anew, after a restart too', async () => {
    const state = aStore();
    const rig = aRigWith(OnePerMinute, 5, 50);
    const others = rig.options.policies.flatMap((each) => [
      { ...each, name: 'other', behavior: aBehavior({}) },
      { ...each, apps: { include: ['your-app'], exclude: [] } },
    ]);
    const keys = async () => [...(await state.load()).keys()];
    const first = rig.start({ state });
    await rig.clock.advance(2 * MINUTE_MS);
    expect(await keys()).toEqual([`history/${APP}/web/eu`]);
    void first.fleet.reconfigure({ ...rig.options, state, policies: others });
    await rig.clock.advance(5000);
    expect(await keys()).toEqual([]);
    void first.fleet.reconfigure({ ...rig.options, state });
    rig.queue.values.set(APP, 10);
    await rig.clock.advance(50_000);
    expect(staying(rig)).toBe(5);
    await rig.clock.advance(30_000);
    expect(staying(rig)).toBe(4);
    await first.stop();
    const second = rig.start({ state, policies: others });
    await rig.clock.advance(20_000);
    await second.stop();
    expect(await keys()).toEqual([]);
  });

  it('goes at a start, before anything is done, with a policy that no app has any more, but for a dry run', async () => {
    const state = aStore();
    const rig = aRigWith(OnePerMinute, 5, 50);
    const policies = [aPolicy({ name: 'other', apps: { include: ['your-app'], exclude: [] } })];
    const left: number[] = [];
    for (const changes of [{}, { policies, isDryRun: true }, { policies }]) {
      const run = rig.start({ state, ...changes });
      await rig.clock.advance(20_000);
      // As a crash would leave it.
      left.push((await state.load()).size);
      await run.stop();
    }
    expect(left).toEqual([1, 1, 0]);
  });

  it('is dropped when it is not ours to understand', async () => {
    const state = aStore();
    await state.commit(
      new Map<string, Json>([[`history/${APP}/web/eu`, { created: 'of another version' }]]),
    );
    const rig = aRigWith(OnePerMinute, 5, 10);
    const run = rig.start({ state });
    await rig.clock.advance(55_000);
    expect(staying(rig)).toBe(5);
    await rig.clock.advance(20_000);
    expect(staying(rig)).toBe(4);
    await run.stop();
  });
});

describe('a freeze', () => {
  it('that begins while a pass acts stops it before its next call', async () => {
    const rig = aRigWith({ schedules: [aSchedule({ freeze: 'all' })] }, 5, 10);
    // A schedule of an hour from midnight, and it is a moment before.
    rig.clock.jumpWall(-1000);
    rig.fly.before = ({ name }) => {
      if (name === 'patchMetadata') rig.clock.jumpWall(2000);
    };
    const run = rig.start();
    await rig.clock.advance(12_000);
    expect(rig.fly.changes.filter((change) => !change.startsWith('patchMetadata'))).toEqual([]);
    await run.stop();
  });
});
