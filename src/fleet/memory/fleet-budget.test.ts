import { describe, expect, it } from 'vitest';
import { recompute } from '../../core/fleet-wide/recompute.js';
import { aPolicy, aRange, machines } from '../../testing/builders.js';
import { aRig, type Rig } from '../../testing/fleet-rig.js';
import { MinuteBudget } from './fleet-budget.js';

const HOUR = 3_600_000;

describe('a budget of a minute', () => {
  const usedAt = (budget: MinuteBudget, nowMs: number): number => budget.state(nowMs).used;

  it('counts what is not given back for a minute from its end on', () => {
    const budget = new MinuteBudget(() => 5);
    const end = budget.take(4);
    end(1, 20_000);
    end(3, 30_000);
    expect([20_000, 79_999, 80_000].map((at) => usedAt(budget, at))).toEqual([3, 3, 0]);
  });

  it('gives back no more than was taken', () => {
    const budget = new MinuteBudget(() => 5);
    budget.take(2)(9, 0);
    expect(usedAt(budget, 0)).toBe(0);
  });

  it('that was without a limit says nothing of what was done', () => {
    const before = new MinuteBudget(() => null);
    const stored = before.stored({ wallMs: 10 * HOUR, elapsedMs: 1000 });
    const after = new MinuteBudget(() => 3);
    after.spend(500);
    expect(after.restore(stored, { wallMs: 10 * HOUR, elapsedMs: 500 })).toBe(false);
    expect(usedAt(after, 500)).toBe(3);
  });

  it('knows what was done before it had a limit', () => {
    let most: number | null = null;
    const budget = new MinuteBudget(() => most);
    budget.spend(0);
    const end = budget.take(4);
    end(1, 30_000);
    most = 5;
    expect([59_999, 60_000, 90_000].map((at) => usedAt(budget, at))).toEqual([5, 3, 0]);
  });

  it('keeps over a restart too that nothing is known of before', () => {
    const before = new MinuteBudget(() => 5);
    before.spend(1000);
    const stored = before.stored({ wallMs: 10 * HOUR, elapsedMs: 21_000 });
    const after = new MinuteBudget(() => 5);
    expect(after.restore(stored, { wallMs: 10 * HOUR, elapsedMs: 0 })).toBe(true);
    expect([39_999, 40_000].map((at) => usedAt(after, at))).toEqual([5, 0]);
  });

  it('counts what was used before it heard of an earlier process, too', () => {
    const before = new MinuteBudget(() => 5);
    before.take(2)(0, 1000);
    const stored = before.stored({ wallMs: 10 * HOUR, elapsedMs: 1000 });
    const after = new MinuteBudget(() => 5);
    const end = after.take(1);
    after.restore(stored, { wallMs: 10 * HOUR, elapsedMs: 500 });
    expect(usedAt(after, 500)).toBe(3);
    end(1, 600);
    expect(usedAt(after, 600)).toBe(2);
  });

  it.each([
    ['goes on with a use of before the restart', 40_000, 2, 20_000],
    ['forgets a use of more than a minute ago', 70_000, 0, 0],
    ['counts a time to come, by a clock that was set back, from now', -HOUR, 2, 60_000],
  ])('%s', (_name, agoMs, used, leftMs) => {
    const before = new MinuteBudget(() => 5);
    before.take(2)(0, 1000);
    const stored = before.stored({ wallMs: 10 * HOUR, elapsedMs: 1000 });
    const after = new MinuteBudget(() => 5);
    expect(after.restore(stored, { wallMs: 10 * HOUR + agoMs, elapsedMs: 500 })).toBe(true);
    expect(usedAt(after, 500)).toBe(used);
    expect([leftMs - 1, leftMs].map((ms) => usedAt(after, 500 + Math.max(0, ms)))).toEqual([
      used,
      0,
    ]);
  });
});

describe('the budgets of the fleet at work', () => {
  const APP = 'my-app-1';
  const MARK = 'patchMetadata';

  /** An app with so many machines, all of them wanted. */
  function aRigWith(count: number): Rig {
    const rig = aRig({ brake: null });
    rig.fly.put(APP, ...machines(count));
    rig.queue.values.set(APP, 10 * count);
    return rig;
  }

  function want(rig: Rig, count: number): void {
    rig.queue.values.set(APP, 10 * count);
  }

  function callsOf(rig: Rig, name: string): number {
    return rig.fly.calls.filter((call) => call.name === name).length;
  }

  it('let no more be made within a minute, in however many passes', async () => {
    const rig = aRigWith(1);
    want(rig, 9);
    const run = rig.start({ maxCreatesPerMinute: 3 });
    await rig.clock.advance(59_000);
    expect(callsOf(rig, 'createMachine')).toBe(3);
    await rig.clock.advance(45_000);
    expect(callsOf(rig, 'createMachine')).toBe(6);
    await run.stop();
  });

  it('leave in the report what they allow, also where that is nothing', async () => {
    const rig = aRigWith(1);
    want(rig, 9);
    const run = rig.start({ maxCreatesPerMinute: 3 });
    await rig.clock.advance(55_000);
    const { input, grant, proposal, plan, reasons } = rig.reports.at(-1)!;
    expect([grant?.creates, plan]).toEqual([0, null]);
    expect(proposal?.created).toMatchObject({ current: 4, recommended: 9, wanted: 4 });
    expect(reasons.filter(({ code }) => code === 'budget-spent')).toHaveLength(1);
    expect(recompute({ input: input!, grant, proposal: proposal!, plan })).toEqual({
      proposal,
      plan,
    });
    await run.stop();
  });

  it.each([
    ['destroyed', { created: aRange('queue / 10') }],
    ['stopped', { started: aRange('queue / 10') }],
  ])('let no more be %s within a minute, in however many passes', async (_name, counts) => {
    const apps = { include: ['my-app-*'], exclude: [] };
    const rig = aRigWith(9);
    const run = rig.start({ policies: [aPolicy({ apps, ...counts })], maxRemovalsPerMinute: 2 });
    await rig.clock.advance(70_000);
    want(rig, 1);
    await rig.clock.advance(55_000);
    expect(rig.fly.changes.filter((call) => call.startsWith('stopMachine'))).toHaveLength(2);
    await rig.clock.advance(45_000);
    expect(rig.fly.changes.filter((call) => call.startsWith('stopMachine'))).toHaveLength(4);
    await run.stop();
  });

  it('leave stops their part while regions hold what would be destroyed', async () => {
    const regionLimits = { iad: { min: 5, max: null } };
    const apps = { include: ['my-app-*'], exclude: [] };
    const counts = { created: aRange('queue / 10'), started: aRange('queue / 10') };
    const rig = aRigWith(5);
    const run = rig.start({
      policies: [aPolicy({ apps, ...counts, regionLimits })],
      maxRemovalsPerMinute: 1,
    });
    await rig.clock.advance(70_000);
    want(rig, 3);
    await rig.clock.advance(20_000);
    expect(rig.reasonsOf(APP)).toContain('region-minimum');
    await rig.clock.advance(120_000);
    expect(rig.statesOf(APP)).toBe('started started started stopped stopped');
    await run.stop();
  });

  it('take back what a pass did not come to do', async () => {
    const rig = aRigWith(6);
    const run = rig.start({ maxRemovalsPerMinute: 2 });
    await rig.clock.advance(70_000);
    want(rig, 1);
    rig.fly.leaseByOthers(APP, 'm1', 30_000);
    await rig.clock.advance(28_000);
    expect(rig.reasonsOf(APP)).toContain('lease-held');
    await rig.clock.advance(15_000);
    expect(callsOf(rig, 'stopMachine')).toBe(2);
    await run.stop();
  });

  it('count a removal once, whichever pass brings it to its end', async () => {
    const rig = aRigWith(6);
    const run = rig.start({ maxRemovalsPerMinute: 3 });
    await rig.clock.advance(70_000);
    for (const count of [5, 4, 3]) {
      want(rig, count);
      await rig.clock.advance(15_000);
    }
    expect(callsOf(rig, 'stopMachine')).toBe(3);
    expect(callsOf(rig, 'destroyMachine')).toBe(2);
    await run.stop();
  });

  it('go on after a restart although the clock was set', async () => {
    const rig = aRigWith(9);
    const first = rig.start({ maxRemovalsPerMinute: 2 });
    await rig.clock.advance(70_000);
    want(rig, 1);
    await rig.clock.advance(21_000);
    want(rig, 7);
    rig.clock.jumpWall(HOUR);
    await rig.clock.advance(16_000);
    await first.stop();
    want(rig, 1);
    const second = rig.start({ maxRemovalsPerMinute: 2 });
    await rig.clock.advance(25_000);
    expect(callsOf(rig, 'stopMachine')).toBe(2);
    await rig.clock.advance(10_000);
    expect(callsOf(rig, 'stopMachine')).toBe(4);
    await second.stop();
  });

  it.each([
    ['create', { maxCreatesPerMinute: 4 }, { have: 1, want: 60 }, { have: 1, want: 2 }],
    ['removal', { maxRemovalsPerMinute: 4 }, { have: 60, want: 1 }, { have: 2, want: 1 }],
  ])('keep a %s for an app whose metric comes later', async (_name, budget, big, small) => {
    const rig = aRig({ brake: null, ...budget });
    const { clock, fly, queue } = rig;
    const collect = queue.collect.bind(queue);
    queue.collect = async (apps, emit, signal) => {
      await collect(['my-app-big'], emit, signal);
      await clock.sleep(100);
      await collect(['my-app-small'], emit, signal);
    };
    fly.put('my-app-big', ...machines(big.have));
    fly.put('my-app-small', ...machines(small.have, {}, 's'));
    const want = (key: 'have' | 'want'): void => {
      queue.values.set('my-app-big', 10 * big[key]);
      queue.values.set('my-app-small', 10 * small[key]);
    };
    want('have');
    const run = rig.start();
    await clock.advance(70_000);
    want('want');
    await clock.advance(150_000);
    expect(fly.machinesOf('my-app-small')).toHaveLength(small.want);
    await run.stop();
  });

  it('count what may have been done', async () => {
    const rig = aRigWith(4);
    const run = rig.start({ maxRemovalsPerMinute: 1 });
    await rig.clock.advance(70_000);
    rig.fly.before = ({ name }) => {
      if (name === MARK) throw new Error('no answer');
    };
    want(rig, 1);
    await rig.clock.advance(50_000);
    expect(callsOf(rig, MARK)).toBe(1);
    await run.stop();
  });
});
