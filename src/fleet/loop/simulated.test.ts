/** The loop and the real Fly client against the simulator, in process and in virtual time. */
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../seams/clock.js';
import { createFlyClient } from '../../fly/index.js';
import { createSimulator, type Simulator, type SimulatorSettings } from '../../simulator/index.js';
import { aPolicy, aRange } from '../../testing/builders.js';
import { aRig, type Rig, type Running } from '../../testing/fleet-rig.js';
import type { FleetOptions } from '../base/options.js';
import type { Collector } from '../../seams/collector.js';
import type { FlyActor, FlyReader } from '../../seams/fly.js';

interface Scene {
  readonly rig: Rig;
  readonly sim: Simulator;
  /** Starts an instance; `kill` drops it in the middle of whatever it does. */
  readonly start: (
    name?: string,
    options?: Partial<FleetOptions>,
  ) => Running & { readonly kill: () => void };
  readonly countOf: (app: string) => number;
}

function aScene(
  seed = 1,
  options: Partial<FleetOptions> = {},
  config: SimulatorSettings = {},
): Scene {
  const rig = aRig(options);
  const sim = createSimulator({ clock: rig.clock, seed, orgs: ['my-org'], config });
  const collector: Collector = {
    name: 'queue',
    type: 'world',
    collect: async (apps, emit) => {
      for (const app of apps) {
        const atMs = rig.clock.now();
        const value = sim.world.metricNow(app, 'queue');
        emit(app, value === null ? { kind: 'empty', atMs } : { kind: 'value', value, atMs });
      }
    },
    close: async () => undefined,
  };
  let instances = 0;
  return {
    rig,
    sim,
    start(instanceName = 'one', options = {}) {
      instances += 1;
      const wire = { isCut: false };
      const fly: FlyReader & FlyActor = createFlyClient({
        token: 'fm2_test',
        http: (request, signal) =>
          wire.isCut ? new Promise(() => undefined) : sim.handle(request, signal),
        clock: rig.clock,
        random: seededRandom(seed * 100 + instances),
        userAgent: 'test',
      });
      const random = seededRandom(seed * 1000 + instances);
      const run = rig.start({
        fly,
        collectors: [collector],
        instanceName,
        random,
        ...options,
      });
      const kill = (): void => {
        wire.isCut = true;
        void run.stop;
      };
      return { ...run, kill };
    },
    countOf: (app) => sim.world.machines(app).filter((m) => m.state !== 'destroying').length,
  };
}

describe('against the simulator', () => {
  it('follows a metric up and down, and leaves other apps alone', async () => {
    const { rig, sim, start, countOf } = aScene();
    sim.world.addApp('my-app-1', { machines: 1 });
    sim.world.addApp('some-other-app', { machines: 3 });
    sim.world.setMetric('my-app-1', 'queue', 60);
    const run = start();
    await rig.clock.advance(60_000);
    expect(countOf('my-app-1')).toBe(6);
    sim.world.setMetric('my-app-1', 'queue', 20);
    await rig.clock.advance(120_000);
    expect(countOf('my-app-1')).toBe(2);
    expect(sim.world.machines('my-app-1').every((m) => m.state === 'started')).toBe(true);
    const touched = sim.log.filter(
      (entry) => entry.kind === 'request' && JSON.stringify(entry).includes('some-other-app'),
    );
    expect(touched).toEqual([]);
    await run.stop();
  });

  it('ends at the right count after being killed in the middle of a scale-up', async () => {
    const { rig, sim, start, countOf } = aScene(2);
    sim.world.addApp('my-app-1', { machines: 1 });
    sim.world.setMetric('my-app-1', 'queue', 80);
    const first = start();
    await rig.clock.advance(2500);
    const halfWay = countOf('my-app-1');
    expect(halfWay).toBeGreaterThan(1);
    expect(halfWay).toBeLessThan(8);
    first.kill();
    start('two');
    let most = 0;
    for (let second = 0; second < 120; second += 1) {
      await rig.clock.advance(1000);
      most = Math.max(most, countOf('my-app-1'));
    }
    expect(most).toBe(8);
    expect(countOf('my-app-1')).toBe(8);
  });

  it.each([1, 2, 3, 4, 5])(
    'makes no machine twice with two instances and an unreliable Fly (seed %i)',
    async (seed) => {
      const { rig, sim, start, countOf } = aScene(seed);
      sim.world.addApp('my-app-1', { machines: 1 });
      sim.world.setMetric('my-app-1', 'queue', 90);
      for (const kind of [
        'unavailable-before',
        'unavailable-after',
        'reset-after',
        'hung-after',
      ] as const) {
        sim.faults.add({ kind, probability: 0.1, untilMs: 120_000, surface: 'machines' });
      }
      const first = start('one');
      const second = start('two');
      let most = 0;
      for (let tick = 0; tick < 240; tick += 1) {
        await rig.clock.advance(1000);
        most = Math.max(most, countOf('my-app-1'));
      }
      expect(most).toBe(9);
      expect(countOf('my-app-1')).toBe(9);
      await first.stop();
      await second.stop();
    },
  );

  it('stays out of a deploy', async () => {
    const { rig, sim, start } = aScene(3);
    sim.world.addApp('my-app-1', { machines: 3 });
    sim.world.setMetric('my-app-1', 'queue', 60);
    const deploy = sim.deploys.start('my-app-1', { strategy: 'rolling' });
    const run = start();
    while (deploy.status === 'running') await rig.clock.advance(500);
    const ours = rig.fly;
    expect(ours.changes).toEqual([]);
    expect(sim.world.machines('my-app-1')).toHaveLength(3);
    await rig.clock.advance(60_000);
    expect(sim.world.machines('my-app-1')).toHaveLength(6);
    await run.stop();
  });
});

describe('against a Fly that answers oddly', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8].map((seed) => [seed, seed % 2 === 0 ? 'org' : 'app'] as const))(
    'one machine that cannot be read holds up nothing but itself (seed %i, by the list of the %s)',
    async (seed, machineList) => {
      const { rig, sim, start, countOf } = aScene(seed);
      sim.world.addApp('my-app-1', { machines: 4 });
      sim.world.addApp('my-app-2', { machines: 1 });
      sim.world.setMetric('my-app-1', 'queue', 60);
      sim.world.setMetric('my-app-2', 'queue', 20);
      const odd = sim.world.machines('my-app-1')[1]!;
      sim.faults.setOdd(odd, true);
      const run = start('one', { machineList });
      await rig.clock.advance(60_000);
      expect([countOf('my-app-1'), countOf('my-app-2')]).toEqual([6, 2]);
      sim.world.setMetric('my-app-1', 'queue', 20);
      await rig.clock.advance(600_000);
      expect(countOf('my-app-1')).toBe(3);
      const deeds = sim.log.filter((e) => e.kind === 'effect' && e.machine === odd.id);
      expect(deeds.map((e) => (e.kind === 'effect' ? e.effect : ''))).toEqual(['create']);
      expect(rig.reasonsOf('my-app-1')).toContain('unreadable');
      sim.faults.setOdd(odd, false);
      await rig.clock.advance(120_000);
      expect(countOf('my-app-1')).toBe(2);
      await run.stop();
    },
  );

  it('a page of a gateway makes no app gone, and all goes on when it is away', async () => {
    const { rig, sim, start, countOf } = aScene();
    sim.world.addApp('my-app-1', { machines: 2 });
    sim.world.setMetric('my-app-1', 'queue', 60);
    sim.faults.add({ kind: 'gateway-page', action: 'list-machines', untilMs: 120_000 });
    const run = start();
    await rig.clock.advance(110_000);
    expect(rig.reasonsOf('my-app-1')).toEqual(['pass-failed']);
    expect(rig.events.map(({ kind }) => kind)).not.toContain('app-gone');
    await rig.clock.advance(60_000);
    expect(countOf('my-app-1')).toBe(6);
    await run.stop();
  });

  it('a quota of memory in a region sends machines to the next region', async () => {
    const { rig, sim, start } = aScene();
    sim.world.addApp('my-app-1', { machines: 1, region: 'iad' });
    sim.world.setMetric('my-app-1', 'queue', 40);
    sim.faults.setRegionQuota('ord', true);
    const policy = aPolicy({
      apps: { include: ['my-app-*'], exclude: [] },
      created: aRange('queue / 10'),
      regions: ['ord', 'iad'],
    });
    const run = start('one', { policies: [policy] });
    await rig.clock.advance(60_000);
    expect(sim.world.machines('my-app-1').map(({ region }) => region)).toEqual(
      Array(4).fill('iad'),
    );
    const failed = rig.reports.flatMap(({ outcomes }) => outcomes.map((o) => o.errorCode));
    expect(failed.filter((code) => code !== undefined)).toEqual(['fly-no-capacity']);
    await run.stop();
  });

  it.each([
    { intervalMs: 1000, timeoutMs: 1000, machineList: 'app', latency: [0, 0] },
    { intervalMs: 1000, timeoutMs: 1000, machineList: 'org', latency: [0, 0] },
    { intervalMs: 3000, timeoutMs: 2000, machineList: 'app', latency: [20, 60] },
    { intervalMs: 3000, timeoutMs: 2000, machineList: 'org', latency: [20, 60] },
  ] as const)(
    "takes nothing of a short timeout for keeping to Fly's rates: %j",
    async ({ latency, ...options }) => {
      const { rig, sim, start, countOf } = aScene(1, options, { delaysMs: { latency } });
      sim.world.addApp('my-app-1', { machines: 2 });
      sim.world.setMetric('my-app-1', 'queue', 20);
      const run = start();
      await rig.clock.advance(10_000);
      for (const wanted of [6, 3, 8, 1]) {
        sim.world.setMetric('my-app-1', 'queue', 10 * wanted);
        await rig.clock.advance(25_000);
        expect(countOf('my-app-1')).toBe(wanted);
      }
      const codes = rig.reports.flatMap(({ reasons }) => reasons.map((r) => r.code));
      expect(codes).not.toContain('create-failing');
      await run.stop();
    },
  );

  it('an app of the list without a name stops nobody', async () => {
    const { rig, sim, start, countOf } = aScene();
    sim.world.addApp('my-app-1', { machines: 1 });
    sim.world.addApp('other', { machines: 1 });
    sim.world.setMetric('my-app-1', 'queue', 30);
    sim.faults.add({ kind: 'odd-entry', action: 'list-apps' });
    const run = start();
    await rig.clock.advance(200_000);
    expect(countOf('my-app-1')).toBe(3);
    await run.stop();
  });
});

describe('what others do to machines that were just made', () => {
  const flyctl = { name: 'flyctl', userAgent: 'flyctl/0.4.87', requestId: null } as const;
  const somebody = { ...flyctl, isAnswerLost: false, nonce: null };

  it.each([3000, 15_000])(
    'grows on at once when somebody destroys a new machine (every %i ms)',
    async (intervalMs) => {
      const { rig, sim, start } = aScene(4, { intervalMs });
      sim.world.addApp('my-app-1', { machines: 2 });
      sim.world.setMetric('my-app-1', 'queue', 40);
      const run = start();
      await rig.clock.advance(60_000);
      const newest = sim.world.machines('my-app-1').at(-1);
      sim.deploys.life.destroy(newest!, true, somebody);
      await rig.clock.advance(2 * intervalMs + 10_000);
      expect(rig.reports.flatMap(({ reasons }) => reasons.map((r) => r.code))).not.toContain(
        'create-failing',
      );
      expect(sim.world.machines('my-app-1').filter((m) => m.state === 'started')).toHaveLength(4);
      await run.stop();
    },
  );

  it('still waits when new machines fail by themselves', async () => {
    const { rig, sim, start } = aScene(5);
    sim.world.addApp('my-app-1', { machines: 2 });
    sim.world.setMetric('my-app-1', 'queue', 40);
    sim.faults.setCreateFailures(1, 'vanishes');
    const run = start();
    await rig.clock.advance(60_000);
    expect(rig.reasonsOf('my-app-1')).toContain('create-failing');
    await run.stop();
  });

  it.each(['rolling', 'bluegreen'] as const)(
    'runs all that it made to run when a %s deploy comes before they have started',
    async (strategy) => {
      for (const afterMs of [1500, 3000, 4500, 7000]) {
        const { rig, sim, start } = aScene(6);
        sim.world.addApp('my-app-1', { machines: 2 });
        sim.world.setMetric('my-app-1', 'queue', 60);
        const run = start();
        await rig.clock.advance(afterMs);
        const deploy = sim.deploys.start('my-app-1', { strategy });
        while (deploy.status === 'running') await rig.clock.advance(500);
        expect(deploy.status).toBe('complete');
        await rig.clock.advance(50_000);
        const states = sim.world.machines('my-app-1').map((m) => m.state);
        expect([afterMs, states]).toEqual([afterMs, Array(6).fill('started')]);
        expect(rig.reasonsOf('my-app-1')).toEqual(['at-target']);
        await run.stop();
      }
    },
  );

  it('leaves machines stopped that somebody stopped, also when a deploy follows', async () => {
    const { rig, sim, start } = aScene(7);
    sim.world.addApp('my-app-1', { machines: 2 });
    sim.world.setMetric('my-app-1', 'queue', 40);
    const run = start();
    await rig.clock.advance(60_000);
    const newest = sim.world.machines('my-app-1').at(-1);
    sim.deploys.life.stop(newest!, {}, somebody);
    await rig.clock.advance(16_000);
    for (const strategy of ['rolling', 'bluegreen'] as const) {
      const deploy = sim.deploys.start('my-app-1', { strategy });
      while (deploy.status === 'running') await rig.clock.advance(500);
      await rig.clock.advance(60_000);
      const states = sim.world.machines('my-app-1').map((m) => m.state);
      expect(states.toSorted()).toEqual(['started', 'started', 'started', 'stopped']);
    }
    await run.stop();
  });

  it.each([
    ['its id', (id: string) => id],
    ['true', () => 'true'],
  ])(
    'takes away copies of a machine that is protected by %s, and leaves that one',
    async (_name, mark) => {
      const { rig, sim, start } = aScene(8);
      sim.world.addApp('my-app-1', { machines: 1 });
      sim.world.setMetric('my-app-1', 'queue', 10);
      const run = start();
      const [first] = sim.world.machines('my-app-1');
      const { id } = first!;
      const headers = { authorization: 'Bearer fm2_test' };
      const call = (path: string, body: object): Promise<{ readonly status: number }> =>
        rig.clock.runUntil(
          sim.handle(
            {
              method: 'POST',
              url: `https://api.machines.dev/v1/apps/my-app-1/machines${path}`,
              headers,
              body: JSON.stringify(body),
            },
            new AbortController().signal,
          ),
        );
      expect((await call(`/${id}/metadata/fas-protect`, { value: mark(id) })).status).toBe(204);
      await rig.clock.advance(20_000);
      for (let copies = 0; copies < 3; copies += 1) {
        const { config, region } = sim.world.machines('my-app-1').find((m) => m.id === id)!;
        expect((await call('', { config, region })).status).toBe(200);
      }
      await rig.clock.advance(16_000);
      expect(rig.reasonsOf('my-app-1')).toContain('protect-inherited');
      await rig.clock.advance(100_000);
      expect(sim.world.machines('my-app-1').map((m) => m.id)).toEqual([id]);
      await run.stop();
    },
  );
});
