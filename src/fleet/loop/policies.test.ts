import { describe, expect, it } from 'vitest';
import type { Overrides } from '../../core/model/overrides.js';
import type { Policy } from '../../core/model/policy.js';
import { aMachine, aPolicy, aRange, machines } from '../../testing/builders.js';
import { aCollector, aRig, type Rig } from '../../testing/fleet-rig.js';
import { flyError } from '../../testing/small-fly.js';

const APP = 'my-app-1';

function policyOf(group: string, count: string, overrides: Partial<Policy> = {}): Policy {
  return aPolicy({
    name: group,
    apps: { include: ['my-app-*'], exclude: [] },
    group: { kind: 'named', name: group },
    created: aRange(count),
    ...overrides,
  });
}

const of = (group: string): { metadata: Record<string, string> } => ({
  metadata: { fly_process_group: group },
});

function countIn(rig: Rig, group: string): number {
  return rig.fly.machinesOf(APP).filter(({ metadata }) => metadata['fly_process_group'] === group)
    .length;
}

const leasesTaken = (rig: Rig): number =>
  rig.fly.calls.filter(({ name }) => name === 'acquireLease').length;

describe('an app in several policies', () => {
  it.each([2, 3])('is acted on by %s of them one after the other, under one lease', async (n) => {
    const groups = ['web', 'worker', 'mail'].slice(0, n);
    const rig = aRig({ policies: groups.map((group, i) => policyOf(group, `${i + 2}`)) });
    for (const [i, group] of groups.entries())
      rig.fly.put(APP, aMachine({ id: `m${i}`, ...of(group) }));
    const run = rig.start();
    await rig.clock.advance(14_000);
    expect(groups.map((group) => countIn(rig, group))).toEqual(groups.map((_, i) => i + 2));
    expect(leasesTaken(rig)).toBe(1);
    expect(rig.reports.map(({ policy, outcomes }) => [policy.name, outcomes.length])).toEqual(
      groups.map((group, i) => [group, i + 1]),
    );
    await run.stop();
  });

  it('is not taken for one that loses machines while a later policy still looks at the list before', async () => {
    const rig = aRig({ policies: [policyOf('web', 'queue / 10'), policyOf('worker', '1')] });
    rig.fly.put(APP, aMachine({ id: 'm1', ...of('web') }), aMachine({ id: 'm2', ...of('worker') }));
    const run = rig.start();
    for (const count of [2, 3, 4]) {
      rig.queue.values.set(APP, count * 10);
      await rig.clock.advance(15_000);
      expect(countIn(rig, 'web')).toBe(count);
    }
    await run.stop();
  });

  it('is counted whole for the ceiling of each', async () => {
    const caps = { maxMachinesPerApp: 4, maxCreatePerPass: null, maxRemovePerPass: null };
    const rig = aRig({
      policies: [policyOf('web', '3', { caps }), policyOf('worker', '3', { caps })],
    });
    rig.fly.put(APP, aMachine({ id: 'm1', ...of('web') }), aMachine({ id: 'm2', ...of('worker') }));
    const run = rig.start();
    await rig.clock.advance(40_000);
    expect([countIn(rig, 'web'), countIn(rig, 'worker')]).toEqual([3, 1]);
    expect(rig.reasonsOf(APP)).toContain('capped');
    await run.stop();
  });

  it('stays within the ceiling of the fleet with all of them', async () => {
    const rig = aRig({ policies: [policyOf('web', '5'), policyOf('worker', '5')], maxMachines: 7 });
    rig.fly.put(APP, aMachine({ id: 'm1', ...of('web') }), aMachine({ id: 'm2', ...of('worker') }));
    const run = rig.start();
    await rig.clock.advance(60_000);
    expect(rig.fly.machinesOf(APP)).toHaveLength(7);
    await run.stop();
  });

  it('is left alone for the rest of a pass when the machine that the lease is on is gone', async () => {
    const rig = aRig({ policies: [policyOf('web', '1'), policyOf('worker', '2')] });
    const stopped = { state: 'stopped', ...of('web') };
    rig.fly.put(
      APP,
      aMachine({ id: 'm0', ...stopped }),
      aMachine({ id: 'm1', ...of('web') }),
      aMachine({ id: 'm2', ...of('worker') }),
    );
    const run = rig.start();
    await rig.clock.advance(14_000);
    expect(rig.fly.changes).toEqual(['destroyMachine m0']);
    const [web, worker] = rig.reports;
    expect(web?.outcomes).toMatchObject([{ result: 'done' }]);
    expect(worker?.outcomes).toEqual([]);
    expect(worker?.reasons.map(({ code }) => code)).toContain('lease-moved');
    await rig.clock.advance(15_000);
    expect(countIn(rig, 'worker')).toBe(2);
    await run.stop();
  });

  it('has one report for each of them when it is gone, and is told gone once', async () => {
    const policies = ['web', 'worker'].map((group) =>
      policyOf(group, '1', { apps: { include: [APP], exclude: [] } }),
    );
    const rig = aRig({ policies });
    const run = rig.start();
    await rig.clock.advance(1000);
    expect(rig.reports.map(({ policy, error }) => [policy.name, error?.code])).toEqual([
      ['web', 'fly-not-found'],
      ['worker', 'fly-not-found'],
    ]);
    expect(rig.events.filter(({ kind }) => kind === 'app-gone')).toHaveLength(1);
    await run.stop();
  });

  it('that goes while the first of them looks is asked for no more', async () => {
    const policies = ['web', 'worker'].map((group) =>
      policyOf(group, '2', { apps: { include: [APP], exclude: [] } }),
    );
    const rig = aRig({ policies });
    rig.fly.put(APP, aMachine({ id: 'm1', ...of('web') }), aMachine({ id: 'm2', ...of('worker') }));
    let lists = 0;
    rig.fly.before = ({ name }) => {
      if (name === 'listMachines' && ++lists > 1) throw flyError('fly-not-found');
    };
    const run = rig.start();
    await rig.clock.advance(5000);
    expect(rig.reports.map(({ error }) => error?.code)).toEqual(['fly-not-found', 'fly-not-found']);
    expect([lists, rig.events.filter(({ kind }) => kind === 'app-gone').length]).toEqual([2, 1]);
    await run.stop();
  });

  it('is reported once for each when only one of them cannot read what it needs', async () => {
    const rig = aRig({ policies: [policyOf('web', '2'), policyOf('worker', '2')] });
    rig.fly.put(APP, aMachine({ id: 'm1', ...of('web') }), aMachine({ id: 'm2', ...of('worker') }));
    let lists = 0;
    rig.fly.before = ({ name }) => {
      // The screen, then the look of the first policy, then that of the second.
      if (name === 'listMachines' && ++lists === 3) throw flyError('fly-unavailable');
    };
    const run = rig.start();
    await rig.clock.advance(10_000);
    expect(rig.reports.map(({ policy, error }) => [policy.name, error?.code])).toEqual([
      ['web', undefined],
      ['worker', 'fly-unavailable'],
    ]);
    expect([countIn(rig, 'web'), countIn(rig, 'worker')]).toEqual([2, 1]);
    await run.stop();
  });

  it('reads the metric of a name from the collector of each policy', async () => {
    const own = { ...aCollector('queue', { [APP]: 30 }), key: 'web/queue' };
    const shared = aCollector('queue', { [APP]: 20 });
    const web = policyOf('web', 'queue / 10', { ownMetrics: new Map([['queue', 'web/queue']]) });
    const rig = aRig({
      policies: [web, policyOf('worker', 'queue / 10')],
      collectors: [shared, own],
    });
    rig.fly.put(APP, aMachine({ id: 'm1', ...of('web') }), aMachine({ id: 'm2', ...of('worker') }));
    const run = rig.start();
    await rig.clock.advance(10_000);
    expect([countIn(rig, 'web'), countIn(rig, 'worker')]).toEqual([3, 2]);
    expect(rig.reports.map(({ samples }) => samples.get('queue'))).toMatchObject([
      { value: 30 },
      { value: 20 },
    ]);
    await run.stop();
  });
});

describe('two policies for the same machines', () => {
  it('leave the app to the first, whose reports say so', async () => {
    const second = { name: 'second', apps: { include: ['*-1'], exclude: [] } };
    const rig = aRig({
      policies: [policyOf('app', '2'), policyOf('app', '9', second)],
    });
    rig.fly.put(APP, ...machines(1));
    rig.fly.put('other-1', ...machines(1, {}, 'o'));
    const run = rig.start();
    await rig.clock.advance(20_000);
    expect(rig.fly.machinesOf(APP)).toHaveLength(2);
    expect(rig.fly.machinesOf('other-1')).toHaveLength(9);
    const [report] = rig.reports.filter(({ app }) => app === APP);
    expect(report?.reasons).toContainEqual({
      code: 'policy-overlap',
      detail: 'policy "second" is for the same machines and is not used here',
    });
    await run.stop();
  });

  it.each([
    [{ kind: 'unset' }, { kind: 'named', name: 'app' }],
    [{ kind: 'all' }, { kind: 'named', name: 'web' }],
  ] as const)('are so by their groups: %j and %j', async (first, second) => {
    const rig = aRig({
      policies: [policyOf('x', '1', { group: first }), policyOf('y', '1', { group: second })],
    });
    rig.fly.put(APP, ...machines(1));
    const run = rig.start();
    await rig.clock.advance(1000);
    expect(rig.reports.map(({ policy }) => policy.name)).toEqual(['x']);
    await run.stop();
  });
});

describe('overrides', () => {
  const overrides: Overrides = {
    list: [
      { label: 'first', keys: [], apps: { include: ['my-app-2'], exclude: [] } },
      { label: 'second', keys: [], apps: { include: ['your-*'], exclude: [] } },
    ],
    apply: (policy, positions) => {
      if (positions.length === 0) return { policy, reasons: [] };
      return { policy: { ...policy, created: aRange('3') }, reasons: [] };
    },
  };

  it('count for the apps that they match', async () => {
    const rig = aRig({ policies: [policyOf('app', '1')], overrides });
    rig.fly.put(APP, ...machines(1));
    rig.fly.put('my-app-2', ...machines(1, {}, 'n'));
    const run = rig.start();
    await rig.clock.advance(10_000);
    expect(rig.fly.machinesOf(APP)).toHaveLength(1);
    expect(rig.fly.machinesOf('my-app-2')).toHaveLength(3);
    await run.stop();
  });

  it('that match no app are told once the apps are known', async () => {
    const rig = aRig({ policies: [policyOf('app', '1')], overrides });
    rig.fly.put('my-app-2', ...machines(1, {}, 'n'));
    const run = rig.start();
    await rig.clock.advance(200_000);
    expect(rig.events.filter(({ kind }) => kind === 'overrides-unused')).toEqual([
      { kind: 'overrides-unused', overrides: ['second'] },
    ]);
    await run.stop();
  });

  it('that contradict each other leave the app alone, and the report says why', async () => {
    const broken: Overrides = {
      ...overrides,
      apply: (policy) => ({
        policy: { ...policy, created: null },
        reasons: [{ code: 'override-invalid', detail: 'why' }],
      }),
    };
    const rig = aRig({ policies: [policyOf('app', '5')], overrides: broken });
    rig.fly.put('my-app-2', ...machines(2));
    const run = rig.start();
    await rig.clock.advance(10_000);
    expect(rig.fly.machinesOf('my-app-2')).toHaveLength(2);
    expect(rig.reasonsOf('my-app-2')).toContain('override-invalid');
    await run.stop();
  });
});
