import { describe, expect, it } from 'vitest';
import { createOrgFleet, stopByHand, stopped } from '../../testing/org-fleet.js';

const NO_LAG = { delaysMs: { orgListLag: [0, 0] } } as const;

describe('the first list of an organization', () => {
  it('that always ends early is not taken for news: own lists are read instead', async () => {
    const fleet = createOrgFleet({ ...NO_LAG, orgListPageSize: 4 });
    const apps = Array.from({ length: 5 }, (_, i) => `my-app-${i}`);
    for (const app of apps) fleet.addApp(app, 2);
    fleet.start({
      fly: {
        ...fleet.fly,
        listOrgMachines: (org, query, signal) =>
          query.cursor !== null
            ? Promise.reject(new Error('no more of it'))
            : fleet.fly.listOrgMachines(org, query, signal),
      },
    });
    await fleet.clock.advance(30_000);
    for (const app of apps) await stopByHand(fleet, app);
    await fleet.clock.advance(80_000);
    expect(apps.map((app) => stopped(fleet, app))).toEqual([1, 1, 1, 1, 1]);
    await fleet.stop();
  });

  it('may take minutes: no own list is read twice for that, and what changed meanwhile is told at once', async () => {
    const fleet = createOrgFleet({ ...NO_LAG, orgListPageSize: 2 });
    for (let i = 0; i < 100; i += 1) fleet.addApp(`my-app-${i}`, 2);
    fleet.start({ intervalMs: 1000, machineRefreshMs: 1e9 });
    const isWhole = () => fleet.events.some((e) => e.kind === 'machine-list' && e.isWhole);
    await fleet.clock.advance(70_000);
    expect(isWhole()).toBe(false);
    await stopByHand(fleet, 'my-app-0');
    while (!isWhole()) await fleet.clock.advance(1000);
    await fleet.clock.advance(10_000);
    expect(stopped(fleet, 'my-app-0')).toBe(1);
    expect(fleet.sent('list-machines', 'my-app-1')).toBe(1);
    await fleet.stop();
  });
});

describe('a list that fails for a while', () => {
  it.each([5000, 61_000, 290_000])(
    'is read again within seconds of the end, after %i ms',
    async (lengthMs) => {
      const fleet = createOrgFleet(NO_LAG);
      fleet.addApp('my-app-1', 2);
      const { clock } = fleet;
      let isDown = false;
      fleet.start({
        fly: {
          ...fleet.fly,
          listOrgMachines: (org, query, signal) =>
            isDown
              ? Promise.reject(new Error('down'))
              : fleet.fly.listOrgMachines(org, query, signal),
        },
      });
      await clock.advance(30_000);
      isDown = true;
      await clock.advance(lengthMs);
      isDown = false;
      const before = fleet.sent('list-org-machines');
      await clock.advance(6500);
      expect(fleet.sent('list-org-machines')).toBeGreaterThan(before);
      await fleet.stop();
    },
  );
});

describe('the time from which changes are asked for', () => {
  it('is not led astray by a machine whose host has another time', async () => {
    const fleet = createOrgFleet(NO_LAG);
    for (const app of ['my-app-1', 'my-app-2']) fleet.addApp(app, 2);
    const [ahead] = fleet.simulator.world.machines('my-app-2');
    fleet.start({
      fly: {
        ...fleet.fly,
        listOrgMachines: async (org, query, signal) => {
          const page = await fleet.fly.listOrgMachines(org, query, signal);
          const machines = page.machines.map((each) =>
            each.id === ahead!.id ? { ...each, updatedAtMs: each.updatedAtMs + 180_000 } : each,
          );
          return { ...page, machines };
        },
      },
    });
    await fleet.clock.advance(30_000);
    await stopByHand(fleet, 'my-app-1');
    await fleet.clock.advance(30_000);
    expect(stopped(fleet, 'my-app-1')).toBe(1);
    await fleet.stop();
  });

  it.each([
    ['ahead', 3_600_000],
    ['behind', -3_600_000],
  ])('does not ask for too little when our clock is %s', async (_, offMs) => {
    const fleet = createOrgFleet(NO_LAG);
    fleet.addApp('my-app-1', 2);
    const { clock } = fleet;
    fleet.start({ clock: { ...clock, now: () => clock.now() + offMs } });
    await clock.advance(30_000);
    await stopByHand(fleet, 'my-app-1');
    await clock.advance(30_000);
    expect(stopped(fleet, 'my-app-1')).toBe(1);
    await fleet.stop();
  });

  it('keeps up when our monotonic clock runs fast', async () => {
    const fleet = createOrgFleet(NO_LAG);
    fleet.addApp('my-app-1', 2);
    const { clock } = fleet;
    // A quarter of an hour gained by the time of the stop.
    fleet.start({
      machineRefreshMs: 1e9,
      clock: { ...clock, elapsedMs: () => clock.elapsedMs() * 1.25 },
    });
    await clock.advance(3_600_000);
    await stopByHand(fleet, 'my-app-1');
    await clock.advance(30_000);
    expect(stopped(fleet, 'my-app-1')).toBe(1);
    await fleet.stop();
  });
});
