import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatRemovalMark } from '../../core/machines/marks.js';
import type { Machine } from '../../core/model/machine.js';
import { observe } from '../../core/memory/memory.js';
import { PLAIN_POLICY } from '../../core/model/policy.js';
import { propose } from '../../core/decide/propose.js';
import { aMachine, anInput, aPolicy, aRange, machines, samples } from '../../testing/builders.js';
import { Compactor, isPlain, SCREENED_KEYS } from './compact.js';

const mark = (machine: string): Record<string, string> => ({
  'fas-remove': formatRemovalMark({ machine, goal: 'destroy', reason: 'r', deadline: 'd' }),
});

const anyMachine = fc.record({
  state: fc.constantFrom('started', 'stopped', 'failed', 'stopping', 'created', 'destroying'),
  hostStatus: fc.constantFrom('ok', 'ok', 'unknown'),
  isCordoned: fc.boolean(),
  isMarked: fc.boolean(),
  isLeased: fc.boolean(),
  hasCrashed: fc.boolean(),
  config: fc.option(
    fc.record({
      image: fc.constant('registry.fly.io/web:1'),
      env: fc.constant({ A: '1' }),
      standbys: fc.constantFrom([], [], ['x']),
      schedule: fc.constantFrom('', '', 'daily'),
      stop_config: fc.constantFrom({}, { timeout: '30s' }, { timeout: 30_000_000_000 }),
      guest: fc.constantFrom({ cpus: 1, memory_mb: 256 }, { memory_mb: 8192 }, { gpus: 1 }),
      init: fc.constantFrom({}, { swap_size_mb: 512, cmd: ['x'] }),
      services: fc.constantFrom([], [{ autostop: 'suspend', internal_port: 80 }]),
    }),
    { freq: 6 },
  ),
  group: fc.constantFrom('app', 'worker', ''),
});

function machineOf(
  sketch: typeof anyMachine extends fc.Arbitrary<infer T> ? T : never,
  index: number,
): Machine {
  const { isMarked, isLeased, hasCrashed, group, ...rest } = sketch;
  const id = `m${index}`;
  return aMachine({
    id,
    ...rest,
    metadata: {
      ...(group === '' ? {} : { fly_process_group: group }),
      ...(isMarked ? mark(id) : {}),
    },
    ...(isLeased ? { lease: { owner: 'o', description: 'd', expiresAtMs: 1 } } : {}),
    ...(hasCrashed
      ? { lastExit: { atMs: 1, exitCode: 1, isOomKilled: false, wasRequested: false } }
      : {}),
  });
}

describe('compact machines', () => {
  it('are screened as the whole ones are', () => {
    fc.assert(
      fc.property(
        fc.array(anyMachine, { maxLength: 5 }),
        fc.constantFrom(0, 10, 30, 80),
        fc.boolean(),
        fc.constantFrom('stop', 'suspend'),
        (sketches, queue, isStarted, scaleIn) => {
          const whole = sketches.map(machineOf);
          const compact = new Compactor().compact(whole, null);
          const range = aRange('queue / 10');
          const removal = { ...PLAIN_POLICY.removal, scaleIn } as const;
          const policy = aPolicy({
            ...(isStarted ? { created: null, started: range } : { created: range }),
            removal,
          });
          const screen = (list: readonly Machine[]) => {
            const input = anInput({
              look: { machines: list },
              policy,
              samples: samples({ queue }),
            });
            return propose({ ...input, memory: observe(input.memory, list, input.now) });
          };
          expect(screen(compact)).toEqual(screen(whole));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('keep all of the configuration that is read where nothing is created', () => {
    const read = new Set<string>();
    const noting = (machine: Machine): Machine => ({
      ...machine,
      config:
        machine.config &&
        new Proxy(machine.config, {
          get(target, key) {
            if (typeof key === 'string') read.add(key);
            return Reflect.get(target, key) as unknown;
          },
        }),
    });
    fc.assert(
      fc.property(
        fc.array(anyMachine, { minLength: 3, maxLength: 5 }),
        fc.boolean(),
        (sketches, isStarted) => {
          const list = sketches.map(machineOf).map(noting);
          const range = aRange('queue / 10');
          const policy = aPolicy({
            ...(isStarted ? { created: null, started: range } : { created: range }),
            removal: { ...PLAIN_POLICY.removal, scaleIn: 'suspend' },
            caps: { ...aPolicy().caps, maxCreatePerPass: 0 },
          });
          const input = anInput({
            look: { machines: list },
            policy,
            samples: samples({ queue: 0 }),
          });
          propose({ ...input, memory: observe(input.memory, list, input.now) });
        },
      ),
      { numRuns: 500 },
    );
    expect([...read].filter((key) => !SCREENED_KEYS.has(key))).toEqual([]);
    expect(read.size).toBeGreaterThan(3);
  });

  it('keep what they say to keep', () => {
    const config = {
      image: 'x',
      env: { A: '1' },
      standbys: ['a'],
      schedule: 'daily',
      services: [{ autostop: 'stop', internal_port: 80 }],
      stop_config: { signal: 'SIGINT', timeout: '30s' },
      guest: { cpus: 1, memory_mb: 256 },
      init: { swap_size_mb: 1, cmd: ['x'] },
    };
    const [machine] = new Compactor().compact([aMachine({ config })], null);
    expect(Object.keys(machine!.config!)).toEqual([...SCREENED_KEYS]);
    expect(machine!.config).toMatchObject({ guest: { memory_mb: 256 }, init: { swap_size_mb: 1 } });
  });

  it('are the same list, and the same machines, for as long as nothing changes', () => {
    const compactor = new Compactor();
    const whole = machines(3);
    const first = compactor.compact(whole, null);
    expect(compactor.compact(whole.toReversed(), first)).toBe(first);
    const changed = whole.map((machine) =>
      machine.id === 'm2' ? { ...machine, isCordoned: true } : machine,
    );
    const second = compactor.compact(changed, first);
    expect(second).not.toBe(first);
    expect([second[0] === first[0], second[1] === first[1]]).toEqual([true, false]);
    expect(compactor.compact(changed.slice(1), second)).toHaveLength(2);
  });

  it('share what they have in common', () => {
    const compactor = new Compactor();
    const [a, b] = compactor.compact(machines(2), null);
    expect(a!.config).toBe(b!.config);
    expect(a!.metadata).toBe(b!.metadata);
    const [c] = compactor.compact(machines(1, {}, 'other'), null);
    expect(c!.config).toBe(a!.config);
  });

  it.each<[string, Partial<Machine>]>([
    ['a lost host', { hostStatus: 'unknown' }],
    ['no configuration', { config: null }],
    ['a cordon', { isCordoned: true }],
    ['a lease', { lease: { owner: 'o', description: '', expiresAtMs: 1 } }],
    ['a transit', { state: 'starting' }],
    ['a removal under way', { metadata: mark('m1') }],
  ])('are not plain with %s', (_, change) => {
    expect(isPlain(aMachine({ id: 'm1' }))).toBe(true);
    expect(isPlain(aMachine({ id: 'm1', ...change }))).toBe(false);
  });
});
