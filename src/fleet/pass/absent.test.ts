/** Lists that lack machines which are there. */
import { describe, expect, it } from 'vitest';
import { AppError } from '../../core/model/errors.js';
import { unnamedId, type Machine } from '../../core/model/machine.js';
import { aMachine, aPolicy, aRange, machines } from '../../testing/builders.js';
import { aRig, type Rig } from '../../testing/fleet-rig.js';
import { flyError } from '../../testing/small-fly.js';

const APP = 'my-app-1';
const apps = { include: ['my-app-*'], exclude: [] };
const LISTS = ['app', 'org'] as const;

const isHere = ({ region }: Machine): boolean => region === 'iad';

/** One machine in the region that lists always show, three in one that they may lack; as many as are wanted. */
function aRigWithFour(machineList: 'app' | 'org', rest: Parameters<typeof aRig>[0] = {}): Rig {
  const rig = aRig({ machineList, machineRefreshMs: 20_000, ...rest });
  rig.fly.put(APP, aMachine(), ...machines(4, { region: 'gru' }).slice(1));
  rig.queue.values.set(APP, 40);
  return rig;
}

const idsOf = (rig: Rig): readonly string[] => rig.fly.machinesOf(APP).map(({ id }) => id);

function callsOf(rig: Rig, name: string, sinceMs = 0): readonly string[] {
  return rig.fly.calls
    .filter((call) => call.name === name && call.atMs >= sinceMs)
    .map((call) => call.id);
}

/** Lets lists lack the region for so long, and makes the app's own list be read. */
async function lose(rig: Rig, forMs: number): Promise<void> {
  rig.fly.isListed = isHere;
  rig.fly.isListedByOrg = isHere;
  await rig.clock.advance(forMs);
}

describe.each(LISTS)('a list that lacks machines of a region (machine list: %s)', (list) => {
  it('makes none in their place, and takes none when it is whole again', async () => {
    const rig = aRigWithFour(list);
    const run = rig.start();
    await rig.clock.advance(40_000);
    await lose(rig, 10 * 60_000);
    expect(rig.fly.changes).toEqual([]);
    expect(rig.reasonsOf(APP)).toContain('list-incomplete');
    rig.fly.isListed = () => true;
    rig.fly.isListedByOrg = () => true;
    await rig.clock.advance(5 * 60_000);
    expect(rig.fly.changes).toEqual([]);
    expect(rig.reasonsOf(APP)).toEqual(['at-target']);
    await run.stop();
  });

  it.each(['fly-unavailable', 'fly-timeout', 'fly-bad-answer', 'fly-forbidden'] as const)(
    'makes none while Fly answers %s for each of them',
    async (code) => {
      const rig = aRigWithFour(list);
      rig.fly.before = ({ name }) => {
        if (name === 'getMachine') throw flyError(code);
      };
      const run = rig.start();
      await rig.clock.advance(40_000);
      await lose(rig, 10 * 60_000);
      expect(rig.fly.changes).toEqual([]);
      await run.stop();
    },
  );

  it.each<[string, Partial<Machine>]>([
    ['of another machine', { id: 'm1', state: 'destroyed', unread: 'id' }],
    ['whose state alone can be read', { state: 'destroyed', unread: 'created_at' }],
  ])('makes none on an answer %s that is gone', async (_name, odd) => {
    const rig = aRigWithFour(list);
    const fly: typeof rig.fly = {
      ...rig.fly,
      getMachine: async (...args) => {
        const machine = await rig.fly.getMachine(...args);
        return machine && { ...machine, config: null, ...odd };
      },
    };
    const run = rig.start({ fly });
    await rig.clock.advance(40_000);
    await lose(rig, 5 * 60_000);
    expect(rig.fly.changes).toEqual([]);
    await run.stop();
  });

  it('starts none in the place of those that run there', async () => {
    const policies = [aPolicy({ apps, created: null, started: aRange('queue / 10') })];
    const rig = aRigWithFour(list, { policies });
    rig.fly.put(APP, ...machines(3, { state: 'stopped' }, 'spare'));
    const run = rig.start();
    await rig.clock.advance(40_000);
    await lose(rig, 5 * 60_000);
    expect(rig.fly.changes).toEqual([]);
    await run.stop();
  });

  it('makes what more load asks for, counted from all that are there', async () => {
    const rig = aRigWithFour(list);
    const run = rig.start();
    await rig.clock.advance(40_000);
    await lose(rig, 60_000);
    rig.queue.values.set(APP, 60);
    await rig.clock.advance(60_000);
    expect(idsOf(rig)).toHaveLength(6);
    await run.stop();
  });

  it('holds no growth up that waits for none of them, while Fly does not answer', async () => {
    const rig = aRig({ machineList: list, machineRefreshMs: 20_000 });
    const names = Array.from({ length: 60 }, (_, i) => `my-app-${i}`);
    for (const app of names) {
      rig.fly.put(app, aMachine({ id: `${app}-a` }), aMachine({ id: `${app}-b`, region: 'gru' }));
      rig.queue.values.set(app, 20);
    }
    rig.fly.before = ({ name, id }, signal) =>
      name === 'getMachine' && id.endsWith('-b') ? rig.clock.sleep(1e9, signal) : undefined;
    const run = rig.start();
    await rig.clock.advance(40_000);
    await lose(rig, 60_000);
    for (const app of names) rig.queue.values.set(app, 30);
    await rig.clock.advance(22_000);
    expect(names.filter((app) => rig.fly.machinesOf(app).length === 3)).toEqual(names);
    await run.stop();
  });

  it('acts under the lease that whoever sees them all takes', async () => {
    const rig = aRigWithFour(list);
    const run = rig.start();
    await rig.clock.advance(40_000);
    rig.fly.isListed = ({ id }) => id !== 'm1';
    rig.fly.isListedByOrg = rig.fly.isListed;
    await rig.clock.advance(60_000);
    rig.fly.leaseByOthers(APP, 'm1', 60_000, 'fly-autoscaler other');
    for (const queue of [60, 20]) {
      rig.queue.values.set(APP, queue);
      await rig.clock.advance(29_000);
      expect([rig.fly.changes, rig.reasonsOf(APP)]).toEqual([
        [],
        expect.arrayContaining(['lease-held']),
      ]);
    }
    await rig.clock.advance(60_000);
    expect(idsOf(rig)).toHaveLength(3);
    await run.stop();
  });

  it('takes the lease of one that it shows when the first of all is gone or not to be asked', async () => {
    for (const isGone of [true, false]) {
      const rig = aRigWithFour(list);
      const run = rig.start();
      await rig.clock.advance(40_000);
      if (isGone) rig.fly.remove(APP, 'm1');
      else rig.fly.isListed = ({ id }) => id !== 'm1';
      rig.fly.before = ({ name, id }) => {
        if (!isGone && name === 'getMachine' && id === 'm1') throw flyError('fly-unavailable');
      };
      rig.queue.values.set(APP, 20);
      await rig.clock.advance(60_000);
      expect([isGone, idsOf(rig).length]).toEqual([isGone, isGone ? 2 : 3]);
      await run.stop();
    }
  });

  it('asks for few of many, and for each of them seldom', async () => {
    const rig = aRig({ machineList: list, machineRefreshMs: 20_000 });
    rig.fly.put(APP, aMachine(), ...machines(300, { region: 'gru' }).slice(1));
    rig.queue.values.set(APP, 3000);
    const run = rig.start();
    await rig.clock.advance(40_000);
    await lose(rig, 60_000);
    const before = callsOf(rig, 'getMachine').length;
    await rig.clock.advance(5 * 60_000);
    // At most two in a pass for the app, and twenty that nobody waits for.
    expect(callsOf(rig, 'getMachine').length - before).toBeLessThanOrEqual(20 * 22);
    expect(rig.fly.changes).toEqual([]);
    await run.stop();
  });

  it('replaces a machine that somebody destroyed within the same time, after one request', async () => {
    const rig = aRigWithFour(list);
    const run = rig.start();
    await rig.clock.advance(44_000);
    rig.fly.remove(APP, 'm3');
    const goneAtMs = rig.clock.elapsedMs();
    await rig.clock.advance(36_000);
    expect(idsOf(rig)).toHaveLength(4);
    const asked = callsOf(rig, 'getMachine', goneAtMs);
    expect(asked).toEqual(['m3']);
    await run.stop();
  });

  it('replaces many that somebody destroyed at once', async () => {
    const rig = aRig({ machineList: list, machineRefreshMs: 20_000 });
    rig.fly.put(APP, ...machines(40));
    rig.queue.values.set(APP, 400);
    const run = rig.start();
    await rig.clock.advance(44_000);
    for (let i = 2; i <= 35; i += 1) rig.fly.remove(APP, `m${i}`);
    await rig.clock.advance(150_000);
    expect(idsOf(rig)).toHaveLength(40);
    await run.stop();
  });

  it('counts those that it lacks towards the ceiling of the fleet', async () => {
    const rig = aRigWithFour(list, { maxMachines: 5 });
    rig.fly.put('my-app-2', aMachine({ id: 'other' }));
    rig.queue.values.set('my-app-2', 10);
    const run = rig.start();
    await rig.clock.advance(40_000);
    await lose(rig, 60_000);
    rig.queue.values.set('my-app-2', 30);
    await rig.clock.advance(60_000);
    expect(rig.fly.changes).toEqual([]);
    await run.stop();
  });

  it('keeps in mind what was seen over a reload', async () => {
    const rig = aRigWithFour(list);
    const run = rig.start();
    await rig.clock.advance(100_000);
    await lose(rig, 0);
    const other = list === 'app' ? 'org' : 'app';
    void run.fleet.reconfigure({ ...rig.options, machineList: other });
    await rig.clock.advance(5 * 60_000);
    expect(rig.fly.changes).toEqual([]);
    await run.stop();
  });

  it('asks in turn for those of all apps that nobody waits for', async () => {
    const rig = aRig({ machineList: list, machineRefreshMs: 20_000 });
    rig.fly.put(APP, aMachine(), ...machines(100, { region: 'gru' }, 'many'));
    rig.fly.put('my-app-2', aMachine({ id: 'a' }), aMachine({ id: 'b', region: 'gru' }));
    const run = rig.start();
    await rig.clock.advance(40_000);
    await lose(rig, 2 * 60_000);
    expect(callsOf(rig, 'getMachine')).toEqual(expect.arrayContaining(['many1', 'b']));
    await run.stop();
  });

  it('forgets those that nobody wants back once Fly says that they are gone', async () => {
    const rig = aRigWithFour(list);
    const run = rig.start();
    await rig.clock.advance(44_000);
    rig.queue.values.set(APP, 20);
    rig.fly.remove(APP, 'm3');
    rig.fly.remove(APP, 'm4');
    await rig.clock.advance(90_000);
    expect(rig.reports.at(-1)?.proposal?.counts.unseen).toBe(0);
    expect(rig.reasonsOf(APP)).toEqual(['at-target']);
    await run.stop();
  });
});

/** What cannot be read of it is its id. */
const unread = (machine: Machine, id: string): Machine => ({
  ...machine,
  id,
  hostStatus: 'unknown',
  config: null,
  unread: 'id',
});

it('takes no machine for gone by what Fly says of another', async () => {
  const rig = aRigWithFour('app');
  rig.fly.getMachine = () =>
    Promise.resolve(unread(aMachine({ id: 'other', state: 'destroyed' }), 'other'));
  const run = rig.start();
  await rig.clock.advance(40_000);
  await lose(rig, 5 * 60_000);
  expect(rig.fly.changes).toEqual([]);
  await run.stop();
});

it('takes no create for failed because the id of its machine cannot be read', async () => {
  const rig = aRig({ machineList: 'app' });
  rig.fly.put(APP, aMachine());
  rig.queue.values.set(APP, 20);
  const plain = { ...rig.fly };
  rig.fly.listMachines = async (app, signal) =>
    (await plain.listMachines(app, signal)).map((each, place) =>
      each.id === 'm1' ? each : unread(each, unnamedId(place + 1)),
    );
  const run = rig.start();
  await rig.clock.advance(40_000);
  expect(idsOf(rig)).toHaveLength(2);
  rig.queue.values.set(APP, 30);
  await rig.clock.advance(20_000);
  expect(idsOf(rig)).toHaveLength(3);
  expect(rig.reasonsOf(APP)).not.toContain('create-failing');
  await run.stop();
});

describe.each(LISTS)('after a restart (machine list: %s)', (list) => {
  it('makes none for want of machines that the other list shows', async () => {
    const rig = aRigWithFour(list);
    rig.fly.isListed = isHere;
    const run = rig.start();
    await rig.clock.advance(5 * 60_000);
    expect(rig.fly.changes).toEqual([]);
    rig.fly.isListed = () => true;
    await rig.clock.advance(5 * 60_000);
    expect(rig.fly.changes).toEqual([]);
    await run.stop();
  });

  it('makes none for want of machines that only its own list shows', async () => {
    const rig = aRigWithFour(list);
    rig.fly.isListedByOrg = isHere;
    const run = rig.start();
    await rig.clock.advance(5 * 60_000);
    expect(rig.fly.changes).toEqual([]);
    await run.stop();
  });

  it('grows at once where both lists show the same', async () => {
    const rig = aRigWithFour(list);
    rig.queue.values.set(APP, 60);
    const run = rig.start();
    await rig.clock.advance(1000);
    expect(idsOf(rig)).toHaveLength(6);
    await run.stop();
  });

  it('grows where the other list may not be read', async () => {
    const rig = aRigWithFour(list);
    rig.queue.values.set(APP, 60);
    rig.fly.before = ({ name }) => {
      if (name !== 'listOrgMachines') return;
      throw new AppError('fly-forbidden', 'not for you', { owner: 'user', status: 403 });
    };
    const run = rig.start();
    await rig.clock.advance(1000);
    expect(idsOf(rig)).toHaveLength(6);
    await run.stop();
  });

  it('waits for another list that comes at the second try', async () => {
    const rig = aRigWithFour(list);
    rig.fly.isListed = isHere;
    let tries = 0;
    rig.fly.before = ({ name }) => {
      if (name !== 'listOrgMachines') return;
      tries += 1;
      if (tries === 1) throw flyError('fly-unavailable');
    };
    const run = rig.start();
    await rig.clock.advance(5 * 60_000);
    expect(rig.fly.changes).toEqual([]);
    await run.stop();
  });

  it('waits a minute at most for another list that does not come', async () => {
    const rig = aRigWithFour(list);
    rig.queue.values.set(APP, 60);
    rig.fly.before = ({ name }, signal) =>
      name === 'listOrgMachines' ? rig.clock.sleep(1e9, signal) : undefined;
    const run = rig.start();
    await rig.clock.advance(62_000);
    expect(idsOf(rig)).toHaveLength(6);
    await run.stop();
  });
});

describe.each(LISTS)('an app that joins the fleet later (machine list: %s)', (list) => {
  const LATER = 'my-app-2';

  /** It has four machines, of which its own list shows one. */
  async function joined(rig: Rig, wanted: number): Promise<void> {
    await rig.clock.advance(5 * 60_000);
    rig.fly.put(LATER, aMachine({ id: 'l1' }));
    for (const id of ['l2', 'l3', 'l4']) rig.fly.put(LATER, aMachine({ id, region: 'gru' }));
    rig.queue.values.set(LATER, wanted * 10);
  }

  it('makes none for want of machines that the other list shows', async () => {
    const rig = aRigWithFour(list);
    const run = rig.start();
    await joined(rig, 4);
    rig.fly.isListed = isHere;
    await rig.clock.advance(5 * 60_000);
    expect(rig.fly.changes).toEqual([]);
    expect(rig.reasonsOf(LATER)).toContain('list-incomplete');
    rig.fly.isListed = () => true;
    await rig.clock.advance(5 * 60_000);
    expect(rig.fly.changes).toEqual([]);
    await run.stop();
  });

  it('grows within a pass where both lists show the same', async () => {
    const rig = aRigWithFour(list);
    const run = rig.start();
    await joined(rig, 6);
    await rig.clock.advance(90_000);
    expect(rig.fly.machinesOf(LATER)).toHaveLength(6);
    await run.stop();
  });
});

describe('machines that are known to be gone', () => {
  it('are not asked for: those that we removed, and those that the other list shows destroyed', async () => {
    const rig = aRigWithFour('org');
    const run = rig.start();
    await rig.clock.advance(40_000);
    rig.queue.values.set(APP, 20);
    await rig.clock.advance(60_000);
    expect(idsOf(rig)).toHaveLength(2);
    const beganAtMs = rig.clock.elapsedMs();
    rig.queue.values.set(APP, 40);
    await rig.clock.advance(60_000);
    expect(idsOf(rig)).toHaveLength(4);
    expect(callsOf(rig, 'getMachine', beganAtMs)).toEqual([]);
    await run.stop();
  });
});

describe('ticks at which nothing has changed', () => {
  it('ask for no machine', async () => {
    const rig = aRigWithFour('app');
    const run = rig.start();
    await rig.clock.advance(10 * 60_000);
    expect(callsOf(rig, 'getMachine')).toEqual([]);
    expect(callsOf(rig, 'listOrgMachines')).toEqual([]);
    await run.stop();
  });
});
