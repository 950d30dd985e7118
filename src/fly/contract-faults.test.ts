import { describe, expect, it } from 'vitest';
import { createRequest, createSimulatedFly, never } from '../testing/simulated-fly.js';

describe('limits and faults', () => {
  it('never asks for more than Fly allows', async () => {
    const { fly, simulator, run } = createSimulatedFly();
    simulator.world.addApp('web');
    const { id } = simulator.world.machines('web')[0]!;
    const many = (count: number, call: (index: number) => Promise<unknown>): Promise<unknown>[] =>
      Array.from({ length: count }, (_, index) => call(index));
    await run(
      Promise.all([
        ...many(10, (index) => fly.createMachine('web', createRequest(`fas-${index}`), never)),
        ...many(10, () => fly.listMachines('web', never)),
        ...many(30, () => fly.getMachine('web', id, never)),
        ...many(10, () => fly.cordonMachine('web', id, null, never)),
        ...many(10, () => fly.listApps('my-org', never)),
        ...many(5, () => fly.listVolumes('web', never)),
      ]),
    );
    const statuses = simulator.log.map((entry) => (entry.kind === 'request' ? entry.status : 200));
    expect(statuses).not.toContain(429);
    expect(statuses.length).toBeGreaterThan(75);
  });

  it.each([
    'rate-limited',
    'unavailable-before',
    'unavailable-after',
    'timeout-after',
    'reset-before',
    'reset-after',
    'slow',
    'non-json',
    'truncated',
    'partial-list',
  ] as const)('reads in spite of %s', async (kind) => {
    const { fly, simulator, run } = createSimulatedFly();
    simulator.world.addApp('web');
    const reads: [string, () => Promise<unknown>][] = [
      ['list-machines', () => fly.listMachines('web', never)],
      ['graphql', () => fly.currentRelease('web', never)],
      ['list-apps', () => fly.listApps('my-org', never)],
    ];
    for (const [action, read] of reads) {
      const usual = await run(read());
      simulator.faults.add({ kind, action, times: 2 });
      expect(await run(read())).toEqual(usual);
    }
  });

  it.each([
    ['rate-limited', null, 1],
    ['unavailable-before', 'fly-unavailable', 0],
    ['unavailable-after', 'fly-unavailable', 1],
    ['timeout-after', 'fly-timeout', 1],
    ['reset-before', 'fly-unreachable', 0],
    ['reset-after', 'fly-unreachable', 1],
    ['hung-before', 'fly-timeout', 0],
    ['hung-after', 'fly-timeout', 1],
    ['slow', null, 1],
    ['non-json', 'fly-bad-answer', 1],
    ['truncated', 'fly-bad-answer', 1],
  ] as const)('creates at most once in spite of %s', async (kind, code, created) => {
    const { fly, simulator, run } = createSimulatedFly();
    simulator.world.addApp('web', { machines: 0 });
    simulator.faults.add({ kind, action: 'create-machine', times: 1 });
    const create = run(fly.createMachine('web', createRequest('fas-1'), never));
    if (code === null) await create;
    else await expect(create).rejects.toMatchObject({ code, isAmbiguous: true });
    expect(simulator.world.machines('web')).toHaveLength(created);
  });

  it('leaves open what came of a create whose answer cannot be read', async () => {
    const { fly, simulator, run } = createSimulatedFly();
    simulator.world.addApp('web', { machines: 0 });
    simulator.faults.add({ kind: 'odd-entry', action: 'create-machine' });
    const names = Array.from({ length: 60 }, (_, index) => `fas-${index}`);
    const creates = names.map((name) => fly.createMachine('web', createRequest(name), never));
    const outcomes = await run(Promise.allSettled(creates));
    const failures = outcomes.flatMap((it) =>
      it.status === 'rejected' ? [it.reason as unknown] : [],
    );
    const made = outcomes.flatMap((it) => (it.status === 'fulfilled' ? [it.value.machine] : []));
    expect(failures.length).toBeGreaterThan(30);
    for (const failure of failures)
      expect(failure).toMatchObject({ code: 'fly-bad-answer', isAmbiguous: true });
    // What is odd of these is clear all the same.
    expect(made.filter(({ unread }) => unread !== undefined)).toEqual([]);
    expect(simulator.world.machines('web')).toHaveLength(60);
  });
});
