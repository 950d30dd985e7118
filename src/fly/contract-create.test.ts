import { describe, expect, it } from 'vitest';
import type { Simulator } from '../simulator/index.js';
import { createRequest, createSimulatedFly, never } from '../testing/simulated-fly.js';
import type { CreateRequest } from '../seams/fly.js';

describe('creating machines', () => {
  it('ends started, or stopped when the launch is skipped', async () => {
    const { fly, clock, simulator, run } = createSimulatedFly();
    simulator.world.addApp('web');
    const first = await run(fly.createMachine('web', createRequest('fas-1'), never));
    const skipping = createRequest('fas-2', { skipLaunch: true });
    const second = await run(fly.createMachine('web', skipping, never));
    expect(first).toMatchObject({
      nonce: null,
      machine: { name: 'fas-1', state: 'created', region: 'ord' },
    });
    await clock.advance(20_000);
    expect(await run(fly.getMachine('web', first.machine.id, never))).toMatchObject({
      state: 'started',
      version: first.machine.version,
    });
    expect((await run(fly.getMachine('web', second.machine.id, never)))?.state).toBe('stopped');
  });

  it('comes with a lease that keeps others away', async () => {
    const { fly, other, simulator, run } = createSimulatedFly();
    simulator.world.addApp('web');
    const request = createRequest('fas-1', { leaseTtlMs: 30_000 });
    const { machine, nonce } = await run(fly.createMachine('web', request, never));
    expect(nonce).not.toBeNull();
    await expect(run(other.cordonMachine('web', machine.id, null, never))).rejects.toMatchObject({
      code: 'fly-lease-held',
    });
    await run(fly.cordonMachine('web', machine.id, nonce, never));
  });

  it.each<[string, (simulator: Simulator) => Partial<CreateRequest>, string]>([
    [
      'a region without room',
      ({ faults }) => {
        faults.setRegionLimit('ord', 0);
        return {};
      },
      'fly-no-capacity',
    ],
    [
      "the organization's limit",
      ({ faults }) => {
        faults.setOrgLimit('my-org', 1);
        return {};
      },
      'fly-quota',
    ],
    [
      'a volume in use',
      ({ world }) => {
        const volume = world.addVolume('web', 'data', 'ord');
        volume.attachedMachineId = 'somebody';
        return { config: { image: 'x', mounts: [{ volume: volume.id, path: '/data' }] } };
      },
      'fly-volume-unavailable',
    ],
    [
      'a volume that does not exist',
      () => ({ config: { image: 'x', mounts: [{ volume: 'vol_gone', path: '/data' }] } }),
      'fly-volume-unavailable',
    ],
    [
      'a volume on a full host',
      ({ world, faults }) => {
        faults.setVolumeHostsFull(true);
        const { id } = world.addVolume('web', 'data', 'ord');
        return { config: { image: 'x', mounts: [{ volume: id, path: '/data' }] } };
      },
      'fly-volume-unavailable',
    ],
    ['no image', () => ({ config: {} }), 'fly-bad-request'],
  ])('fails with the right code for %s', async (_, prepare, code) => {
    const { fly, simulator, run } = createSimulatedFly();
    simulator.world.addApp('web');
    const request = createRequest('fas-1', prepare(simulator));
    await expect(run(fly.createMachine('web', request, never))).rejects.toMatchObject({
      code,
      isAmbiguous: false,
    });
  });

  it('finds by its name what a lost answer left behind', async () => {
    const { fly, simulator, run } = createSimulatedFly();
    simulator.world.addApp('web', { machines: 0 });
    simulator.faults.add({ kind: 'reset-after', action: 'create-machine', times: 1 });
    const create = (): Promise<unknown> =>
      run(fly.createMachine('web', createRequest('fas-1'), never));
    await expect(create()).rejects.toMatchObject({ isAmbiguous: true });
    await expect(create()).rejects.toMatchObject({ code: 'fly-name-taken' });
    expect(await run(fly.listMachines('web', never))).toMatchObject([{ name: 'fas-1' }]);
  });
});

describe('volumes', () => {
  it('are created, listed, and taken by a machine', async () => {
    const { fly, simulator, run } = createSimulatedFly();
    simulator.world.addApp('web');
    const request = { name: 'data', region: 'ord', sizeGb: 3, isEncrypted: true };
    const volume = await run(fly.createVolume('web', request, never));
    expect(volume).toMatchObject({ ...request, hostStatus: 'ok', attachedMachineId: null });
    expect(await run(fly.listVolumes('web', never))).toEqual([volume]);
    const config = { image: 'x', mounts: [{ volume: volume.id, path: '/data' }] };
    const { machine } = await run(
      fly.createMachine('web', createRequest('fas-1', { config }), never),
    );
    expect(await run(fly.listVolumes('web', never))).toMatchObject([
      { attachedMachineId: machine.id },
    ]);
  });
});
