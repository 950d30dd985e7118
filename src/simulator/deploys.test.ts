import { describe, expect, it } from 'vitest';
import { createBench } from '../testing/simulator-calls.js';
import type { Bench } from '../testing/simulator-calls.js';
import type { LogEntry, SimMachine } from './index.js';

function shopBench(): Bench {
  const bench = createBench();
  bench.simulator.world.addApp('shop', { machines: 3 });
  return bench;
}

const machinesOf = (bench: Bench): readonly SimMachine[] => bench.simulator.world.machines('shop');
const statusOf = (bench: Bench): string => bench.simulator.world.releases('shop').at(-1)!.status;
const leasesOf = (bench: Bench): number => bench.simulator.world.leases('shop').size;
const TAG = 'fly_bluegreen_deployment_tag';

function effectsOf(log: readonly LogEntry[], effect: string): number {
  return log.filter((entry) => entry.kind === 'effect' && entry.effect === effect).length;
}

describe('a rolling deploy', () => {
  it('leases all machines, updates them one by one and completes', async () => {
    const bench = shopBench();
    const deploy = bench.simulator.deploys.start('shop', { strategy: 'rolling' });
    expect([statusOf(bench), leasesOf(bench)]).toEqual(['running', 3]);
    let mostReplacing = 0;
    for (let i = 0; i < 60 && deploy.status === 'running'; i++) {
      await bench.clock.advance(500);
      const replacing = machinesOf(bench).filter(({ state }) => state === 'replacing').length;
      mostReplacing = Math.max(mostReplacing, replacing);
      if (deploy.status === 'running') expect(leasesOf(bench)).toBe(3);
    }
    expect(mostReplacing).toBe(1);
    expect([deploy.status, statusOf(bench), leasesOf(bench)]).toEqual(['complete', 'complete', 0]);
    for (const { config, state } of machinesOf(bench)) {
      expect(state).toBe('started');
      expect(config.metadata?.['fly_release_version']).toBe('2');
      expect(config.image).toBe('registry.fly.io/shop:deployment-2');
    }
    expect(bench.simulator.deploys.running).toEqual([]);
  });

  it('keeps its leases for as long as it takes', async () => {
    const bench = createBench();
    bench.simulator.world.addApp('shop', { machines: 10 });
    bench.simulator.deploys.start('shop', { strategy: 'rolling' });
    await bench.clock.advance(30_000);
    expect([statusOf(bench), leasesOf(bench)]).toEqual(['running', 10]);
    await bench.clock.advance(30_000);
    expect([statusOf(bench), leasesOf(bench)]).toEqual(['complete', 0]);
  });

  it('leaves its release running and its leases to expire when it is killed', async () => {
    const bench = shopBench();
    const options = { strategy: 'rolling', killAfterMs: 5000 } as const;
    const deploy = bench.simulator.deploys.start('shop', options);
    await bench.clock.advance(6000);
    expect([statusOf(bench), leasesOf(bench)]).toEqual(['running', 3]);
    await bench.clock.advance(13_000);
    expect([statusOf(bench), leasesOf(bench), deploy.status]).toEqual(['running', 0, 'killed']);
    const versions = machinesOf(bench).map(
      ({ config }) => config.metadata?.['fly_release_version'],
    );
    expect(new Set(versions)).toEqual(new Set(['1', '2']));
  });

  it.each([
    ['failed', { failsAt: 1 }],
    ['interrupted', { interruptAfterMs: 4000 }],
  ] as const)('that is %s gives its leases back', async (status, options) => {
    const bench = shopBench();
    bench.simulator.deploys.start('shop', { strategy: 'rolling', ...options });
    await bench.clock.advance(60_000);
    expect([statusOf(bench), leasesOf(bench)]).toEqual([status, 0]);
  });

  it('waits for a lease of others, and gives up after a minute', async () => {
    const bench = shopBench();
    const [machine] = machinesOf(bench);
    const path = `POST /v1/apps/shop/machines/${machine!.id}/lease`;
    await bench.json(path, { body: { ttl: 10 } });
    const patient = bench.simulator.deploys.start('shop', { strategy: 'rolling' });
    await bench.clock.advance(9000);
    expect(effectsOf(bench.simulator.log, 'update')).toBe(0);
    await bench.clock.advance(60_000);
    bench.simulator.catchUp();
    expect(patient.status).toBe('complete');
    await bench.json(path, { body: { ttl: 300 } });
    bench.simulator.deploys.start('shop', { strategy: 'rolling' });
    await bench.clock.advance(61_000);
    expect(statusOf(bench)).toBe('failed');
  });

  it('fails when a machine is destroyed under it, without breaking the world', async () => {
    const bench = shopBench();
    bench.simulator.deploys.start('shop', { strategy: 'rolling' });
    bench.simulator.world.removeApp('shop');
    await bench.clock.advance(60_000);
    expect(bench.simulator.deploys.running).toEqual([]);
  });
});

describe('a blue-green deploy', () => {
  it('brings up cordoned greens, moves over, and destroys the blues', async () => {
    const bench = shopBench();
    const blues = machinesOf(bench);
    const deploy = bench.simulator.deploys.start('shop', { strategy: 'bluegreen' });
    const greens = machinesOf(bench).filter((machine) => !blues.includes(machine));
    expect(greens).toHaveLength(3);
    for (const green of greens) {
      expect(green.isCordoned).toBe(true);
      expect(green.config.metadata?.[TAG]).toMatch(/^\d+$/);
    }
    expect(leasesOf(bench)).toBe(6);
    await bench.clock.advance(8600);
    bench.simulator.catchUp();
    expect(blues.map(({ isCordoned, config }) => [isCordoned, config.metadata?.[TAG]])).toEqual(
      blues.map(() => [true, 'safe_to_destroy']),
    );
    expect(greens.every(({ isCordoned }) => !isCordoned)).toBe(true);
    await bench.clock.advance(60_000);
    expect(machinesOf(bench)).toEqual(greens);
    expect([deploy.status, statusOf(bench), leasesOf(bench)]).toEqual(['complete', 'complete', 0]);
    expect(greens[0]?.config.metadata?.[TAG]).toMatch(/^\d+$/);
  });

  it('removes its greens when one does not come up', async () => {
    const bench = shopBench();
    const blues = machinesOf(bench);
    bench.simulator.deploys.start('shop', { strategy: 'bluegreen', failsAt: 2 });
    await bench.clock.advance(60_000);
    expect(machinesOf(bench)).toEqual(blues);
    expect([statusOf(bench), leasesOf(bench)]).toEqual(['failed', 0]);
  });

  it('killed half way leaves both colors', async () => {
    const bench = shopBench();
    bench.simulator.deploys.start('shop', { strategy: 'bluegreen', killAfterMs: 6000 });
    await bench.clock.advance(60_000);
    expect(machinesOf(bench)).toHaveLength(6);
    expect([statusOf(bench), leasesOf(bench)]).toEqual(['running', 0]);
  });
});
