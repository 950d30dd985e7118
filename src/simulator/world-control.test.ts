import { expect, it } from 'vitest';
import { createBench } from '../testing/simulator-calls.js';

it('makes apps with machines in the states asked for', () => {
  const { world } = createBench().simulator;
  world.addApp('shop', { machines: 3, stopped: 2, region: 'lhr', group: 'worker' });
  const machines = world.machines('shop');
  expect(machines.map(({ state }) => state)).toEqual(['started', 'stopped', 'stopped']);
  expect(new Set(machines.map(({ region }) => region))).toEqual(new Set(['lhr']));
  expect(machines[0]!.config.metadata).toMatchObject({
    fly_process_group: 'worker',
    fly_release_version: '1',
  });
  world.addApp('raw', { group: null, release: null });
  expect(Object.keys(world.machines('raw')[0]!.config.metadata!)).toEqual(['fly_platform_version']);
});

it('merges metadata into the usual configuration', () => {
  const { world } = createBench().simulator;
  world.addApp('shop', { config: { metadata: { mine: '1' }, image: 'other' } });
  const [machine] = world.machines('shop');
  expect(machine!.config).toMatchObject({
    image: 'other',
    metadata: { mine: '1', fly_process_group: 'app' },
  });
});

it('forgets an app with everything that was under way in it', async () => {
  const bench = createBench();
  const { world } = bench.simulator;
  world.addApp('shop', { machines: 1, stopped: 1 });
  const { id } = world.machines('shop')[0]!;
  await bench.json(`POST /v1/apps/shop/machines/${id}/start`);
  world.removeApp('shop');
  world.addApp('shop', { machines: 0 });
  await bench.clock.advance(10_000);
  expect(await bench.json('GET /v1/apps/shop/machines')).toEqual([]);
  expect(await bench.json('GET /v1/orgs/my-org/machines')).toMatchObject({ machines: [] });
  expect(() => world.app('none')).toThrow('no app is named none');
});

it('does things at a time of the world', async () => {
  const bench = createBench();
  const { simulator } = bench;
  const times: number[] = [];
  simulator.world.at(5000, () => times.push(simulator.elapsedMs()));
  await bench.clock.advance(60_000);
  simulator.catchUp();
  expect(times).toEqual([5000]);
});
