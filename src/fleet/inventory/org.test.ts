import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../seams/clock.js';
import { aRange, machines } from '../../testing/builders.js';
import { createFakeClock } from '../../testing/fake-clock.js';
import { createSmallFly } from '../../testing/small-fly.js';
import { never } from '../../testing/simulated-fly.js';
import { createOrgFleet, stopByHand, stopped } from '../../testing/org-fleet.js';
import { OrgInventory } from './org.js';
import { OwnLists } from './own-lists.js';

const NO_LAG = { delaysMs: { orgListLag: [0, 0] } } as const;

describe('a fleet that is seen through the machine list of its organization', () => {
  it('reads every own list once, and sends nothing for single apps while all is quiet', async () => {
    const fleet = createOrgFleet(NO_LAG);
    for (let i = 0; i < 20; i += 1) fleet.addApp(`my-app-${i}`, 3);
    fleet.start();
    await fleet.clock.advance(10_000);
    expect(fleet.sent('list-machines')).toBe(20);
    expect(fleet.reports).toHaveLength(20);
    expect(fleet.reports.every(({ reasons }) => reasons[0]?.code === 'at-target')).toBe(true);
    fleet.clearSent();
    await fleet.clock.advance(60_000);
    expect(fleet.sent('list-machines') + fleet.sent('graphql')).toBeLessThanOrEqual(1);
    expect(fleet.sent('list-org-machines')).toBeLessThanOrEqual(15);
    expect(fleet.sent('list-apps')).toBe(1);
    await fleet.stop();
  });

  it('notices what others change, also when it shows late and after newer changes', async () => {
    const fleet = createOrgFleet({ delaysMs: { orgListLag: [20_000, 20_000] } });
    for (const name of ['my-app-1', 'my-app-2']) fleet.addApp(name, 2);
    fleet.start();
    await fleet.clock.advance(31_000);
    await stopByHand(fleet, 'my-app-1');
    await fleet.clock.advance(10_000);
    // Somebody else's, which shows at once.
    fleet.simulator.world.addMachine('my-app-2');
    await fleet.clock.advance(50_000);
    expect(stopped(fleet, 'my-app-1')).toBe(1);
    await fleet.stop();
  });

  it('knows a standby for what it is before it counts it', async () => {
    const fleet = createOrgFleet(NO_LAG, {
      created: null,
      started: aRange('queue / 10'),
    });
    fleet.addApp('my-app-1', 2);
    fleet.queue.values.set('my-app-1', 30);
    fleet.start();
    await fleet.clock.advance(20_000);
    const [machine] = fleet.simulator.world.machines('my-app-1');
    const config = { standbys: [machine!.id] };
    const standby = fleet.simulator.world.addMachine('my-app-1', { state: 'stopped', config });
    await fleet.clock.advance(60_000);
    expect(standby.state).toBe('stopped');
    expect(fleet.sent('start-machine')).toBe(0);
    await fleet.stop();
  });

  it('takes no lease for what it has just done itself, however late the list is', async () => {
    const late = { delaysMs: { orgListLag: [20_000, 20_000] } } as const;
    const fleet = createOrgFleet(late, { created: null, started: aRange('queue / 10') });
    fleet.simulator.world.addApp('my-app-1', { machines: 3, stopped: 2 });
    fleet.queue.values.set('my-app-1', 10);
    fleet.start({ intervalMs: 1000 });
    await fleet.clock.advance(5000);
    fleet.queue.values.set('my-app-1', 30);
    await fleet.clock.advance(40_000);
    const states = fleet.simulator.world.machines('my-app-1').map(({ state }) => state);
    expect(states).toEqual(['started', 'started', 'started']);
    expect(fleet.sent('acquire-lease')).toBe(1);
    await fleet.stop();
  });

  it('counts what it has created before the list does', async () => {
    const fleet = createOrgFleet({ delaysMs: { orgListLag: [20_000, 20_000] } });
    for (const name of ['my-app-1', 'my-app-2']) fleet.addApp(name, 1);
    const { queue, clock } = fleet;
    const collect = queue.collect.bind(queue);
    // The value of the second app comes in the middle between two passes of the first.
    queue.collect = async (apps, emit, signal) => {
      await collect(['my-app-1'], emit, signal);
      await clock.sleep(8000);
      await collect(['my-app-2'], emit, signal);
    };
    fleet.start({ maxMachines: 5 });
    await clock.advance(14_000);
    for (const name of ['my-app-1', 'my-app-2']) queue.values.set(name, 40);
    await clock.advance(15_000);
    const counts = ['my-app-1', 'my-app-2'].map(
      (name) => fleet.simulator.world.machines(name).length,
    );
    expect(counts).toEqual([4, 1]);
    expect(fleet.reasonsOf('my-app-2')).toContain('fleet-capped');
    await fleet.stop();
  });

  it('removes nothing that only the list of the organization shows', async () => {
    const fleet = createOrgFleet(NO_LAG);
    fleet.addApp('my-app-1', 2);
    const phantom = (id: string) => ({
      id,
      app: 'my-app-1',
      state: 'started',
      region: 'fra',
      version: 'v',
      updatedAtMs: fleet.clock.now(),
    });
    fleet.start({
      fly: {
        ...fleet.fly,
        listOrgMachines: () =>
          Promise.resolve({
            machines: ['0a', '0b', '0c'].map(phantom),
            nextCursor: null,
            lastUpdatedAtMs: null,
            errorRegions: [],
          }),
      },
    });
    await fleet.clock.advance(120_000);
    expect(fleet.sent('acquire-lease')).toBe(0);
    expect(fleet.reasonsOf('my-app-1')).toEqual(['at-target']);
    await fleet.stop();
  });
});

describe('a machine list of the organization that lacks something', () => {
  it('leaves apps with machines in an unreadable region to their own lists', async () => {
    const fleet = createOrgFleet(NO_LAG);
    fleet.addApp('my-app-near', 2, 'fra');
    fleet.addApp('my-app-far', 2, 'syd');
    fleet.start();
    await fleet.clock.advance(20_000);
    fleet.simulator.faults.setRegionUnreadable('syd', true);
    await fleet.clock.advance(10_000);
    fleet.clearSent();
    await stopByHand(fleet, 'my-app-far');
    await fleet.clock.advance(60_000);
    expect(fleet.sent('list-machines', 'my-app-near')).toBe(0);
    expect(fleet.sent('list-machines', 'my-app-far')).toBeGreaterThanOrEqual(4);
    expect(stopped(fleet, 'my-app-far')).toBe(1);
    // Once it can be read again all of it is heard anew.
    fleet.simulator.faults.setRegionUnreadable('syd', false);
    await fleet.clock.advance(15_000);
    const whole = fleet.events.filter((e) => e.kind === 'machine-list' && e.isWhole);
    expect(whole).toHaveLength(2);
    fleet.clearSent();
    await fleet.clock.advance(60_000);
    expect(fleet.sent('list-machines')).toBe(0);
    await fleet.stop();
  });

  it('is done without when it is refused, and tried again later', async () => {
    const fleet = createOrgFleet(NO_LAG);
    fleet.addApp('my-app-1', 2);
    fleet.simulator.faults.add({
      kind: 'unavailable-before',
      status: 403,
      action: 'list-org-machines',
      untilMs: 300_000,
    });
    fleet.start();
    await fleet.clock.advance(61_000);
    expect(fleet.sent('list-machines')).toBe(5);
    const failures = fleet.events.filter((e) => e.kind === 'machine-list-failed');
    expect(failures).toMatchObject([{ isRefused: true, error: { status: 403 } }]);
    await fleet.clock.advance(14 * 60_000);
    fleet.clearSent();
    await fleet.clock.advance(60_000);
    expect(fleet.sent('list-machines')).toBe(0);
    await fleet.stop();
  });

  it('is told once as refused, and needs no rest where it merely fails', async () => {
    const fleet = createOrgFleet(NO_LAG);
    fleet.addApp('my-app-1', 2);
    fleet.simulator.faults.add({
      kind: 'reset-before',
      action: 'list-org-machines',
      fromMs: 20_000,
      untilMs: 200_000,
    });
    fleet.start();
    await fleet.clock.advance(199_000);
    // Nobody tells of changes: each app's own list is read about once a minute.
    expect(fleet.sent('list-machines')).toBeGreaterThanOrEqual(3);
    expect(fleet.sent('list-machines')).toBeLessThanOrEqual(5);
    const failures = fleet.events.filter((e) => e.kind === 'machine-list-failed');
    expect(failures.length).toBeGreaterThan(3);
    expect(failures.at(-1)).toMatchObject({ isRefused: false, error: { code: 'fly-unreachable' } });
    await fleet.clock.advance(60_000);
    fleet.clearSent();
    await fleet.clock.advance(120_000);
    expect(fleet.sent('list-machines')).toBe(0);
    await fleet.stop();
  });

  it('tells nothing for as long as its last page cannot be read', async () => {
    const fleet = createOrgFleet({ ...NO_LAG, orgListPageSize: 4 });
    const apps = Array.from({ length: 5 }, (_, i) => `my-app-${i}`);
    for (const app of apps) fleet.addApp(app, 2);
    let isBroken = false;
    fleet.start({
      fly: {
        ...fleet.fly,
        listOrgMachines: (org, query, signal) =>
          isBroken && query.cursor !== null
            ? Promise.reject(new Error('no more of it'))
            : fleet.fly.listOrgMachines(org, query, signal),
      },
    });
    await fleet.clock.advance(30_000);
    isBroken = true;
    for (const app of apps) await stopByHand(fleet, app);
    // Each app's own list is read about once a minute then.
    await fleet.clock.advance(130_000);
    expect(apps.map((app) => stopped(fleet, app))).toEqual([1, 1, 1, 1, 1]);
    await fleet.stop();
  });

  it('that leaves out machines and does not say so removes none of them', async () => {
    const fleet = createOrgFleet(NO_LAG);
    for (let i = 0; i < 10; i += 1) fleet.addApp(`my-app-${i}`, 3);
    fleet.simulator.faults.add({ kind: 'silent-partial-list', action: 'list-org-machines' });
    fleet.start({ maxMachines: 100, machineRefreshMs: 1e9 });
    // The list is read whole every half an hour or so.
    await fleet.clock.advance(40 * 60_000);
    expect(fleet.sent('create-machine') + fleet.sent('acquire-lease')).toBe(0);
    expect(fleet.reasonsOf('my-app-3')).toEqual(['at-target']);
    // What it lacked was looked for where it must be.
    expect(fleet.sent('list-machines')).toBeGreaterThan(10);
    await fleet.stop();
  });

  it('may be empty, or in pages', async () => {
    const fleet = createOrgFleet({ ...NO_LAG, orgListPageSize: 2, emptyPageRate: 0.3 });
    for (let i = 0; i < 5; i += 1) fleet.addApp(`my-app-${i}`, 3);
    fleet.start();
    await fleet.clock.advance(40_000);
    expect(fleet.events.find((e) => e.kind === 'machine-list')).toMatchObject({
      isWhole: true,
      machines: 15,
      news: 0,
    });
    await stopByHand(fleet, 'my-app-3');
    await fleet.clock.advance(40_000);
    expect(stopped(fleet, 'my-app-3')).toBe(1);
    await fleet.stop();
  });
});

describe('what the list of the organization does not tell', () => {
  it('is found in the rotation, one app after another', async () => {
    const fleet = createOrgFleet(NO_LAG);
    for (let i = 0; i < 10; i += 1) fleet.addApp(`my-app-${i}`, 2);
    fleet.start({ machineRefreshMs: 300_000 });
    await fleet.clock.advance(20_000);
    fleet.clearSent();
    await fleet.clock.advance(150_000);
    expect(fleet.sent('list-machines')).toBeGreaterThanOrEqual(4);
    expect(fleet.sent('list-machines')).toBeLessThanOrEqual(6);
    const [machine] = fleet.simulator.world.machines('my-app-7');
    fleet.simulator.faults.setHostStatus(machine!.host.id, 'unreachable');
    await fleet.clock.advance(300_000);
    expect(fleet.reasonsOf('my-app-7')).toContain('unreachable');
    fleet.simulator.faults.setHostStatus(machine!.host.id, 'ok');
    // What is not well is looked at again and again.
    await fleet.clock.advance(31_000);
    expect(fleet.reasonsOf('my-app-7')).toEqual(['at-target']);
    await fleet.stop();
  });
});

function anInventory() {
  const clock = createFakeClock();
  const fly = createSmallFly(clock);
  fly.put('web', ...machines(2));
  fly.before = () => clock.sleep(1000);
  const recorder = { pass: () => undefined, fleet: () => undefined };
  const options = {
    fly,
    clock,
    recorder,
    org: 'my-org',
    random: seededRandom(1),
    timeoutMs: 30_000,
    refreshMs: 60_000,
  };
  return { clock, fly, inventory: new OrgInventory(options, new OwnLists(options)) };
}

describe('a view of an app', () => {
  it('waits for no read that began before the app was touched', async () => {
    const { clock, fly, inventory } = anInventory();
    const first = inventory.view('web', never);
    await clock.advance(500);
    fly.remove('web', 'm1');
    fly.remove('web', 'm2');
    inventory.touch('web');
    const second = inventory.view('web', never);
    await clock.runUntil(Promise.all([first, second]));
    expect(fly.calls.filter(({ name }) => name === 'listMachines')).toHaveLength(2);
    const third = inventory.view('web', never);
    expect(await third).toBe(await second);
    expect(inventory.peek('web')).toBe(await second);
    expect(inventory.knownMachines).toBe((await second).length);
  });

  it('shows no list that is known to be wrong, also while the next one is on its way', async () => {
    const { clock, fly, inventory } = anInventory();
    await clock.runUntil(inventory.view('web', never));
    expect(inventory.peek('web')).toHaveLength(2);
    fly.remove('web', 'm1');
    inventory.touch('web');
    const next = inventory.view('web', never);
    await clock.advance(500);
    expect(inventory.peek('web')).toBeNull();
    expect(await clock.runUntil(next)).toHaveLength(1);
    expect(inventory.peek('web')).toHaveLength(1);
  });

  it('is of the list whose read began last, whichever came last', async () => {
    const { clock, fly, inventory } = anInventory();
    await clock.runUntil(inventory.view('web', never));
    const readAtMs = clock.elapsedMs();
    const read = await clock.runUntil(fly.listMachines('web', never));
    fly.remove('web', 'm1');
    inventory.touch('web');
    const next = await clock.runUntil(inventory.view('web', never));
    inventory.note('web', read, readAtMs);
    expect(inventory.peek('web')).toBe(next);
  });

  it('is read again for a change that the first list was too early for, and for no other', async () => {
    const { clock, fly, inventory } = anInventory();
    fly.before = () => undefined;
    // An answer is true when it is given, and comes after the next poll.
    fly.after = ({ name }, signal) =>
      name === 'listMachines' ? clock.sleep(7000, signal) : undefined;
    fly.put('api', ...machines(1, { id: 'a' }));
    const stopping = new AbortController();
    const keeping = inventory.keep(stopping.signal);
    await clock.advance(1000);
    const views = Promise.all(['web', 'api'].map((app) => inventory.view(app, never)));
    await clock.advance(2000);
    const [machine] = fly.machinesOf('web');
    const updatedAtMs = machine!.updatedAtMs + 60_000;
    fly.patch('web', machine!.id, { state: 'stopped', updatedAtMs });
    await clock.runUntil(views);
    expect(inventory.peek('web')).toBeNull();
    expect(inventory.peek('api')).toHaveLength(1);
    const seen = await clock.runUntil(inventory.view('web', never));
    expect(seen.map(({ state }) => state)).toEqual(['stopped', 'started']);
    stopping.abort();
    await clock.runUntil(keeping);
  });
});
