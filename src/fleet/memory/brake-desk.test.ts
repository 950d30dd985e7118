import { describe, expect, it } from 'vitest';
import { REMOVE_KEY } from '../../core/machines/marks.js';
import { aBehavior, aSchedule, MINUTE_MS } from '../../testing/behavior.js';
import { aMachine, aPolicy, aRange, machines } from '../../testing/builders.js';
import { aCollector, aRig, type Rig, type Running } from '../../testing/fleet-rig.js';
import { flyError } from '../../testing/small-fly.js';
import type { FleetEvent } from '../../seams/events.js';

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

  it('holds stops of started counts as it holds removals', async () => {
    const apps = { include: ['my-app-*'], exclude: [] };
    const rig = aFleet({ policies: [aPolicy({ apps, started: aRange('queue / 10') })] });
    const run = rig.start();
    await rig.clock.advance(20_000);
    say(rig, 10);
    await rig.clock.advance(60_000);
    expect(rig.fly.changes).toEqual([]);
    expect(brakeEvents(rig)).toEqual(['tripped 8/8']);
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

  it('waits for the others as another configuration says', async () => {
    const rig = aFleet({ intervalMs: 1000 });
    const run = rig.start();
    await rig.clock.advance(70_000);
    void run.fleet.reconfigure({ ...rig.options, intervalMs: 15_000 });
    await rig.clock.advance(70_000);
    const collect = rig.queue.collect.bind(rig.queue);
    rig.queue.collect = async (_apps, emit, signal) => {
      await collect(NAMES.slice(0, 3), emit, signal);
      await rig.clock.sleep(2000, signal);
      await collect(NAMES.slice(3), emit, signal);
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

  it('waits after a start for every app of the source, and no longer once its pass has failed', async () => {
    const rig = aFleet();
    let isListed: () => void = () => undefined;
    const listed = new Promise<void>((resolve) => (isListed = resolve));
    rig.fly.before = async ({ name, app }) => {
      if (name !== 'listMachines' || app !== 'my-app-8') return;
      await listed;
      throw flyError('fly-unavailable');
    };
    say(rig, 10, ['my-app-2']);
    const run = rig.start();
    await rig.clock.advance(20_000);
    expect(rig.reasonsOf('my-app-2')).toContain('fleet-brake');
    expect(rig.fly.changes).toEqual([]);
    isListed();
    await rig.clock.advance(20_000);
    expect(rig.reasonsOf('my-app-8')).toContain('pass-failed');
    expect(rig.fly.changes.some((change) => change.startsWith('patchMetadata'))).toBe(true);
    await run.stop();
  });

  it.each<[string, number, readonly string[], readonly string[]]>([
    ['wait with the others', 10, [], ['fleet-brake', 'removal-waits']],
    ['wait where no others are to go', 40, [], ['fleet-brake', 'removal-waits']],
    ['are taken back where they are needed again', 50, ['patchMetadata m1x1'], []],
  ])('lets removals under way go no further after a start: they %s', async (...row) => {
    const [, queue, changes, reasons] = row;
    const rig = aFleet();
    const mark = JSON.stringify({ machine: 'm1x1', goal: 'destroy', reason: '', deadline: '' });
    rig.fly.patch('my-app-2', 'm1x1', aMachine({ id: 'm1x1', metadata: { [REMOVE_KEY]: mark } }));
    rig.fly.before = async ({ name, app }) => {
      if (name === 'listMachines' && app === 'my-app-8') await rig.clock.sleep(20_000);
    };
    say(rig, queue, ['my-app-2']);
    const run = rig.start();
    await rig.clock.advance(19_000);
    expect(rig.fly.changes).toEqual(changes);
    if (reasons.length > 0) {
      expect(rig.reasonsOf('my-app-2')).toEqual(expect.arrayContaining([...reasons]));
      await rig.clock.advance(40_000);
      expect(rig.fly.changes).toContain('destroyMachine m1x1');
    }
    await run.stop();
  });

  it('waits after a start for a minute at most', async () => {
    const rig = aFleet({ timeoutMs: 10 * MINUTE_MS });
    rig.fly.before = async ({ name, app }) => {
      if (name === 'listMachines' && app === 'my-app-8') await rig.clock.sleep(5 * MINUTE_MS);
    };
    say(rig, 10, ['my-app-2']);
    const run = rig.start();
    await rig.clock.advance(59_000);
    expect(rig.fly.changes).toEqual([]);
    expect(rig.reasonsOf('my-app-2')).toContain('fleet-brake');
    await rig.clock.advance(25_000);
    expect(rig.fly.changes.some((change) => change.startsWith('patchMetadata'))).toBe(true);
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

  it.each<[string, (rig: Rig) => () => void]>([
    [
      'says nothing',
      (rig) => {
        rig.queue.values.clear();
        return () => say(rig, 10);
      },
    ],
    [
      'hangs',
      (rig) => {
        const collect = rig.queue.collect.bind(rig.queue);
        rig.queue.collect = (_, __, signal) => rig.clock.sleep(10 * MINUTE_MS, signal);
        return () => (rig.queue.collect = collect);
      },
    ],
  ])(
    'begins the time of good samples anew when the source %s for a while',
    async (_, interrupt) => {
      const rig = aFleet();
      const run = rig.start();
      await rig.clock.advance(20_000);
      say(rig, 10);
      await rig.clock.advance(7 * MINUTE_MS);
      const goOn = interrupt(rig);
      await rig.clock.advance(2 * MINUTE_MS);
      // There is no number at all then, and not only none that is good enough to shrink on.
      expect(rig.reasonsOf('my-app-1')).toContain('expression-failed');
      goOn();
      await rig.clock.advance(9 * MINUTE_MS);
      expect(brakeEvents(rig)).toEqual(['tripped 8/8']);
      await rig.clock.advance(2 * MINUTE_MS);
      expect(brakeEvents(rig)).toContain('let-go 8/8');
      await run.stop();
    },
  );

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
    // For all of them it is kept, too.
    const kept = await rig.options.state.load();
    for (const source of ['queue', 'jobs']) {
      expect(kept.get(`brake/${source}`)).toMatchObject({ letGo: ['my-app-1'] });
    }
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

  describe('counts no more', () => {
    const only = (names: readonly string[], count = 'queue / 10', name = 'default') =>
      aPolicy({
        name,
        apps: { include: names, exclude: [] },
        created: aRange(count, undefined, ['queue', 'jobs']),
      });
    const few = NAMES.slice(0, 3);
    const fewByList = { include: ['my-app-*'], exclude: NAMES.slice(3) };

    /** Whole again, but for one app that may shrink by itself. */
    async function goesOn(rig: Rig): Promise<void> {
      say(rig, 50);
      say(rig, 10, ['my-app-1']);
      await rig.clock.advance(5 * MINUTE_MS);
      expect(rig.statesOf('my-app-1')).toBe('started');
    }

    it.each([
      ['apps that are gone', [only(few)]],
      ['apps that are gone, as a list says', [{ ...only(['my-app-*']), apps: fewByList }]],
      ['a policy of another name', [only(['my-app-*'], 'queue / 10', 'web')]],
    ])('after a restart: %s', async (_, policies) => {
      const rig = aFleet();
      const first = rig.start();
      await rig.clock.advance(20_000);
      say(rig, 0);
      await rig.clock.advance(20_000);
      await first.stop();
      say(rig, 50);
      const second = rig.start({ policies });
      await goesOn(rig);
      expect(second.fleet.operator.brakes().map(({ isOn }) => isOn)).toEqual([false]);
      await second.stop();
    });

    it('after a restart: a metric that nothing reads', async () => {
      const rig = aFleet();
      const jobs = aCollector('jobs');
      const first = rig.start();
      await rig.clock.advance(20_000);
      say(rig, 0);
      await rig.clock.advance(20_000);
      await first.stop();
      for (const name of NAMES) jobs.values.set(name, 50);
      const second = rig.start({ collectors: [jobs], policies: [only(['my-app-*'], 'jobs / 10')] });
      await rig.clock.advance(20_000);
      expect(second.fleet.operator.brakes()).toMatchObject([{ source: 'jobs', isOn: false }]);
      expect(
        [...(await rig.options.state.load()).keys()].filter((key) => key.startsWith('brake/')),
      ).toEqual([]);
      await second.stop();
    });

    it.each([
      ['by an expression that reads it no more', [only(few), only(NAMES.slice(3), 'jobs / 10')]],
      ['by a policy of another name', [only(few), only(NAMES.slice(3), 'jobs / 10', 'web')]],
    ])('when it is decided %s', async (_, policies) => {
      const rig = aFleet();
      const jobs = aCollector('jobs');
      for (const name of NAMES) jobs.values.set(name, 50);
      const collectors = [rig.queue, jobs];
      const run = rig.start({ collectors });
      await rig.clock.advance(20_000);
      say(rig, 0);
      await rig.clock.advance(20_000);
      expect(brakeEvents(rig)).toEqual(['tripped 8/8']);
      void run.fleet.reconfigure({ ...rig.options, collectors, policies });
      await goesOn(rig);
      await run.stop();
    });

    it('an app that leaves', async () => {
      const rig = aFleet();
      const run = rig.start();
      await rig.clock.advance(20_000);
      say(rig, 0, NAMES.slice(3));
      await rig.clock.advance(20_000);
      expect(brakeEvents(rig)).toEqual(['tripped 5/8']);
      rig.fly.before = ({ name, app }) => {
        if (name === 'listMachines' && app > 'my-app-4') throw flyError('fly-not-found');
      };
      await rig.clock.advance(MINUTE_MS);
      expect(brakeEvents(rig)).toEqual(['tripped 5/8', 'ended 1/4']);
      await run.stop();
    });
  });

  it('does not hold again after a restart what it had let go', async () => {
    const rig = aFleet({ brake: { share: 0.5, windowMs: 60_000, letGoAfterMs: 120_000 } });
    const first = rig.start();
    await rig.clock.advance(20_000);
    say(rig, 10);
    await rig.clock.advance(2 * MINUTE_MS + 10_000);
    expect(brakeEvents(rig)).toEqual(['tripped 8/8', 'let-go 8/8']);
    await first.stop();
    const second = rig.start();
    await rig.clock.advance(90_000);
    expect(NAMES.map((name) => rig.statesOf(name))).toContain('started');
    expect(intact(rig)).toBe(7);
    await second.stop();
  });

  it('is not on any more after a restart when it had ended', async () => {
    const rig = aFleet();
    const first = rig.start();
    await rig.clock.advance(20_000);
    say(rig, 0);
    await rig.clock.advance(20_000);
    say(rig, 50);
    await rig.clock.advance(20_000);
    expect(brakeEvents(rig)).toEqual(['tripped 8/8', 'ended 0/8']);
    await first.stop();
    const second = rig.start();
    await rig.clock.advance(1000);
    expect(brakeEvents(rig)).toHaveLength(2);
    await second.stop();
  });

  it('begins the time of good samples anew when the clocks jump', async () => {
    const rig = aFleet();
    const run = rig.start();
    await rig.clock.advance(20_000);
    say(rig, 10);
    await rig.clock.advance(8 * MINUTE_MS);
    rig.clock.jumpWall(60 * MINUTE_MS);
    await rig.clock.advance(9 * MINUTE_MS);
    expect(brakeEvents(rig)).toEqual(['tripped 8/8']);
    await rig.clock.advance(2 * MINUTE_MS);
    expect(brakeEvents(rig)).toContain('let-go 8/8');
    await run.stop();
  });

  it('is told after a restart', async () => {
    const rig = aFleet();
    const first = rig.start();
    await rig.clock.advance(20_000);
    say(rig, 0);
    await rig.clock.advance(20_000);
    await first.stop();
    const second = rig.start();
    await rig.clock.advance(1000);
    expect(brakeEvents(rig)).toEqual(['tripped 8/8', 'restored 8/8']);
    await second.stop();
  });

  /** What is kept of brakes that are on. */
  const kept = async (rig: Rig): Promise<readonly string[]> =>
    [...(await rig.options.state.load()).keys()].filter((key) => key.startsWith('brake/'));

  it.each<[string, (rig: Rig, run: Running) => Promise<Running>]>([
    [
      'a restart',
      async (rig, run) => {
        await run.stop();
        return rig.start({ brake: null });
      },
    ],
    [
      'a reload',
      async (rig, run) => {
        void run.fleet.reconfigure({ ...rig.options, brake: null });
        return run;
      },
    ],
  ])(
    'is over when it is switched off by %s, and not on when it is wanted again',
    async (_, off) => {
      const rig = aFleet();
      let run = rig.start();
      await rig.clock.advance(20_000);
      say(rig, 30);
      say(rig, 0, NAMES.slice(0, 4));
      await rig.clock.advance(20_000);
      expect(await kept(rig)).toEqual(['brake/queue']);
      run = await off(rig, run);
      await rig.clock.advance(5 * MINUTE_MS);
      expect(NAMES.map((name) => rig.statesOf(name).split(' ').length)).toEqual([
        1, 1, 1, 1, 3, 3, 3, 3,
      ]);
      expect(run.fleet.operator.brakes()).toEqual([]);
      expect(await kept(rig)).toEqual([]);
      await run.stop();
      run = rig.start();
      await rig.clock.advance(MINUTE_MS);
      expect(run.fleet.operator.brakes()).toMatchObject([{ isOn: false }]);
      await run.stop();
    },
  );

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
