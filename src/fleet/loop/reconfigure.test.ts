import { describe, expect, it } from 'vitest';
import { aPolicy, aRange, machines } from '../../testing/builders.js';
import { aCollector, aRig } from '../../testing/fleet-rig.js';
import { flyError } from '../../testing/small-fly.js';

const APP = 'my-app-1';
const MINE = { include: ['my-app-*'], exclude: [] };
const counted = (count: string, name = 'default') =>
  aPolicy({ name, apps: MINE, created: aRange(count) });

describe('another configuration while running', () => {
  it('is used at once, however long the interval', async () => {
    const rig = aRig({ policies: [counted('1')], intervalMs: 3_600_000 });
    rig.fly.put(APP, ...machines(1));
    const run = rig.start();
    await rig.clock.advance(60_000);
    void run.fleet.reconfigure({ ...rig.options, policies: [counted('3')] });
    await rig.clock.advance(5000);
    expect(rig.fly.machinesOf(APP)).toHaveLength(3);
    expect(rig.events.filter(({ kind }) => kind === 'reconfigured')).toEqual([
      { kind: 'reconfigured', collectors: expect.arrayContaining(['queue']) },
    ]);
    await run.stop();
    expect(rig.clock.pendingTimers).toBe(0);
  });

  it('leaves passes under way to what they began with, and then nothing uses the earlier one', async () => {
    const early = aCollector('queue', { [APP]: 20 });
    const late = aCollector('queue', { [APP]: 40 });
    const rig = aRig({ policies: [counted('queue / 10')], collectors: [early] });
    rig.fly.put(APP, ...machines(1));
    let goOn: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    rig.fly.before = ({ name }) => (name === 'acquireLease' ? held : undefined);
    const run = rig.start();
    await rig.clock.advance(2000);
    let isOver = false;
    const policies = [counted('queue / 10', 'other')];
    void run.fleet
      .reconfigure({ ...rig.options, policies, collectors: [late] })
      .then(() => (isOver = true));
    await rig.clock.advance(2000);
    const asked = early.asked.length;
    expect([isOver, rig.reports.length]).toEqual([false, 0]);
    rig.fly.before = () => undefined;
    goOn();
    await rig.clock.advance(5000);
    // The pass that was due by the new one meanwhile follows at once.
    expect(rig.reports.map(({ policy }) => policy.name)).toEqual(['default', 'other']);
    expect(rig.reports[0]?.samples.get('queue')).toMatchObject({ value: 20 });
    expect([isOver, early.asked.length]).toEqual([true, asked]);
    expect(rig.events).toContainEqual({
      kind: 'policies-ended',
      ended: [{ app: APP, policy: 'default' }],
    });
    await rig.clock.advance(15_000);
    expect(rig.reports.at(-1)?.policy.name).toBe('other');
    expect(rig.fly.machinesOf(APP)).toHaveLength(4);
    await run.stop();
  });

  it('ends passes that wait for a place: nothing is done on samples that are collected no more', async () => {
    const rig = aRig({ concurrency: 1 });
    const apps = ['my-app-1', 'my-app-2'];
    for (const app of apps) {
      rig.fly.put(app, ...machines(5, {}, app));
      rig.queue.values.set(app, 50);
    }
    const run = rig.start();
    await rig.clock.advance(20_000);
    let goOn: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    let isActing = false;
    rig.fly.before = ({ name, app }) => {
      if (app !== 'my-app-2') return undefined;
      isActing ||= name === 'acquireLease';
      return isActing && name === 'listMachines' ? held : undefined;
    };
    rig.queue.values.set('my-app-2', 60);
    await rig.clock.advance(15_000);
    rig.queue.values.set('my-app-1', 10);
    await rig.clock.advance(15_000);
    rig.queue.values.set('my-app-1', 50);
    void run.fleet.reconfigure({ ...rig.options });
    await rig.clock.advance(3000);
    goOn();
    await rig.clock.advance(10_000);
    expect(rig.fly.changes).toEqual([expect.stringContaining('createMachine')]);
    await run.stop();
  });

  /** Five machines in each of two groups; the first is to grow, the second to shrink. */
  async function withTwoGroups() {
    const jobs = aCollector('jobs');
    const policies = [
      counted('queue / 10', 'web'),
      aPolicy({
        name: 'jobs',
        apps: MINE,
        group: { kind: 'named', name: 'jobs' },
        created: aRange('jobs / 10', undefined, ['jobs']),
      }),
    ];
    const rig = aRig({ policies });
    const collectors = [rig.queue, jobs];
    for (const app of [APP, 'my-app-2']) {
      rig.fly.put(app, ...machines(5, {}, `${app}w`));
      rig.fly.put(app, ...machines(5, { metadata: { fly_process_group: 'jobs' } }, `${app}j`));
      for (const { values } of collectors) values.set(app, 50);
    }
    const run = rig.start({ collectors });
    await rig.clock.advance(80_000);
    rig.queue.values.set(APP, 60);
    jobs.values.set(APP, 10);
    const reload = (): void => {
      jobs.values.set(APP, 50);
      void run.fleet.reconfigure({ ...rig.options, collectors });
    };
    return { rig, jobs, run, reload };
  }

  it('lets the policy that acts come to its end, and decides none after it', async () => {
    const { rig, jobs, run, reload } = await withTwoGroups();
    jobs.values.set(APP, 50);
    let goOn: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    rig.fly.before = ({ name }) => (name === 'acquireLease' ? held : undefined);
    await rig.clock.advance(12_000);
    const told = rig.reports.length;
    reload();
    await rig.clock.advance(2000);
    goOn();
    await rig.clock.advance(5000);
    expect(rig.fly.changes).toEqual([expect.stringContaining('createMachine')]);
    const ofApp = rig.reports.slice(told).filter(({ app }) => app === APP);
    expect(ofApp.map(({ policy }) => policy.name)).toEqual(['web', 'web', 'jobs']);
    await run.stop();
  });

  it('lets no policy act that was waiting for others of its source', async () => {
    const { rig, run, reload } = await withTwoGroups();
    rig.fly.before = ({ name, app }) =>
      name === 'listMachines' && app === 'my-app-2' ? rig.clock.sleep(6000) : undefined;
    await rig.clock.advance(12_000);
    expect(rig.fly.changes).toEqual([expect.stringContaining('createMachine')]);
    reload();
    await rig.clock.advance(20_000);
    expect(rig.fly.changes).toHaveLength(1);
    await run.stop();
  });

  it('keeps what is remembered of apps that stay', async () => {
    const rig = aRig({ policies: [counted('2')] });
    rig.fly.put(APP, ...machines(1));
    rig.fly.before = ({ name }) => {
      if (name === 'createMachine') throw flyError('fly-bad-request');
    };
    const run = rig.start();
    await rig.clock.advance(2000);
    expect(rig.reports.at(-1)?.outcomes).toMatchObject([{ result: 'failed' }]);
    void run.fleet.reconfigure({ ...rig.options, policies: [counted('3')] });
    await rig.clock.advance(2000);
    expect(rig.reasonsOf(APP)).toContain('create-failing');
    await run.stop();
  });

  it('takes in apps that it is for, and lets go of others', async () => {
    const rig = aRig({ policies: [counted('2')] });
    rig.fly.put(APP, ...machines(1));
    rig.fly.put('your-app', ...machines(1, {}, 'y'));
    const run = rig.start();
    await rig.clock.advance(5000);
    const yours = aPolicy({ apps: { include: ['your-*'], exclude: [] }, created: aRange('3') });
    void run.fleet.reconfigure({ ...rig.options, policies: [yours] });
    await rig.clock.advance(5000);
    expect(rig.fly.machinesOf('your-app')).toHaveLength(3);
    rig.fly.remove(APP, 'm1');
    await rig.clock.advance(60_000);
    expect(rig.fly.machinesOf(APP)).toHaveLength(1);
    await run.stop();
  });

  it('goes on with the apps that are known while the list cannot be read', async () => {
    const rig = aRig({ policies: [counted('1')] });
    rig.fly.put(APP, ...machines(1));
    const run = rig.start();
    await rig.clock.advance(5000);
    rig.fly.before = ({ name }) => {
      if (name === 'listApps') throw flyError('fly-unavailable');
    };
    void run.fleet.reconfigure({ ...rig.options, policies: [counted('2')] });
    await rig.clock.advance(10_000);
    expect(rig.fly.machinesOf(APP)).toHaveLength(2);
    await run.stop();
  });

  it('may come before the first list of apps did', async () => {
    const rig = aRig({ policies: [counted('2')] });
    rig.fly.put(APP, ...machines(1));
    rig.fly.before = ({ name }) => {
      if (name === 'listApps') throw flyError('fly-unavailable');
    };
    const run = rig.start();
    await rig.clock.advance(5000);
    const named = aPolicy({ apps: { include: [APP], exclude: [] }, created: aRange('3') });
    void run.fleet.reconfigure({ ...rig.options, policies: [named] });
    await rig.clock.advance(5000);
    expect(rig.fly.machinesOf(APP)).toHaveLength(3);
    await run.stop();
  });

  it('changes interval, ceiling and places', async () => {
    const rig = aRig({ policies: [counted('5')], concurrency: 1, maxMachines: 2 });
    rig.fly.put(APP, ...machines(1));
    const run = rig.start();
    await rig.clock.advance(20_000);
    expect(rig.fly.machinesOf(APP)).toHaveLength(2);
    const changes = { maxMachines: 4, intervalMs: 1000, concurrency: 2 };
    void run.fleet.reconfigure({ ...rig.options, ...changes });
    await rig.clock.advance(10_000);
    expect(rig.fly.machinesOf(APP)).toHaveLength(4);
    const ticks = rig.events.filter(({ kind }) => kind === 'tick').length;
    await rig.clock.advance(10_000);
    expect(rig.events.filter(({ kind }) => kind === 'tick').length - ticks).toBe(10);
    await run.stop();
  });

  it('may come again before the earlier one is out of use, and does not hold up the end', async () => {
    const hung = aCollector('queue');
    hung.isHung = true;
    const rig = aRig({ collectors: [hung] });
    rig.fly.put(APP, ...machines(1));
    const run = rig.start();
    await rig.clock.advance(2000);
    const over: string[] = [];
    void run.fleet
      .reconfigure({ ...rig.options, policies: [counted('2')] })
      .then(() => over.push('first'));
    void run.fleet
      .reconfigure({ ...rig.options, policies: [counted('3')] })
      .then(() => over.push('second'));
    await rig.clock.advance(2000);
    expect(over).toEqual([]);
    await rig.clock.advance(80_000);
    expect(over.toSorted()).toEqual(['first', 'second']);
    expect(rig.fly.machinesOf(APP)).toHaveLength(3);
    await run.stop();
    expect(rig.clock.pendingTimers).toBe(0);
  });

  it('decides quiet apps anew, and sees machines where the new one says', async () => {
    const queue = aCollector('queue', { [APP]: 10 });
    const rig = aRig({ collectors: [queue], machineList: 'org' });
    rig.fly.put(APP, ...machines(1));
    const run = rig.start();
    await rig.clock.advance(40_000);
    expect(rig.reports).toHaveLength(1);
    void run.fleet.reconfigure({ ...rig.options, policies: [counted('queue / 10', 'other')] });
    await rig.clock.advance(20_000);
    expect(rig.reports.map(({ policy }) => policy.name)).toEqual(['default', 'other']);
    const listed = (): number => rig.fly.calls.filter((c) => c.name === 'listMachines').length;
    expect(listed()).toBe(1);
    void run.fleet.reconfigure({ ...rig.options, machineList: 'app' });
    await rig.clock.advance(31_000);
    const polls = rig.fly.calls.filter((c) => c.name === 'listOrgMachines').length;
    expect(listed()).toBe(4);
    await rig.clock.advance(30_000);
    expect(rig.fly.calls.filter((c) => c.name === 'listOrgMachines')).toHaveLength(polls);
    await run.stop();
    expect(rig.clock.pendingTimers).toBe(0);
  });
});
