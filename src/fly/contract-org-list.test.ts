import { describe, expect, it } from 'vitest';
import type { ListedMachine } from '../core/model/machine.js';
import { createSimulatedFly, never, type SimulatedFly } from '../testing/simulated-fly.js';
import type { FlyReader } from '../seams/fly.js';

const NO_LAG = { orgListLag: [0, 0] } as const;

async function readAll(
  fly: FlyReader,
  updatedAfterMs: number | null = null,
  includeDeleted = true,
): Promise<{ machines: ListedMachine[]; pages: number[]; lastMs: number | null }> {
  const machines: ListedMachine[] = [];
  const pages: number[] = [];
  let lastMs: number | null = null;
  let cursor: string | null = null;
  do {
    const query = { updatedAfterMs, cursor, includeDeleted };
    const page = await fly.listOrgMachines('my-org', query, never);
    machines.push(...page.machines);
    pages.push(page.machines.length);
    lastMs = page.lastUpdatedAtMs ?? lastMs;
    cursor = page.nextCursor;
  } while (cursor !== null);
  return { machines, pages, lastMs };
}

async function change({ simulator, fly, run }: SimulatedFly): Promise<string> {
  const [machine] = simulator.world.machines('web');
  await run(fly.cordonMachine('web', machine!.id, null, never));
  return machine!.id;
}

describe("the organization's machine list", () => {
  it('tells the same of a machine as its app does, and of no other organization', async () => {
    const { fly, simulator, run } = createSimulatedFly({ delaysMs: NO_LAG });
    simulator.world.addApp('web', { machines: 2, stopped: 1, region: 'ord' });
    simulator.world.addApp('foreign', { org: 'other-org' });
    const { machines } = await run(readAll(fly));
    const own = await run(fly.listMachines('web', never));
    const expected = own.map(({ id, state, region, version, updatedAtMs }) => ({
      id,
      app: 'web',
      state,
      region,
      version,
      updatedAtMs,
    }));
    const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1);
    expect(machines.toSorted(byId)).toEqual(expected.toSorted(byId));
  });

  it('is whole although pages are short or empty', async () => {
    const { fly, simulator, run } = createSimulatedFly({
      delaysMs: NO_LAG,
      orgListPageSize: 3,
      emptyPageRate: 0.4,
    });
    simulator.world.addApp('web', { machines: 30 });
    const { machines, pages } = await run(readAll(fly));
    expect(new Set(machines.map(({ id }) => id)).size).toBe(30);
    expect(pages).toContain(0);
  });

  it('gives what changed after a time, with the time of the newest', async () => {
    const one = createSimulatedFly({ delaysMs: NO_LAG });
    one.simulator.world.addApp('web', { machines: 3 });
    const { lastMs } = await one.run(readAll(one.fly));
    await one.clock.advance(5000);
    const id = await change(one);
    const changed = await one.run(readAll(one.fly, lastMs));
    expect(changed.machines.map((machine) => machine.id)).toEqual([id]);
    expect(changed.lastMs).toBe((lastMs ?? 0) + 5000);
  });

  it('shows a change late with its old time: a reader without overlap misses it', async () => {
    const one = createSimulatedFly({ delaysMs: { orgListLag: [4000, 4000] } });
    one.simulator.world.addApp('web');
    one.simulator.world.addApp('other');
    const changedAtMs = one.clock.now();
    const id = await change(one);
    await one.clock.advance(2000);
    // Somebody else's change is seen first, although it came later.
    one.simulator.world.addMachine('other');
    const { lastMs } = await one.run(readAll(one.fly));
    expect(lastMs).toBeGreaterThan(changedAtMs);
    await one.clock.advance(2000);
    const ids = async (afterMs: number): Promise<string[]> =>
      (await one.run(readAll(one.fly, afterMs))).machines.map((machine) => machine.id);
    expect(await ids(lastMs ?? 0)).toEqual([]);
    expect(await ids((lastMs ?? 0) - 60_000)).toContain(id);
  });

  it('shows destroyed machines for a while when asked', async () => {
    const { fly, clock, simulator, run } = createSimulatedFly({ delaysMs: NO_LAG });
    simulator.world.addApp('web');
    const [machine] = simulator.world.machines('web');
    await run(fly.destroyByForce('web', machine!.id, null, never));
    await clock.advance(5000);
    expect((await run(readAll(fly))).machines).toMatchObject([
      { id: machine!.id, state: 'destroyed' },
    ]);
    expect((await run(readAll(fly, null, false))).machines).toEqual([]);
  });

  it('names the regions that it lacks', async () => {
    const { fly, simulator, run } = createSimulatedFly({ delaysMs: NO_LAG });
    simulator.world.addApp('web', { region: 'syd' });
    simulator.faults.setRegionUnreadable('syd', true);
    const query = { updatedAfterMs: null, cursor: null, includeDeleted: true };
    expect(await run(fly.listOrgMachines('my-org', query, never))).toMatchObject({
      machines: [],
      errorRegions: ['syd'],
    });
  });

  it('is refused to a token that is bound to apps', async () => {
    const { connect, simulator, run } = createSimulatedFly({
      tokens: [{ value: 'fm2_one', name: 'one', apps: ['web'] }],
    });
    simulator.world.addApp('web');
    await expect(run(readAll(connect('fm2_one')))).rejects.toMatchObject({ status: 403 });
  });
});
