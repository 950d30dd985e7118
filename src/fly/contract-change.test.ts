import { describe, expect, it } from 'vitest';
import { createSimulatedFly, never } from '../testing/simulated-fly.js';

describe('changing machines', () => {
  it('starts, stops and suspends, and may be told twice', async () => {
    const { fly, clock, simulator, run } = createSimulatedFly();
    simulator.world.addApp('web');
    const { id } = simulator.world.machines('web')[0]!;
    const state = async (): Promise<unknown> => {
      await clock.advance(20_000);
      return (await run(fly.getMachine('web', id, never)))?.state;
    };
    await run(fly.stopMachine('web', id, null, never));
    await run(fly.stopMachine('web', id, null, never));
    expect(await state()).toBe('stopped');
    await run(fly.startMachine('web', id, null, never));
    await run(fly.startMachine('web', id, null, never));
    expect(await state()).toBe('started');
    await run(fly.startMachine('web', id, null, never));
    await run(fly.suspendMachine('web', id, null, never));
    expect(await state()).toBe('suspended');
    await run(fly.startMachine('web', id, null, never));
    expect(await state()).toBe('started');
  });

  it.each(['ok', 'conflict'] as const)(
    'takes both answers of Fly to a second start for a success: %s',
    async (repeatedStart) => {
      const { fly, simulator, run } = createSimulatedFly({ repeatedStart });
      simulator.world.addApp('web');
      const { id } = simulator.world.machines('web')[0]!;
      await expect(run(fly.startMachine('web', id, null, never))).resolves.toBeUndefined();
    },
  );

  it('does not start what is on its way somewhere else', async () => {
    const { fly, simulator, run } = createSimulatedFly();
    simulator.world.addApp('web');
    const { id } = simulator.world.machines('web')[0]!;
    await run(fly.stopMachine('web', id, null, never));
    await expect(run(fly.startMachine('web', id, null, never))).rejects.toMatchObject({
      code: 'fly-precondition',
    });
  });

  it('destroys what is stopped, twice if told so, and what runs only by force', async () => {
    const { fly, clock, simulator, run } = createSimulatedFly();
    simulator.world.addApp('web', { machines: 2, stopped: 1 });
    const [started, stopped] = simulator.world.machines('web');
    await expect(run(fly.destroyMachine('web', started!.id, null, never))).rejects.toMatchObject({
      code: 'fly-precondition',
      isAmbiguous: false,
    });
    await run(fly.destroyMachine('web', stopped!.id, null, never));
    await clock.advance(60_000);
    await run(fly.destroyMachine('web', stopped!.id, null, never));
    expect(await run(fly.getMachine('web', stopped!.id, never))).toBeNull();
    await run(fly.destroyByForce('web', started!.id, null, never));
    await clock.advance(60_000);
    expect(await run(fly.listMachines('web', never))).toEqual([]);
  });

  it('cordons and uncordons', async () => {
    const { fly, simulator, run } = createSimulatedFly();
    simulator.world.addApp('web');
    const { id } = simulator.world.machines('web')[0]!;
    await run(fly.cordonMachine('web', id, null, never));
    expect((await run(fly.getMachine('web', id, never)))?.isCordoned).toBe(true);
    await run(fly.uncordonMachine('web', id, null, never));
    expect((await run(fly.getMachine('web', id, never)))?.isCordoned).toBe(false);
  });

  it('sets and removes metadata, leaving the rest and the version', async () => {
    const { fly, simulator, run } = createSimulatedFly();
    simulator.world.addApp('web');
    const [before] = await run(fly.listMachines('web', never));
    await run(fly.patchMetadata('web', before!.id, { 'fas-remove': '{}', x: '1' }, null, never));
    await run(fly.patchMetadata('web', before!.id, { x: null }, null, never));
    const [after] = await run(fly.listMachines('web', never));
    expect(after?.metadata).toEqual({ ...before!.metadata, 'fas-remove': '{}' });
    expect([after?.version, after?.state]).toEqual([before?.version, 'started']);
  });
});

describe('leases', () => {
  it('keep others away until they are released, and are seen by all', async () => {
    const { fly, other, clock, simulator, run } = createSimulatedFly();
    simulator.world.addApp('web');
    const { id } = simulator.world.machines('web')[0]!;
    const lease = await run(fly.acquireLease('web', id, 30_000, 'fly-autoscaler i-1', never));
    expect(lease.expiresAtMs).toBe(clock.now() + 30_000);
    expect((await run(other.listMachines('web', never)))[0]?.lease).toEqual({
      owner: 'ours',
      description: 'fly-autoscaler i-1',
      expiresAtMs: lease.expiresAtMs,
    });
    const attempts: (() => Promise<unknown>)[] = [
      () => other.acquireLease('web', id, 30_000, 'x', never),
      () => other.stopMachine('web', id, null, never),
      () => other.patchMetadata('web', id, { x: '1' }, null, never),
      () => fly.stopMachine('web', id, null, never),
    ];
    for (const attempt of attempts) {
      await expect(run(attempt())).rejects.toMatchObject({ code: 'fly-lease-held' });
    }
    await clock.advance(15_000);
    const refreshed = await run(fly.refreshLease('web', id, lease.nonce, 30_000, never));
    expect(refreshed.nonce).toBe(lease.nonce);
    expect(refreshed.expiresAtMs).toBe(clock.now() + 30_000);
    await run(fly.stopMachine('web', id, lease.nonce, never));
    await run(fly.releaseLease('web', id, lease.nonce, never));
    await run(fly.releaseLease('web', id, lease.nonce, never));
    await run(other.acquireLease('web', id, 30_000, 'x', never));
    await run(fly.releaseLease('web', id, lease.nonce, never));
    expect(simulator.world.leases('web').get(id)?.owner).toBe('other');
  });

  it('end by themselves, and cannot be refreshed then', async () => {
    const { fly, other, clock, simulator, run } = createSimulatedFly();
    simulator.world.addApp('web');
    const { id } = simulator.world.machines('web')[0]!;
    const { nonce } = await run(fly.acquireLease('web', id, 2000, 'x', never));
    await clock.advance(2000);
    await expect(run(fly.refreshLease('web', id, nonce, 2000, never))).rejects.toMatchObject({
      name: 'AppError',
    });
    await run(other.stopMachine('web', id, null, never));
  });
});
