import { describe, expect, it } from 'vitest';
import { createSimulatedFly, never } from '../testing/simulated-fly.js';

describe('reading apps', () => {
  it('lists those of the organization and no others', async () => {
    const { fly, simulator, run } = createSimulatedFly();
    simulator.world.addApp('web');
    simulator.world.addApp('worker');
    simulator.world.addApp('foreign', { org: 'other-org' });
    const apps = await run(fly.listApps('my-org', never));
    expect(apps).toEqual([
      { name: 'web', status: 'deployed' },
      { name: 'worker', status: 'deployed' },
    ]);
    await expect(run(fly.listApps('nope', never))).rejects.toMatchObject({ code: 'fly-not-found' });
  });

  it('finds the apps of a token for one app through GraphQL, page by page', async () => {
    const { connect, simulator, run } = createSimulatedFly({
      graphqlPageSize: 1,
      tokens: [{ value: 'fm2_two', name: 'two', apps: ['a', 'c'] }],
    });
    for (const name of ['a', 'b', 'c']) simulator.world.addApp(name);
    const fly = connect('fm2_two');
    const apps = await run(fly.listApps('my-org', never));
    expect(apps.map((app) => app.name)).toEqual(['a', 'c']);
    await expect(run(fly.listMachines('b', never))).rejects.toMatchObject({
      code: 'fly-forbidden',
    });
  });

  it('is refused with a token that nobody knows', async () => {
    const { connect, run } = createSimulatedFly();
    const fly = connect('fm2_unknown');
    await expect(run(fly.listApps('my-org', never))).rejects.toMatchObject({
      code: 'fly-unauthorized',
      owner: 'user',
    });
  });

  it('tells the newest release, none, and that there is no such app', async () => {
    const { fly, clock, simulator, run } = createSimulatedFly();
    simulator.world.addApp('web');
    simulator.world.addApp('raw', { release: null });
    await clock.advance(5000);
    simulator.world.addRelease('web', 'running');
    const createdAtMs = clock.now();
    expect(await run(fly.currentRelease('web', never))).toMatchObject({
      version: 2,
      status: 'running',
      createdAtMs,
    });
    const together = [fly.currentRelease('web', never), fly.currentRelease('raw', never)];
    expect(await run(Promise.all(together))).toMatchObject([{ version: 2 }, null]);
    const mixed = [fly.currentRelease('nope', never), fly.currentRelease('web', never)];
    expect(await run(Promise.allSettled(mixed))).toMatchObject([
      { reason: { code: 'fly-not-found' } },
      { value: { version: 2 } },
    ]);
    expect(await run(fly.currentRelease('raw', never))).toBeNull();
    await expect(run(fly.currentRelease('nope', never))).rejects.toMatchObject({
      code: 'fly-not-found',
    });
  });
});

describe('reading machines', () => {
  it('gives what decisions need', async () => {
    const { fly, clock, simulator, run } = createSimulatedFly();
    simulator.world.addApp('web', { machines: 2, stopped: 1, region: 'ord' });
    const [started, stopped] = await run(fly.listMachines('web', never));
    expect(started).toMatchObject({
      state: 'started',
      region: 'ord',
      hostStatus: 'ok',
      isCordoned: false,
      createdAtMs: clock.now(),
      metadata: { fly_process_group: 'app', fly_release_version: '1' },
    });
    expect(started?.imageRef).toMatch(/^registry\.fly\.io\/web:deployment-1@sha256:[0-9a-f]{64}$/);
    expect(started?.config?.['guest']).toMatchObject({ cpus: 1 });
    expect(stopped?.state).toBe('stopped');
    expect(await run(fly.getMachine('web', started!.id, never))).toEqual(started);
    expect(await run(fly.getMachine('web', '00000000000000', never))).toBeNull();
    await expect(run(fly.listMachines('nope', never))).rejects.toMatchObject({
      code: 'fly-not-found',
    });
  });

  it('has no configuration of a machine on a lost host', async () => {
    const { fly, simulator, run } = createSimulatedFly();
    simulator.world.addApp('web');
    simulator.faults.setHostStatus(simulator.world.machines('web')[0]!.host.id, 'unreachable');
    expect(await run(fly.listMachines('web', never))).toMatchObject([
      { hostStatus: 'unreachable', config: null, metadata: { fly_process_group: 'app' } },
    ]);
  });

  it('tells how a process ended by itself', async () => {
    const { fly, clock, simulator, run } = createSimulatedFly();
    simulator.world.addApp('web');
    const atMs = clock.now();
    simulator.faults.crash(simulator.world.machines('web')[0]!, { exitCode: 137, isOom: true });
    const [machine] = await run(fly.listMachines('web', never));
    expect(machine?.lastExit).toEqual({
      atMs,
      exitCode: 137,
      isOomKilled: true,
      wasRequested: false,
    });
  });
});
