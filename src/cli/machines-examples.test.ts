/** The examples of docs/machines.md: loaded, and the real loop and clients with them before the simulated Fly. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../seams/clock.js';
import { collectorDefinitions } from '../collectors/registry.js';
import { formatProblems, loadConfig } from '../config/index.js';
import { createSimulator, type EffectEntry, type Simulator } from '../simulator/index.js';
import { createMemoryStateStore } from '../state/memory-store.js';
import { createFakeClock, type FakeClock } from '../testing/fake-clock.js';
import { connectAll, createLoop } from './wire.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const APP = 'my-app-1';
const page = readFileSync(new URL('../../docs/machines.md', import.meta.url), 'utf8');

function exampleText(name: string): string {
  return readFileSync(new URL(`../../examples/machines/${name}.yml`, import.meta.url), 'utf8');
}

interface Stage {
  readonly clock: FakeClock;
  readonly simulator: Simulator;
  /** What the autoscaler did, in order. */
  readonly deeds: readonly EffectEntry[];
  readonly start: () => void;
  readonly stop: () => Promise<void>;
}

/** The example's configuration in a world that a test sets up before it starts. */
function stageOf(name: string): Stage {
  const clock = createFakeClock();
  const simulator = createSimulator({ clock, seed: 5, orgs: ['my-org'] });
  const result = loadConfig({
    env: {
      SIMULATOR_PROMETHEUS: 'https://api.fly.io/prometheus/my-org',
      FAS_API_TOKEN: 'FlyV1 fm2_local',
      FAS_ORG: 'my-org',
    },
    file: { path: `${name}.yml`, text: exampleText(name) },
    collectors: collectorDefinitions,
    purpose: 'serve',
  });
  if (!result.ok) throw new Error(formatProblems(result.problems));
  expect(result.warnings).toEqual([]);
  const deeds: EffectEntry[] = [];
  simulator.subscribe((entry) => {
    if (entry.kind === 'effect' && entry.userAgent !== '' && !entry.effect.startsWith('lease'))
      deeds.push(entry);
  });
  const shared = { clock, random: seededRandom(1) };
  const connect = () => ({ request: simulator.handle, close: () => Promise.resolve() });
  const warn = (message: string): void => expect.unreachable(message);
  const connections = connectAll(result.config, { ...shared, connect, version: '1.0.0', warn });
  const recorder = { pass: () => undefined, fleet: () => undefined };
  const loop = createLoop(result.config, connections, {
    ...shared,
    instanceName: 'one',
    recorder,
    state: createMemoryStateStore(),
  });
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  return {
    clock,
    simulator,
    deeds,
    start: () => {
      running = loop.run(stopping.signal);
    },
    async stop() {
      stopping.abort();
      await clock.runUntil(running);
      await connections.close();
    },
  };
}

it.each(['drain', 'spares'])('the page shows the example %s as it is', (name) => {
  const settings = exampleText(name).replaceAll(/^#.*\n/gm, '');
  expect(page).toContain(`\`\`\`yaml\n${settings}\`\`\``);
});

describe('the example drain', () => {
  it('waits for busy machines, leaves protected ones alone, and keeps the least of a region', async () => {
    const { clock, simulator, deeds, start, stop } = stageOf('drain');
    const { world } = simulator;
    world.addApp(APP, { machines: 0 });
    const machines = ['fra', 'fra', 'fra', 'iad', 'ord', 'ord'].map((region) =>
      world.addMachine(APP, { region }),
    );
    const guarded = world.addMachine(APP, {
      region: 'fra',
      config: { metadata: { 'fas-protect': 'true' } },
    });
    const only = machines.find(({ region }) => region === 'iad');
    // 25 connections want 7 machines, none wants 2; those that a machine has take up to a minute to end.
    const shape = {
      kind: 'steps',
      steps: [
        [0, 25],
        [3 * MINUTE, 0],
      ],
    } as const;
    world.setLoad(APP, 'connection_count', shape);
    start();
    await clock.advance(2.5 * MINUTE);
    expect(deeds).toEqual([]);
    await clock.advance(10 * MINUTE);
    const left = world.machines(APP).map(({ id }) => id);
    expect(new Set(left)).toEqual(new Set([guarded.id, only?.id]));
    expect(deeds.map(({ machine }) => machine)).not.toContain(guarded.id);
    const timeOf = (effect: string, id: string): number =>
      deeds.find((deed) => deed.effect === effect && deed.machine === id)?.atMs ?? Number.NaN;
    for (const { id } of machines.filter((machine) => machine !== only)) {
      const waitedMs = timeOf('stop', id) - timeOf('cordon', id);
      expect(waitedMs).toBeGreaterThan(14 * SECOND);
      expect(waitedMs).toBeLessThan(5 * MINUTE);
    }
    await stop();
  });

  it('stops a machine whose work does not end when its time is up', async () => {
    const { clock, simulator, deeds, start, stop } = stageOf('drain');
    const { world } = simulator;
    world.addApp(APP, { machines: 8, region: 'fra' });
    // 25 connections want 7 machines; the one that goes keeps what it has.
    const shape = { kind: 'flat', level: 25 } as const;
    world.setLoad(APP, 'connection_count', shape, { workMs: 60 * MINUTE });
    start();
    await clock.advance(10 * MINUTE);
    const [cordoned, stopped] = ['cordon', 'stop'].map((effect) =>
      deeds.find((deed) => deed.effect === effect),
    );
    const waitedMs = (stopped?.atMs ?? 0) - (cordoned?.atMs ?? 0);
    expect(waitedMs).toBeGreaterThanOrEqual(5 * MINUTE - SECOND);
    expect(waitedMs).toBeLessThan(5.5 * MINUTE);
    expect(world.machines(APP)).toHaveLength(7);
    await stop();
  });
});

describe('the example spares', () => {
  it('keeps two machines ready beside those that run, and suspends what is too many', async () => {
    const { clock, simulator, start, stop } = stageOf('spares');
    const { world } = simulator;
    world.addApp(APP, { machines: 1 });
    const shape = {
      kind: 'steps',
      steps: [
        [0, 20],
        [5 * MINUTE, 10],
      ],
    } as const;
    world.setLoad(APP, 'connection_count', shape);
    const states = (): readonly string[] =>
      world
        .machines(APP)
        .map(({ state }) => state)
        .toSorted();
    start();
    await clock.advance(4.5 * MINUTE);
    expect(states()).toEqual(['started', 'started', 'started', 'started', 'stopped', 'stopped']);
    await clock.advance(5 * MINUTE);
    expect(states()).toEqual(['started', 'started', 'suspended', 'suspended']);
    await stop();
  });
});
