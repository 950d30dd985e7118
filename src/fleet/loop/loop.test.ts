import { describe, expect, it } from 'vitest';
import { aMachine, aPolicy, aRange, aRelease, machines } from '../../testing/builders.js';
import { aCollector, aRig } from '../../testing/fleet-rig.js';
import { flyError } from '../../testing/small-fly.js';

describe('a fleet', () => {
  it('makes its first pass at once and creates what is missing', async () => {
    const rig = aRig();
    rig.fly.put('my-app-1', ...machines(1));
    rig.queue.values.set('my-app-1', 30);
    const run = rig.start();
    await rig.clock.advance(3000);
    expect(rig.fly.machinesOf('my-app-1')).toHaveLength(3);
    await run.stop();
  });

  it('touches no app that does not match', async () => {
    const rig = aRig();
    rig.fly.put('my-app-1', ...machines(1));
    rig.fly.put('some-other-app', ...machines(5, {}, 'x'));
    rig.queue.values.set('my-app-1', 10);
    rig.queue.values.set('some-other-app', 10);
    const run = rig.start();
    await rig.clock.advance(60_000);
    expect(rig.fly.calls.filter((call) => call.app === 'some-other-app')).toEqual([]);
    await run.stop();
  });

  it('removes a started machine over passes: mark, cordon, stop, then destroy', async () => {
    const rig = aRig();
    rig.fly.put('my-app-1', ...machines(2));
    rig.queue.values.set('my-app-1', 10);
    const run = rig.start();
    await rig.clock.advance(16_000);
    const gone = rig.fly.changes[0]?.split(' ')[1];
    expect(rig.fly.changes).toEqual([
      `patchMetadata ${gone}`,
      `cordonMachine ${gone}`,
      `stopMachine ${gone}`,
      `destroyMachine ${gone}`,
    ]);
    await run.stop();
  });

  it('costs a quiet app one list and no lease', async () => {
    const rig = aRig();
    rig.fly.put('my-app-1', ...machines(1));
    rig.queue.values.set('my-app-1', 10);
    const run = rig.start();
    await rig.clock.advance(1000);
    expect(rig.fly.calls.map((call) => call.name)).toEqual(['listApps', 'listMachines']);
    expect(rig.reasonsOf('my-app-1')).toEqual(['at-target']);
    await run.stop();
  });

  it('never lets passes of one app overlap: one that is overdue begins when the one before ends', async () => {
    const rig = aRig();
    rig.fly.put('my-app-1', ...machines(1));
    rig.queue.values.set('my-app-1', 10);
    let isInside = 0;
    let most = 0;
    const beganAtMs: number[] = [];
    rig.fly.before = async ({ name }, signal) => {
      if (name !== 'listMachines') return;
      beganAtMs.push(rig.clock.elapsedMs());
      isInside += 1;
      most = Math.max(most, isInside);
      await rig.clock.sleep(20_000, signal).finally(() => (isInside -= 1));
    };
    const run = rig.start();
    await rig.clock.advance(62_000);
    expect(most).toBe(1);
    const busy = rig.events.filter((e) => e.kind === 'tick' && e.stillBusy === 1);
    expect(busy).toHaveLength(4);
    // The first is asked for again in the lane of lists that take long.
    expect(beganAtMs).toEqual([0, 1000, 21_000, 41_000, 61_000]);
    expect(rig.reports.map((report) => report.latenessMs)).toEqual([21_000, 26_000, 31_000]);
    await run.stop();
  });

  it('lets a collector that hangs delay only the apps that use it', async () => {
    const hung = aCollector('slow');
    hung.isHung = true;
    const queue = aCollector('queue', { 'my-app-1': 20, 'my-app-2': 20 });
    const rig = aRig({
      collectors: [hung, queue],
      policies: [
        aPolicy({
          apps: { include: ['my-app-1'], exclude: [] },
          created: aRange('slow', 'slow', ['slow']),
        }),
        aPolicy({ apps: { include: ['my-app-*'], exclude: [] }, created: aRange('queue / 10') }),
      ],
    });
    rig.fly.put('my-app-1', ...machines(1));
    rig.fly.put('my-app-2', ...machines(1, {}, 'n'));
    const run = rig.start();
    await rig.clock.advance(16_000);
    expect(rig.fly.machinesOf('my-app-2')).toHaveLength(2);
    expect(rig.reports.filter((report) => report.app === 'my-app-1')).toEqual([]);
    expect(hung.asked).toEqual([['my-app-1']]);
    await rig.clock.advance(30_000);
    expect(
      rig.reports.find((report) => report.app === 'my-app-1')?.samples.get('slow'),
    ).toMatchObject({
      kind: 'error',
      code: 'source-timeout',
    });
    expect(hung.asked.length).toBeGreaterThan(1);
    await run.stop();
  });

  it('acts on no more apps at once than the concurrency allows, each in its turn', async () => {
    const rig = aRig({ concurrency: 2 });
    const apps = ['my-app-1', 'my-app-2', 'my-app-3', 'my-app-4', 'my-app-5'];
    for (const app of apps) {
      rig.fly.put(app, ...machines(1, {}, `${app}-`));
      rig.queue.values.set(app, 20);
    }
    let acting = 0;
    let most = 0;
    rig.fly.after = async ({ name, id }) => {
      if (name === 'acquireLease') most = Math.max(most, (acting += 1));
      if (name === 'createMachine') await rig.clock.sleep(5000);
      if (name === 'releaseLease' && !id.startsWith('new')) acting -= 1;
    };
    const run = rig.start();
    await rig.clock.advance(16_000);
    expect(most).toBe(2);
    for (const app of apps) expect(rig.fly.machinesOf(app)).toHaveLength(2);
    await run.stop();
  });

  it('decides on the newest samples when an app had to wait for its turn', async () => {
    const rig = aRig({ concurrency: 1 });
    rig.fly.put('my-app-1', ...machines(1, {}, 'a'));
    rig.fly.put('my-app-2', ...machines(1, {}, 'b'));
    rig.queue.values.set('my-app-1', 20);
    rig.queue.values.set('my-app-2', 50);
    rig.fly.after = async ({ name, app }) => {
      if (name === 'createMachine' && app === 'my-app-1') await rig.clock.sleep(8000);
      if (name === 'releaseLease' && app === 'my-app-1') await rig.clock.sleep(900);
    };
    const run = rig.start({ intervalMs: 5000 });
    await rig.clock.advance(3000);
    rig.queue.values.set('my-app-2', 20);
    await rig.clock.advance(20_000);
    const creates = rig.fly.calls.filter((c) => c.name === 'createMachine' && c.app === 'my-app-2');
    expect(creates).toHaveLength(1);
    await run.stop();
  });

  it('drops an app that Fly says does not exist, and what it remembered', async () => {
    const rig = aRig();
    rig.fly.put('my-app-1', ...machines(1));
    rig.queue.values.set('my-app-1', 10);
    rig.fly.before = ({ name }) => {
      if (name === 'listMachines') throw flyError('fly-not-found');
    };
    const run = rig.start();
    await rig.clock.advance(16_000);
    expect(rig.events.filter((event) => event.kind === 'app-gone')).toHaveLength(1);
    expect(rig.reasonsOf('my-app-1')).toEqual(['app-gone']);
    expect(rig.events.at(-1)).toMatchObject({ kind: 'tick', apps: 0 });
    await run.stop();
  });

  it('reports a pass that cannot read what it needs, and goes on at the next tick', async () => {
    const rig = aRig();
    rig.fly.put('my-app-1', ...machines(1));
    rig.queue.values.set('my-app-1', 20);
    let failures = 1;
    rig.fly.before = ({ name }) => {
      if (name === 'listMachines' && failures-- > 0) throw flyError('fly-unavailable');
    };
    const run = rig.start();
    await rig.clock.advance(14_000);
    expect(rig.reports.map((report) => report.error?.code)).toEqual(['fly-unavailable']);
    await rig.clock.advance(5000);
    expect(rig.fly.machinesOf('my-app-1')).toHaveLength(2);
    await run.stop();
  });

  it('ends a pass at its deadline, even if Fly never answers', async () => {
    const rig = aRig();
    rig.fly.put('my-app-1', ...machines(1));
    rig.queue.values.set('my-app-1', 20);
    rig.fly.before = async ({ name }) => {
      if (name === 'listMachines') await new Promise(() => undefined);
    };
    const run = rig.start();
    await rig.clock.advance(30_001);
    const expected = { app: 'my-app-1', durationMs: 30_000, latenessMs: 30_000 };
    expect(rig.reports[0]).toMatchObject(expected);
    expect(rig.reports[0]?.error?.code).toBe('fly-timeout');
    await run.stop();
  });

  it('says how late each tick is, and starts anew after standing still', async () => {
    const rig = aRig();
    rig.fly.put('my-app-1', ...machines(1));
    rig.queue.values.set('my-app-1', 10);
    let stall = 0;
    const clock = {
      now: () => rig.clock.now(),
      elapsedMs: () => rig.clock.elapsedMs(),
      sleep: (ms: number, signal?: AbortSignal) => {
        const extra = ms > 14_000 && ms <= 15_000 ? stall : 0;
        stall -= extra;
        return rig.clock.sleep(ms + extra, signal);
      },
    };
    const run = rig.start({ clock });
    await rig.clock.advance(20_000);
    stall = 50_000;
    await rig.clock.advance(100_000);
    const late = rig.events.flatMap((e) => (e.kind === 'tick' ? [e.latenessMs] : []));
    expect(Math.max(...late)).toBe(50_000);
    expect(rig.events.some((event) => event.kind === 'clock-jumped')).toBe(true);
    await run.stop();
  });

  it('starts anew when wall and monotonic time part, and keeps quiet when they do not', async () => {
    const rig = aRig();
    rig.fly.put('my-app-1', ...machines(1));
    rig.queue.values.set('my-app-1', 10);
    const run = rig.start();
    await rig.clock.advance(40_000);
    rig.clock.jumpWall(1500);
    await rig.clock.advance(15_000);
    expect(rig.events.filter((event) => event.kind === 'clock-jumped')).toEqual([]);
    rig.clock.jumpWall(-3_600_000);
    await rig.clock.advance(15_000);
    expect(rig.events.filter((event) => event.kind === 'clock-jumped')).toHaveLength(1);
    await run.stop();
  });

  it('trusts no sample from before the clocks jumped', async () => {
    const rig = aRig({ concurrency: 1 });
    rig.fly.put('my-app-1', ...machines(1));
    rig.fly.put('my-app-2', ...machines(2, {}, 'n'));
    rig.queue.values.set('my-app-1', 20);
    rig.queue.values.set('my-app-2', 10);
    rig.fly.after = async ({ name }) => {
      if (name === 'createMachine') await rig.clock.sleep(9000);
      if (name === 'listMachines' && rig.clock.elapsedMs() > 8000) await rig.clock.sleep(8000);
    };
    rig.fly.before = async ({ name, app }) => {
      // The first app keeps the place until after the second tick.
      if (name === 'currentRelease' && app === 'my-app-1') await rig.clock.sleep(7000);
    };
    const run = rig.start();
    await rig.clock.advance(10_000);
    rig.clock.jumpWall(3_600_000);
    rig.queue.isHung = true;
    await rig.clock.advance(35_000);
    expect(rig.fly.calls.some((c) => c.name === 'acquireLease' && c.app === 'my-app-2')).toBe(true);
    expect(rig.fly.changes.filter((change) => change.includes(' n'))).toEqual([]);
    await run.stop();
  });

  it('has room again when an app is gone', async () => {
    const rig = aRig({ maxMachines: 6 });
    rig.fly.put('my-app-1', ...machines(2));
    rig.fly.put('my-app-2', ...machines(2, {}, 'n'));
    rig.queue.values.set('my-app-1', 20);
    rig.queue.values.set('my-app-2', 20);
    const run = rig.start();
    await rig.clock.advance(10_000);
    rig.fly.before = ({ name, app }) => {
      if (name === 'listMachines' && app === 'my-app-1') throw flyError('fly-not-found');
    };
    rig.queue.values.set('my-app-2', 60);
    await rig.clock.advance(30_000);
    expect(rig.fly.machinesOf('my-app-2')).toHaveLength(6);
    await run.stop();
  });

  it('forgets what it knew of an app that is gone', async () => {
    const rig = aRig({ appListRefreshMs: 20_000 });
    rig.fly.put('my-app-1', ...machines(1));
    rig.queue.values.set('my-app-1', 20);
    rig.fly.before = ({ name }) => {
      if (name === 'createMachine') throw flyError('fly-bad-request');
    };
    const run = rig.start();
    await rig.clock.advance(10_000);
    expect(rig.fly.changes).toHaveLength(1);
    rig.fly.before = ({ name }) => {
      if (name === 'listMachines') throw flyError('fly-not-found');
    };
    await rig.clock.advance(20_000);
    rig.fly.before = () => undefined;
    // Its back-off would last for a minute.
    await rig.clock.advance(20_000);
    expect(rig.fly.machinesOf('my-app-1')).toHaveLength(2);
    await run.stop();
  });

  it('counts anew since when machines cannot be seen, after the clocks jumped', async () => {
    const rig = aRig();
    rig.fly.put('my-app-1', ...machines(3));
    rig.fly.patch('my-app-1', 'm3', { hostStatus: 'unreachable', config: null });
    rig.queue.values.set('my-app-1', 30);
    const run = rig.start();
    await rig.clock.advance(200_000);
    rig.clock.jumpWall(3_600_000);
    await rig.clock.advance(290_000);
    expect(rig.fly.machinesOf('my-app-1')).toHaveLength(3);
    await rig.clock.advance(60_000);
    expect(rig.fly.machinesOf('my-app-1')).toHaveLength(4);
    await run.stop();
  });

  it('gives the same group of an app to the first policy only, and runs the others under one lease', async () => {
    const web = { kind: 'named', name: 'web' } as const;
    const worker = { kind: 'named', name: 'worker' } as const;
    const apps = { include: ['my-app-*'], exclude: [] };
    const rig = aRig({
      policies: [
        aPolicy({ name: 'a', apps, group: web, created: aRange('2') }),
        aPolicy({ name: 'b', apps, group: worker, created: aRange('3') }),
        aPolicy({ name: 'c', apps, group: web, created: aRange('9') }),
      ],
    });
    rig.fly.put(
      'my-app-1',
      aMachine({ id: 'm1', metadata: { fly_process_group: 'web' } }),
      aMachine({ id: 'm2', metadata: { fly_process_group: 'worker' } }),
    );
    const run = rig.start();
    await rig.clock.advance(10_000);
    const groups = rig.fly.machinesOf('my-app-1').map((m) => m.metadata['fly_process_group']);
    expect(groups.filter((group) => group === 'web')).toHaveLength(2);
    expect(groups.filter((group) => group === 'worker')).toHaveLength(3);
    expect(rig.fly.calls.filter((call) => call.name === 'acquireLease')).toHaveLength(1);
    expect(rig.reports.map((report) => report.policy.name)).toEqual(['a', 'b']);
    await run.stop();
  });

  it('does nothing while a release runs, and says so', async () => {
    const rig = aRig();
    rig.fly.put('my-app-1', ...machines(1));
    rig.fly.setRelease('my-app-1', aRelease({ status: 'running', createdAtMs: rig.clock.now() }));
    rig.queue.values.set('my-app-1', 30);
    const run = rig.start();
    await rig.clock.advance(20_000);
    expect(rig.fly.changes).toEqual([]);
    expect(rig.reasonsOf('my-app-1')).toContain('release-running');
    await run.stop();
  });

  it('takes the lease once for a release that runs, and asks for the release alone after that', async () => {
    const rig = aRig();
    rig.fly.put('my-app-1', ...machines(1));
    rig.fly.setRelease('my-app-1', aRelease({ status: 'running', createdAtMs: rig.clock.now() }));
    rig.queue.values.set('my-app-1', 30);
    const run = rig.start();
    await rig.clock.advance(60_000);
    const calls = (name: string): number => rig.fly.calls.filter((c) => c.name === name).length;
    expect(calls('acquireLease')).toBe(1);
    expect(calls('currentRelease')).toBeGreaterThan(3);
    expect(rig.reasonsOf('my-app-1')).toContain('release-running');
    rig.fly.setRelease('my-app-1', aRelease({ id: 'rel2', status: 'complete' }));
    await rig.clock.advance(30_000);
    expect(rig.fly.machinesOf('my-app-1')).toHaveLength(3);
    await run.stop();
  });

  it('does nothing when the release cannot be read', async () => {
    const rig = aRig();
    rig.fly.put('my-app-1', ...machines(1));
    rig.queue.values.set('my-app-1', 30);
    rig.fly.before = ({ name }) => {
      if (name === 'currentRelease') throw flyError('fly-unavailable');
    };
    const run = rig.start();
    await rig.clock.advance(10_000);
    expect(rig.fly.changes).toEqual([]);
    expect(rig.reasonsOf('my-app-1')).toContain('release-unread');
    await run.stop();
  });

  it('only ever lowers what was granted when the second look differs', async () => {
    const rig = aRig();
    rig.fly.put('my-app-1', ...machines(1));
    rig.queue.values.set('my-app-1', 20);
    rig.fly.before = ({ name }) => {
      if (name === 'acquireLease') rig.queue.values.set('my-app-1', 100);
    };
    const run = rig.start({ intervalMs: 60_000 });
    rig.fly.after = ({ name }) => {
      if (name === 'acquireLease') rig.fly.put('my-app-1', aMachine({ id: 'm2' }));
    };
    await rig.clock.advance(10_000);
    expect(rig.fly.changes).toEqual([]);
    await run.stop();
  });
});

describe('a dry run', () => {
  it('decides all and sends nothing', async () => {
    const rig = aRig({ isDryRun: true });
    rig.fly.put('my-app-1', ...machines(1));
    rig.queue.values.set('my-app-1', 30);
    const run = rig.start();
    await rig.clock.advance(5000);
    expect(rig.fly.calls.some((call) => call.name === 'acquireLease')).toBe(false);
    expect(rig.fly.changes).toEqual([]);
    expect(rig.reports[0]?.outcomes.map((o) => o.result)).toEqual(['dry', 'dry']);
    expect(rig.reasonsOf('my-app-1')).toContain('dry-run');
    await run.stop();
  });

  it('answers for one app, or for all that match', async () => {
    const rig = aRig();
    rig.fly.put('my-app-1', ...machines(1));
    rig.fly.put('my-app-2', ...machines(1, {}, 'n'));
    rig.fly.put('other', ...machines(1, {}, 'x'));
    rig.queue.values.set('my-app-1', 30);
    const { fleet } = { fleet: rig.start().fleet };
    const { signal } = new AbortController();
    const one = await rig.clock.runUntil(fleet.passOnce(['my-app-1'], signal));
    expect(one.map((report) => [report.app, report.proposal?.created?.wanted])).toEqual([
      ['my-app-1', 3],
    ]);
    const all = await rig.clock.runUntil(fleet.passOnce(null, signal));
    expect(all.map((report) => report.app).sort()).toEqual(['my-app-1', 'my-app-2']);
  });
});

describe('the ceiling of the fleet', () => {
  it('is shared by the apps and never passed', async () => {
    const rig = aRig({ maxMachines: 6 });
    for (const app of ['my-app-1', 'my-app-2', 'my-app-3']) {
      rig.fly.put(app, ...machines(1, {}, `${app}-`));
      rig.queue.values.set(app, 50);
    }
    const run = rig.start();
    await rig.clock.advance(60_000);
    const apps = ['my-app-1', 'my-app-2', 'my-app-3'];
    const total = apps.reduce((sum, app) => sum + rig.fly.machinesOf(app).length, 0);
    expect(total).toBe(6);
    expect(apps.some((app) => rig.reasonsOf(app).includes('fleet-capped'))).toBe(true);
    await run.stop();
  });

  it('waits until each app has been counted, even one whose metric hangs', async () => {
    const hung = aCollector('slow');
    hung.isHung = true;
    const queue = aCollector('queue', { 'my-app-2': 50 });
    const rig = aRig({
      maxMachines: 6,
      collectors: [hung, queue],
      policies: [
        aPolicy({
          apps: { include: ['my-app-1'], exclude: [] },
          created: aRange('slow', 'slow', ['slow']),
        }),
        aPolicy({ apps: { include: ['my-app-*'], exclude: [] }, created: aRange('queue / 10') }),
      ],
    });
    rig.fly.put('my-app-1', ...machines(4));
    rig.fly.put('my-app-2', ...machines(1, {}, 'n'));
    const run = rig.start();
    await rig.clock.advance(29_000);
    expect(rig.fly.machinesOf('my-app-2')).toHaveLength(2);
    await run.stop();
  });
});

describe('the ceiling of the fleet and an app that cannot be counted', () => {
  it('creates nothing until it can be', async () => {
    const rig = aRig({ maxMachines: 10 });
    rig.fly.put('my-app-1', ...machines(1));
    rig.fly.put('my-app-2', ...machines(8, {}, 'n'));
    rig.queue.values.set('my-app-1', 60);
    rig.queue.values.set('my-app-2', 80);
    let isBroken = true;
    rig.fly.before = ({ name, app }) => {
      if (isBroken && name === 'listMachines' && app === 'my-app-2') {
        throw flyError('fly-unavailable');
      }
    };
    const run = rig.start();
    await rig.clock.advance(60_000);
    expect(rig.fly.machinesOf('my-app-1')).toHaveLength(1);
    isBroken = false;
    await rig.clock.advance(60_000);
    expect(rig.fly.machinesOf('my-app-1')).toHaveLength(2);
    await run.stop();
  });
});

describe('the ceiling of the fleet and an app that does not exist', () => {
  const apps = { include: ['my-app-1', 'my-app-gone'], exclude: [] };
  const policies = [aPolicy({ apps, created: aRange('queue / 10') })];

  it.each(['app', 'org'] as const)('creates all the same (machine list: %s)', async (list) => {
    const rig = aRig({ policies, maxMachines: 10, machineList: list });
    rig.fly.put('my-app-1', ...machines(1));
    rig.queue.values.set('my-app-1', 30);
    const run = rig.start();
    await rig.clock.advance(60_000);
    expect(rig.fly.machinesOf('my-app-1')).toHaveLength(3);
    await run.stop();
  });

  it.each(['app', 'org'] as const)('counts it no more (machine list: %s)', async (list) => {
    const rig = aRig({ policies, maxMachines: 10, machineList: list });
    rig.fly.put('my-app-1', ...machines(1));
    rig.fly.put('my-app-gone', ...machines(9, {}, 'g'));
    rig.queue.values.set('my-app-1', 30);
    rig.queue.values.set('my-app-gone', 90);
    const run = rig.start();
    await rig.clock.advance(60_000);
    expect(rig.fly.machinesOf('my-app-1')).toHaveLength(1);
    rig.fly.before = ({ app }) => {
      if (app === 'my-app-gone') throw flyError('fly-not-found');
    };
    // The list of the organization lacks it then; its own list is read in the rotation.
    await rig.clock.advance(1_900_000);
    expect(rig.fly.machinesOf('my-app-1')).toHaveLength(3);
    await run.stop();
  });
});

describe('the end', () => {
  it.each([
    ['a create', 1000, ['createMachine']],
    ['a create and giving back leases', 1000, ['createMachine', 'releaseLease']],
    ['the second look', 0, ['currentRelease']],
    ['the lease', 0, ['acquireLease']],
    ['the screen', 0, ['listMachines']],
    ['the app list', 0, ['listApps']],
  ])('comes within 4 s though %s hangs, and begins nothing new', async (_, fromMs, hung) => {
    const rig = aRig();
    rig.fly.put('my-app-1', ...machines(1));
    rig.queue.values.set('my-app-1', 100);
    rig.fly.before = async ({ name }) => {
      if (hung.includes(name) && rig.clock.elapsedMs() >= fromMs)
        await new Promise(() => undefined);
    };
    const run = rig.start();
    rig.fly.after = async ({ name, app }) => {
      // The first create takes effect, the second hangs.
      if (name === 'createMachine' && app === 'my-app-1') await rig.clock.sleep(1000);
    };
    await rig.clock.advance(4000);
    const before = rig.clock.elapsedMs();
    const sent = rig.fly.changes.length;
    await run.stop();
    expect(rig.clock.elapsedMs() - before).toBeLessThan(4000);
    expect(rig.fly.changes).toHaveLength(sent);
    expect(rig.clock.pendingTimers).toBe(0);
  });

  it('gives back the lease', async () => {
    const rig = aRig();
    rig.fly.put('my-app-1', ...machines(1));
    rig.queue.values.set('my-app-1', 100);
    rig.fly.before = async ({ name }) => {
      if (name === 'createMachine') await new Promise(() => undefined);
    };
    const run = rig.start();
    await rig.clock.advance(2000);
    await run.stop();
    expect(rig.fly.calls.at(-1)).toMatchObject({ name: 'releaseLease', id: 'm1' });
  });

  it('sends no create that only waited for the lease to be refreshed', async () => {
    const rig = aRig();
    rig.fly.put('my-app-1', ...machines(1));
    rig.queue.values.set('my-app-1', 100);
    rig.fly.before = async ({ name }) => {
      if (name === 'createMachine') await rig.clock.sleep(4000);
      if (name === 'refreshLease') await rig.clock.sleep(1000);
    };
    const run = rig.start({ timeoutMs: 100_000, intervalMs: 200_000 });
    await rig.clock.advance(16_500);
    expect(rig.fly.calls.at(-1)?.name).toBe('refreshLease');
    const sent = rig.fly.changes.length;
    await run.stop();
    expect(rig.fly.changes).toHaveLength(sent);
  });

  it('lets a call under way come to its end', async () => {
    const rig = aRig();
    rig.fly.put('my-app-1', ...machines(1));
    rig.queue.values.set('my-app-1', 20);
    rig.fly.after = async ({ name }) => {
      if (name === 'createMachine') await rig.clock.sleep(1000);
    };
    const run = rig.start();
    await rig.clock.advance(500);
    await run.stop();
    const outcome = rig.reports[0]?.outcomes[0];
    expect(outcome?.result).toBe('done');
  });

  it('leaves no timer behind', async () => {
    const rig = aRig();
    rig.fly.put('my-app-1', ...machines(1));
    rig.queue.values.set('my-app-1', 30);
    const run = rig.start();
    await rig.clock.advance(100_000);
    await run.stop();
    expect(rig.clock.pendingTimers).toBe(0);
  });
});
