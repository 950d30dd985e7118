import { describe, expect, it } from 'vitest';
import type { FleetEvent } from '../ports.js';
import { aBehavior, aSchedule, MINUTE_MS } from '../testing/behavior.js';
import { aPolicy, aRange, machines } from '../testing/builders.js';
import { aCollector, aRig, type Rig } from '../testing/fleet-rig.js';
import { flyError } from '../testing/small-fly.js';

const NAMES = Array.from({ length: 8 }, (_, i) => `my-app-${i + 1}`);

/** Eight apps of five machines each, as their queue wants it. */
function aFleet(overrides: Parameters<typeof aRig>[0] = {}): Rig {
  const rig = aRig(overrides);
  for (const [i, name] of NAMES.entries()) {
    rig.fly.put(name, ...machines(5, {}, `m${i}x`));
    rig.queue.values.set(name, 50);
  }
  return rig;
}

function say(rig: Rig, value: number, names: readonly string[] = NAMES): void {
  for (const name of names) rig.queue.values.set(name, value);
}

const brakeEvents = (rig: Rig): readonly string[] =>
  rig.events
    .filter((event): event is Extract<FleetEvent, { kind: 'brake' }> => event.kind === 'brake')
    .map(({ change, able, down }) => `${change} ${down}/${able}`);

const intact = (rig: Rig): number =>
  NAMES.filter((name) => rig.statesOf(name) === 'started started started started started').length;

describe('the fleet brake', () => {
  it('holds every app of a source that says zero for all of them at once', async () => {
    const rig = aFleet();
    const run = rig.start();
    await rig.clock.advance(20_000);
    say(rig, 0);
    await rig.clock.advance(9 * 60_000);
    expect(rig.fly.changes).toEqual([]);
    expect(brakeEvents(rig)).toEqual(['tripped 8/8']);
    expect(rig.reasonsOf('my-app-3')).toContain('fleet-brake');
    await run.stop();
  });

  it.each([
    ['a stabilization window', { behavior: aBehavior({ stabilizationWindowMs: 5 * MINUTE_MS }) }],
    ['a freeze', { schedules: [aSchedule({ freeze: 'in' })] }],
  ])('sees a fall while %s holds the fleet for longer than a reference lasts', async (_, rules) => {
    const apps = { include: ['my-app-*'], exclude: [] };
    const rig = aFleet({ policies: [aPolicy({ apps, created: aRange('queue / 10'), ...rules })] });
    const run = rig.start();
    await rig.clock.advance(56 * MINUTE_MS);
    say(rig, 0);
    await rig.clock.advance(9 * MINUTE_MS);
    expect(rig.fly.changes).toEqual([]);
    expect(brakeEvents(rig)).toEqual(['tripped 8/8']);
    await run.stop();
  });

  /** Nobody may ask to shrink, so that only what is heard and the time that passes can find a fall. */
  function aFrozenFleet(overrides: Parameters<typeof aRig>[0] = {}): Rig {
    const schedules = [aSchedule({ freeze: 'all' })];
    const apps = { include: ['my-app-*'], exclude: [] };
    const policies = [aPolicy({ apps, created: aRange('queue / 10'), schedules })];
    return aFleet({ policies, ...overrides });
  }

  it('sees a fall that was whole only between two ticks', async () => {
    const rig = aFrozenFleet({ intervalMs: 60_000 });
    const run = rig.start();
    await rig.clock.advance(5 * MINUTE_MS - 1000);
    // It answers ever sooner.
    let lateMs = 20_000;
    const collect = rig.queue.collect.bind(rig.queue);
    rig.queue.collect = async (asked, emit, signal) => {
      await rig.clock.sleep(lateMs, signal);
      await collect(asked, emit, signal);
    };
    say(rig, 0, NAMES.slice(0, 3));
    await rig.clock.advance(MINUTE_MS);
    lateMs = 10_000;
    say(rig, 0, NAMES.slice(0, 6));
    await rig.clock.advance(MINUTE_MS);
    expect(brakeEvents(rig)).toEqual(['tripped 6/8']);
    await run.stop();
  });

  it('sees what fell become most of the fleet when other apps leave', async () => {
    const rig = aFrozenFleet({ brake: { share: 0.6, windowMs: 60_000, letGoAfterMs: 600_000 } });
    const run = rig.start();
    await rig.clock.advance(20_000);
    say(rig, 0, NAMES.slice(0, 4));
    await rig.clock.advance(15_000);
    expect(brakeEvents(rig)).toEqual([]);
    rig.fly.before = ({ name, app }) => {
      if (name === 'listMachines' && app > 'my-app-6') throw flyError('fly-not-found');
    };
    await rig.clock.advance(30_000);
    expect(brakeEvents(rig)).toEqual(['tripped 4/6']);
    await run.stop();
  });

  it('does not take the first few apps that it hears of after a start for the fleet', async () => {
    const behavior = aBehavior({ stabilizationWindowMs: 5 * MINUTE_MS });
    const apps = { include: ['my-app-*'], exclude: [] };
    const policies = [aPolicy({ apps, created: aRange('queue / 10'), behavior })];
    const rig = aFleet({ policies });
    rig.fly.put('my-app-9', ...machines(5, {}, 'm9x'));
    rig.queue.values.set('my-app-9', 50);
    say(rig, 10, NAMES.slice(0, 4));
    rig.fly.before = async ({ name, app }) => {
      if (name === 'listMachines' && app > 'my-app-4') await rig.clock.sleep(25_000);
    };
    const run = rig.start();
    await rig.clock.advance(40_000);
    expect(brakeEvents(rig)).toEqual([]);
    expect(run.fleet.operator.brakes()).toMatchObject([{ apps: 9, fallen: 4 }]);
    await run.stop();
  });

  it('holds what shrinks on a number that stands in for a source that says nothing', async () => {
    const hold = { kind: 'hold' } as const;
    const missing = { queue: { scaleUp: hold, scaleDown: { kind: 'assume', value: 0 } as const } };
    const apps = { include: ['my-app-*'], exclude: [] };
    const rig = aFleet({ policies: [aPolicy({ apps, created: aRange('queue / 10'), missing })] });
    const run = rig.start();
    await rig.clock.advance(20_000);
    rig.queue.values.clear();
    await rig.clock.advance(20 * 60_000);
    expect(rig.fly.changes).toEqual([]);
    expect(brakeEvents(rig)).toEqual(['tripped 8/8']);
    expect(rig.reasonsOf('my-app-3')).toEqual(
      expect.arrayContaining(['metric-assumed', 'fleet-brake']),
    );
    say(rig, 50);
    await rig.clock.advance(30_000);
    expect(brakeEvents(rig)).toEqual(['tripped 8/8', 'ended 0/8']);
    await run.stop();
  });

  it('holds when the source lies from the first pass on', async () => {
    const rig = aFleet();
    say(rig, 0);
    const run = rig.start();
    await rig.clock.advance(60_000);
    expect(rig.fly.changes).toEqual([]);
    await run.stop();
  });

  it('sees the others fall before it lets the first one shrink, whenever their samples come', async () => {
    const rig = aFleet();
    const run = rig.start();
    await rig.clock.advance(20_000);
    const collect = rig.queue.collect.bind(rig.queue);
    rig.queue.collect = async (apps, emit, signal) => {
      for (const app of apps) {
        await collect([app], emit, signal);
        await rig.clock.sleep(300, signal);
      }
    };
    say(rig, 0);
    await rig.clock.advance(60_000);
    expect(rig.fly.changes).toEqual([]);
    await run.stop();
  });

  it('sees the others fall before it lets the first one shrink, whenever their machines are listed', async () => {
    const rig = aFleet();
    rig.fly.before = async ({ name, app }) => {
      if (name === 'listMachines') await rig.clock.sleep(200 * Number(app.slice(-1)));
    };
    const run = rig.start();
    await rig.clock.advance(20_000);
    say(rig, 0);
    await rig.clock.advance(60_000);
    expect(rig.fly.changes).toEqual([]);
    expect(brakeEvents(rig)).toEqual(['tripped 8/8']);
    await run.stop();
  });

  it('holds what was let shrink and waited for a place while the others fell', async () => {
    const rig = aFleet({ concurrency: 1 });
    let goOn: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    const run = rig.start();
    await rig.clock.advance(20_000);
    // One app has the only place, three are let go and wait for it.
    let isActing = false;
    rig.fly.before = ({ name, app }) => {
      if (app !== 'my-app-8') return undefined;
      isActing ||= name === 'acquireLease';
      return isActing && name === 'listMachines' ? held : undefined;
    };
    rig.queue.values.set('my-app-8', 60);
    say(rig, 0, NAMES.slice(0, 3));
    await rig.clock.advance(15_000);
    say(rig, 0, NAMES.slice(0, 7));
    await rig.clock.advance(11_000);
    expect(brakeEvents(rig)).toEqual(['tripped 7/8']);
    goOn();
    await rig.clock.advance(10_000);
    expect(rig.fly.changes.filter((change) => !change.startsWith('create'))).toEqual([]);
    expect(rig.reasonsOf('my-app-1')).toContain('fleet-brake');
    await run.stop();
  });

  it('lets an app shrink by itself, and at once', async () => {
    const rig = aFleet();
    const run = rig.start();
    await rig.clock.advance(20_000);
    say(rig, 10, ['my-app-2']);
    await rig.clock.advance(12_000);
    expect(rig.fly.changes.some((change) => change.startsWith('patchMetadata'))).toBe(true);
    expect(brakeEvents(rig)).toEqual([]);
    await run.stop();
  });

  it('waits for no app that has left the fleet', async () => {
    const rig = aFleet();
    const run = rig.start();
    await rig.clock.advance(20_000);
    rig.fly.before = ({ name, app }) => {
      if (name === 'listMachines' && app === 'my-app-8') throw flyError('fly-not-found');
    };
    await rig.clock.advance(15_000);
    say(rig, 10, ['my-app-2']);
    await rig.clock.advance(12_000);
    expect(rig.fly.changes.some((change) => change.startsWith('patchMetadata'))).toBe(true);
    await run.stop();
  });

  it('says how many could shrink and how many fell before it is on', async () => {
    const rig = aFleet();
    const run = rig.start();
    await rig.clock.advance(20_000);
    expect(run.fleet.operator.brakes()).toMatchObject([{ isOn: false, apps: 8, fallen: 0 }]);
    say(rig, 10, ['my-app-2']);
    await rig.clock.advance(15_000);
    expect(run.fleet.operator.brakes()).toMatchObject([{ isOn: false, apps: 8, fallen: 1 }]);
    await run.stop();
  });

  it('waits no longer than half an interval for an app whose source hangs', async () => {
    const rig = aFleet();
    const run = rig.start();
    await rig.clock.advance(20_000);
    const collect = rig.queue.collect.bind(rig.queue);
    rig.queue.collect = async (apps, emit, signal) => {
      await collect(
        apps.filter((app) => app !== 'my-app-8'),
        emit,
        signal,
      );
      await rig.clock.sleep(60_000, signal);
    };
    say(rig, 10, ['my-app-2']);
    await rig.clock.advance(19_000);
    expect(rig.fly.changes.some((change) => change.startsWith('patchMetadata'))).toBe(true);
    await run.stop();
  });

  it('lets one app after the other go when the source stays with it', async () => {
    const rig = aFleet({ brake: { share: 0.5, windowMs: 60_000, letGoAfterMs: 120_000 } });
    const run = rig.start();
    await rig.clock.advance(20_000);
    say(rig, 10);
    await rig.clock.advance(125_000);
    expect(intact(rig)).toBe(8);
    await rig.clock.advance(30_000);
    expect(intact(rig)).toBe(7);
    await rig.clock.advance(60_000);
    expect(intact(rig)).toBe(6);
    await rig.clock.advance(10 * 60_000);
    expect(NAMES.map((name) => rig.statesOf(name))).toEqual(NAMES.map(() => 'started'));
    await run.stop();
  });

  it('is released by an operator', async () => {
    const rig = aFleet();
    const run = rig.start();
    await rig.clock.advance(20_000);
    say(rig, 10);
    await rig.clock.advance(30_000);
    expect(run.fleet.operator.brakes()).toMatchObject([{ source: 'queue', isOn: true, fallen: 8 }]);
    expect(await run.fleet.operator.releaseBrake('queue')).toBe(true);
    expect(await run.fleet.operator.releaseBrake('queue')).toBe(false);
    await rig.clock.advance(120_000);
    expect(NAMES.map((name) => rig.statesOf(name))).toEqual(NAMES.map(() => 'started'));
    await run.stop();
  });

  /** Each app has a second group of five machines, whose metric is of the same server; then both fall. */
  async function withFallenJobs() {
    const rig = aFleet({ addressOf: () => 'https://metrics' });
    const jobs = aCollector('jobs');
    for (const name of NAMES) jobs.values.set(name, 50);
    const policies = ['queue', 'jobs'].map((metric) =>
      aPolicy({
        name: metric,
        group: metric === 'jobs' ? { kind: 'named', name: 'jobs' } : { kind: 'unset' },
        created: aRange(`${metric} / 10`, undefined, [metric]),
      }),
    );
    for (const [i, name] of NAMES.entries()) {
      const metadata = { fly_process_group: 'jobs' };
      rig.fly.put(name, ...machines(5, { metadata }, `j${i}x`));
    }
    const run = rig.start({ policies, collectors: [rig.queue, jobs] });
    await rig.clock.advance(20_000);
    say(rig, 10);
    for (const name of NAMES) jobs.values.set(name, 10);
    return { rig, jobs, run };
  }

  it('lets apps go of all metrics of one address at once', async () => {
    const { rig, jobs, run } = await withFallenJobs();
    // What each metric by itself would let go first.
    rig.queue.values.set('my-app-1', 20);
    jobs.values.set('my-app-8', 20);
    await rig.clock.advance(10 * 60_000 + 40_000);
    expect(rig.statesOf('my-app-1')).toBe('started started started');
    expect(rig.statesOf('my-app-8').split(' ')).toHaveLength(10);
    await run.stop();
  });

  it('is released for all metrics of one address', async () => {
    const { rig, run } = await withFallenJobs();
    await rig.clock.advance(30_000);
    const on = (): readonly boolean[] => run.fleet.operator.brakes().map(({ isOn }) => isOn);
    expect(on()).toEqual([true, true]);
    expect(await run.fleet.operator.releaseBrake('jobs')).toBe(true);
    expect(on()).toEqual([false, false]);
    await run.stop();
  });

  it('is still on after a restart', async () => {
    const rig = aFleet();
    const first = rig.start();
    await rig.clock.advance(20_000);
    say(rig, 0);
    await rig.clock.advance(20_000);
    await first.stop();
    const second = rig.start();
    await rig.clock.advance(1000);
    expect(second.fleet.operator.brakes()).toMatchObject([{ isOn: true }]);
    // Half of the fleet would not be enough to trip it anew.
    say(rig, 50, NAMES.slice(0, 4));
    await rig.clock.advance(9 * 60_000);
    expect(rig.fly.changes).toEqual([]);
    await second.stop();
  });

  it('can be switched off', async () => {
    const rig = aFleet({ brake: null });
    const run = rig.start();
    await rig.clock.advance(20_000);
    say(rig, 10);
    await rig.clock.advance(120_000);
    expect(NAMES.map((name) => rig.statesOf(name))).toEqual(NAMES.map(() => 'started'));
    await run.stop();
  });
});
