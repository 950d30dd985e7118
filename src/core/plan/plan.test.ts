import { describe, expect, it } from 'vitest';
import {
  aMachine,
  anInput,
  aPolicy,
  aRange,
  aRelease,
  aVolume,
  machines,
  samples,
  T0,
} from '../../testing/builders.js';
import type { DecisionInput, Plan, Step } from '../model/decision.js';
import type { Machine } from '../model/machine.js';
import { needsVolumes, plan } from './plan.js';
import type { Policy } from '../model/policy.js';
import { propose } from '../decide/propose.js';
import { PLAIN_REMOVAL } from '../model/removal-rules.js';
import { EMPTY_MEMORY } from '../model/app-memory.js';

function input(
  list: readonly Machine[],
  policy: Partial<Policy>,
  rest: Partial<DecisionInput> = {},
): DecisionInput {
  const base = anInput({
    policy: aPolicy(policy),
    samples: samples({ queue: 1 }),
    look: { machines: list },
  });
  return { ...base, ...rest };
}

function planOf(decision: DecisionInput): Plan {
  let n = 0;
  return plan(decision, propose(decision), () => `fas-${++n}`);
}

const want = (count: number): Partial<Policy> => ({ created: aRange(String(count)) });
const run = (count: number): Partial<Policy> => ({ started: aRange(String(count)) });

function marked(id: string, goal: string, overrides: Partial<Machine> = {}): Machine {
  const mark = JSON.stringify({ machine: id, goal, reason: 'r', deadline: 'd' });
  return aMachine({ id, ...overrides, metadata: { ...overrides.metadata, 'fas-remove': mark } });
}

function work(actions: Plan['removals']): [string, string, readonly Step[]][] {
  return actions.map((action) => [action.machineId, action.kind, action.steps]);
}

function reasonCodes(decided: Plan): string[] {
  return decided.reasons.map((r) => r.code);
}

describe('creating', () => {
  it('clones a started machine and resets what identifies it', () => {
    const source = aMachine({
      id: 'm1',
      config: {
        image: 'registry.fly.io/app:tag',
        env: { A: '1', FLY_STANDBY_FOR: 'm9' },
        standbys: [],
        services: [{ autostop: false }],
        metadata: {
          fly_process_group: 'app',
          fly_release_id: 'rel1',
          'fas-launch-id': 'fas-old',
          'fas-run': 'fas-old',
          'fas-remove': '{}',
          fly_bluegreen_deployment_tag: '1',
          fly_previous_alloc: 'x',
          mine: 'kept',
        },
      },
    });
    const { creates } = planOf(input([source], want(2)));
    expect(creates).toHaveLength(1);
    expect(creates[0]).toMatchObject({
      launchId: 'fas-1',
      sourceId: 'm1',
      region: 'iad',
      isLaunched: true,
    });
    expect(creates[0]?.config).toEqual({
      image: 'registry.fly.io/app:tag@sha256:abc',
      env: { A: '1' },
      services: [{ autostop: false }],
      metadata: {
        fly_process_group: 'app',
        fly_release_id: 'rel1',
        'fas-launch-id': 'fas-1',
        'fas-run': 'fas-1',
        mine: 'kept',
      },
    });
  });

  it('goes to the allowed region with the fewest machines, the first listed among equals', () => {
    const list = [...machines(2, { region: 'iad' }), ...machines(1, { region: 'ord' }, 'o')];
    const { creates } = planOf(input(list, { ...want(7), regions: ['ord', 'iad', 'sjc'] }));
    expect(creates.map((c) => c.region)).toEqual(['sjc', 'ord', 'sjc', 'ord']);
  });

  it('leaves out regions without capacity, and says when none is left', () => {
    const memory = { ...EMPTY_MEMORY, regionBackoff: { iad: 2_000_000, ord: 999_999 } };
    const open = planOf(input(machines(1), { ...want(2), regions: ['iad', 'ord'] }, { memory }));
    expect(open.creates.map((c) => c.region)).toEqual(['ord']);
    const none = planOf(input(machines(1), want(2), { memory }));
    expect([none.creates.length, reasonCodes(none)]).toEqual([0, ['no-capacity']]);
  });

  it('leaves new machines stopped when told so, and never starts more than should run', () => {
    const stopped = planOf(input(machines(1), { ...want(3), initialState: 'stopped' }));
    expect(stopped.creates.map((c) => c.isLaunched)).toEqual([false, false]);
    const some = planOf(input(machines(1), { ...want(4), ...run(2) }));
    expect(some.creates.map((c) => c.isLaunched)).toEqual([true, false, false]);
  });

  it('creates and starts in one pass', () => {
    const list = [aMachine({ id: 'a' }), aMachine({ id: 'b', state: 'stopped' })];
    const decided = planOf(input(list, { ...want(3), ...run(3) }));
    expect(decided.starts.map((s) => s.machineId)).toEqual(['b']);
    expect(decided.creates.map((c) => c.isLaunched)).toEqual([true]);
  });

  it('never clones an unreachable machine', () => {
    const decided = planOf(input([aMachine({ hostStatus: 'unknown', config: null })], want(5)));
    expect([decided.creates.length, reasonCodes(decided)]).toEqual([0, ['no-clone-source']]);
  });

  it('clones a failed machine only when there is no other', () => {
    const failed = aMachine({ id: 'a', state: 'failed' });
    const stopped = aMachine({ id: 'b', state: 'stopped' });
    const source = (list: Machine[]): string | undefined =>
      planOf(input(list, want(3))).creates[0]?.sourceId;
    expect([source([failed]), source([failed, stopped])]).toEqual(['a', 'b']);
  });

  it('keeps a machine that destroys itself one that does', () => {
    const { creates } = planOf(input([aMachine({ config: { auto_destroy: true } })], want(2)));
    expect(creates[0]?.config.auto_destroy).toBe(true);
  });

  it('clones a group whose creates do not fail', () => {
    const web = aMachine({ id: 'a', region: 'iad', metadata: { fly_process_group: 'web' } });
    const worker = aMachine({ id: 'b', region: 'fra', metadata: { fly_process_group: 'worker' } });
    const backoff = { failedAtMs: 0, untilMs: 2_000_000, waitMs: 60_000 };
    const groups = (createBackoff: Record<string, typeof backoff>): string[] => {
      const memory = { ...EMPTY_MEMORY, createBackoff };
      const policy = { ...want(4), group: { kind: 'all' }, regions: ['fra', 'iad'] } as const;
      return planOf(input([web, worker], policy, { memory })).creates.map((c) => c.group);
    };
    expect(groups({ worker: backoff })).toEqual(['web', 'web']);
    expect(groups({ web: backoff })).toEqual(['worker', 'worker']);
    expect(groups({ web: backoff, worker: backoff })).toEqual([]);
  });

  it('starts none of the new machines while the started count has no usable number', () => {
    const blind = { ...want(3), started: aRange('queue') };
    const gone = samples({ queue: { kind: 'empty', atMs: 0 } });
    const { creates } = planOf(input(machines(1), blind, { samples: gone }));
    expect(creates.map((c) => c.isLaunched)).toEqual([false, false]);
  });

  it('starts fewer new machines for each that is taken back', () => {
    const list = [aMachine({ id: 'a' }), marked('x', 'stop', { state: 'stopped' })];
    const { undos, creates } = planOf(input(list, { ...want(4), ...run(3) }));
    expect([undos.length, creates.map((c) => c.isLaunched)]).toEqual([1, [true, false]]);
  });

  it('clones the complete release, and otherwise what most started machines run', () => {
    const old = machines(
      3,
      { metadata: { fly_release_id: 'rel1', fly_release_version: '1' } },
      'a',
    );
    const fresh = aMachine({
      id: 'z',
      metadata: { fly_release_id: 'rel2', fly_release_version: '2' },
    });
    const source = (status: string): string | undefined => {
      const release = aRelease({ id: 'rel2', version: 2, status });
      const base = input([...old, fresh], want(5));
      return planOf({ ...base, look: { ...base.look, release } }).creates[0]?.sourceId;
    };
    expect([source('complete'), source('failed')]).toEqual(['z', 'a1']);
  });
});

describe('volumes', () => {
  const config = { mounts: [{ volume: 'vol_a', path: '/data', size_gb: 3 }] };
  const attached = aVolume({ id: 'vol_a', attachedMachineId: 'm1', sizeGb: 3 });
  const withVolumes = (
    policy: Partial<Policy>,
    volumes: Parameters<typeof aVolume>[0][],
  ): DecisionInput => {
    const base = input([aMachine({ config })], { ...want(3), ...policy });
    return {
      ...base,
      look: { ...base.look, volumes: [attached, ...volumes.map((v) => aVolume(v))] },
    };
  };

  it('are read first when the group has mounts and grows', () => {
    const grows = withVolumes({}, []);
    expect(needsVolumes(grows, propose(grows))).toBe(true);
    const still = withVolumes(want(1), []);
    expect(needsVolumes(still, propose(still))).toBe(false);
  });

  it('free and healthy ones of the same name and region are used, each once', () => {
    const decided = planOf(
      withVolumes({}, [
        { id: 'vol_b' },
        { id: 'vol_c', region: 'ord' },
        { id: 'vol_d', hostStatus: 'unknown' },
        { id: 'vol_e', name: 'other' },
        { id: 'vol_f', state: 'pending_destroy' },
      ]),
    );
    expect(decided.creates.map((c) => c.config.mounts)).toEqual([
      [{ path: '/data', volume: 'vol_b' }],
    ]);
    expect(decided.reasons).toContainEqual({
      code: 'no-volume',
      detail: 'no free volume "data" in iad',
    });
  });

  it('new ones are made only where that is allowed', () => {
    const { creates } = planOf(withVolumes({ volumes: 'create' }, []));
    expect(creates).toHaveLength(2);
    expect(creates[0]?.newVolumes).toEqual([
      { name: 'data', region: 'iad', sizeGb: 3, isEncrypted: true },
    ]);
    expect(creates[0]?.config.mounts).toEqual([{ path: '/data' }]);
  });
});

describe('starting', () => {
  it('takes suspended machines first, then stopped ones by id; not those still stopping or leased', () => {
    const list = [
      aMachine({ id: 'e', state: 'stopped' }),
      aMachine({ id: 'b', state: 'stopped' }),
      aMachine({ id: 'c', state: 'stopping' }),
      aMachine({ id: 'd', state: 'suspended' }),
      aMachine({
        id: 'a',
        state: 'stopped',
        lease: { owner: 'x', description: '', expiresAtMs: 0 },
      }),
    ];
    const decided = planOf(input(list, run(5)));
    expect(decided.starts.map((s) => s.machineId)).toEqual(['d', 'b', 'e']);
    expect(reasonCodes(decided)).toContain('no-start-candidate');
  });

  it('tries a machine that failed to start only after the others', () => {
    const memory = { ...EMPTY_MEMORY, returnFailedAtMs: { a: 990_000 } };
    const list = [aMachine({ id: 'a', state: 'stopped' }), aMachine({ id: 'b', state: 'stopped' })];
    expect(planOf(input(list, run(1), { memory })).starts.map((s) => s.machineId)).toEqual(['b']);
  });
});

describe('removing', () => {
  it('destroys idle machines at once and marks, cordons and stops started ones', () => {
    const list = [...machines(4), aMachine({ id: 's1', state: 'stopped' })];
    expect(work(planOf(input(list, want(3))).removals)).toEqual([
      ['s1', 'destroy', ['destroy']],
      ['m1', 'destroy', ['mark', 'cordon', 'stop']],
    ]);
  });

  it('takes failed, then created, stopped, suspended, then started machines', () => {
    const memory = {
      ...EMPTY_MEMORY,
      transit: { b: { state: 'created', version: 'v1', sinceMs: 0 } },
    };
    const list = [
      ...machines(6, {}, 'z'),
      aMachine({ id: 'd', state: 'suspended' }),
      aMachine({ id: 'c', state: 'stopped' }),
      aMachine({ id: 'b', state: 'created' }),
      aMachine({ id: 'a', state: 'failed' }),
    ];
    const { removals } = planOf(input(list, want(5), { memory }));
    expect(removals.map((a) => a.machineId)).toEqual(['a', 'b', 'c', 'd', 'z1']);
  });

  it('takes from the most crowded region, then the oldest release, then by id', () => {
    const list = [
      aMachine({ id: 'a', region: 'ord' }),
      aMachine({ id: 'b', metadata: { fly_release_version: '2' } }),
      aMachine({ id: 'd' }),
      aMachine({ id: 'c' }),
    ];
    const { removals } = planOf(input(list, want(2)));
    expect(removals.map((a) => a.machineId)).toEqual(['c', 'd']);
  });

  it('writes who, why and until when into the mark', () => {
    const { removals } = planOf(input(machines(2), want(1)));
    expect(removals[0]?.mark).toEqual({
      machine: 'm1',
      goal: 'destroy',
      reason: 'created 2 to 1',
      deadline: '2026-06-01T00:00:00.000Z',
    });
  });

  it.each<[string, Partial<Machine>]>([
    ['leased by others', { lease: { owner: 'flyctl', description: 'deploy', expiresAtMs: 0 } }],
    ['cordoned by others', { isCordoned: true }],
    ['in transit', { state: 'starting' }],
    ['out of sight', { hostStatus: 'unreachable' }],
  ])('leaves a machine alone that is %s', (_name, overrides) => {
    const list = [aMachine({ id: 'a', ...overrides }), ...machines(3)];
    const { removals } = planOf(input(list, want(1)));
    expect(removals.map((a) => a.machineId)).not.toContain('a');
  });

  it('may remove a machine whose lease is ours', () => {
    const lease = { owner: 'x', description: 'fly-autoscaler', expiresAtMs: 0 };
    const base = input([aMachine({ id: 'a', lease }), aMachine({ id: 'b' })], want(1));
    const look = { ...base.look, leasedByUs: ['a'] };
    expect(planOf({ ...base, look }).removals.map((a) => a.machineId)).toEqual(['a']);
  });

  it('leaves blue-green machines alone until the release is complete', () => {
    const list = [
      aMachine({ id: 'a', metadata: { fly_bluegreen_deployment_tag: '1' } }),
      aMachine({ id: 'b' }),
    ];
    const removed = (status: string): string[] => {
      const base = input(list, want(1));
      const decision = { ...base, look: { ...base.look, release: aRelease({ status }) } };
      return planOf(decision).removals.map((a) => a.machineId);
    };
    expect([removed('failed'), removed('complete')]).toEqual([['b'], ['a']]);
  });

  it('keeps the last machine that is fit to be cloned, whatever else exists', () => {
    const release = aRelease({ id: 'rel2', version: 2, status: 'complete' });
    const old = { fly_release_id: 'rel0', fly_release_version: '0' };
    const list = [
      aMachine({
        id: 'a',
        state: 'stopped',
        metadata: { fly_release_id: 'rel2', fly_release_version: '2' },
      }),
      aMachine({ id: 'b', state: 'stopped', metadata: old }),
      aMachine({ id: 'c', state: 'failed', metadata: old }),
      aMachine({ id: 'd', hostStatus: 'unknown', config: null }),
    ];
    const base = input(list, want(1));
    const decided = planOf({ ...base, look: { ...base.look, release } });
    expect(decided.removals.map((a) => a.machineId)).toEqual(['c', 'b']);
  });

  it('keeps a failed machine that is the last of its group', () => {
    const worker = { fly_process_group: 'worker' };
    const list = [...machines(2), aMachine({ id: 'w', state: 'failed', metadata: worker })];
    const decided = planOf(input(list, { ...want(2), group: { kind: 'all' } }));
    expect(decided.removals.map((a) => a.machineId)).toEqual(['m1']);
    expect(decided.reasons).toContainEqual({ code: 'last-machine', detail: 'w' });
  });

  it('keeps the last healthy machine of a group, whatever its release', () => {
    const worker = {
      fly_process_group: 'worker',
      fly_release_id: 'rel0',
      fly_release_version: '0',
    };
    const old = aMachine({ id: 'w', state: 'stopped', metadata: worker });
    const pool = { ...want(2), group: { kind: 'all' } } as const;
    expect(planOf(input([...machines(2), old], pool)).removals.map((a) => a.machineId)).toEqual([
      'm1',
    ]);
    const leaving = marked('w', 'destroy', { state: 'stopped', metadata: worker });
    const decided = planOf(input([...machines(2), leaving], pool));
    expect([decided.removals, reasonCodes(decided)]).toEqual([[], ['removal-waits']]);
    // One that has failed does not stand in for it.
    const failed = aMachine({ id: 'x', state: 'failed', metadata: worker });
    const both = planOf(input([...machines(2), old, failed], { ...pool, ...want(1) }));
    expect(both.removals.map((a) => a.machineId)).toEqual(['x', 'm1']);
  });

  it('launches no more than may run beside what is taken back from its destruction', () => {
    const leaving = ['a', 'b'].map((id) => marked(id, 'destroy', { state: 'stopped' }));
    const policy = { ...want(5), started: aRange('3') };
    const decided = planOf(input([...machines(1), ...leaving], policy));
    expect(decided.undos.map((each) => each.machineId)).toEqual(['a', 'b']);
    expect(decided.creates.map(({ isLaunched }) => isLaunched)).toEqual([false, false]);
  });

  it('keeps one fit machine of each group of a pool', () => {
    const web = { fly_process_group: 'web' };
    const list = [
      aMachine({ id: 'a' }),
      aMachine({ id: 'b', metadata: web }),
      aMachine({ id: 'c', metadata: web }),
    ];
    const decided = planOf(input(list, { ...want(1), group: { kind: 'all' } }));
    expect(decided.removals.map((a) => a.machineId)).toEqual(['b']);
  });

  it('keeps as many started as should run', () => {
    const list = [...machines(3), aMachine({ id: 's', state: 'stopped' })];
    const decided = planOf(input(list, { ...want(2), ...run(3) }));
    expect(decided.removals.map((a) => a.machineId)).toEqual(['s']);
    expect(reasonCodes(decided)).toContain('started-floor');
  });

  it('takes no started machine on a started count that is not good enough to stop on', () => {
    const policy = { ...want(3), started: aRange('queue ?? 0') };
    const gone = samples({ queue: { kind: 'empty', atMs: 0 } });
    expect(planOf(input(machines(6), policy, { samples: gone })).removals).toEqual([]);
  });

  it.each([
    ['at once', PLAIN_REMOVAL],
    ['once it is drained', { ...PLAIN_REMOVAL, busyMetric: 'busy', drainTimeoutMs: 60_000 }],
  ])('stops what runs too many beside what is destroyed anyway: %s', (_when, removal) => {
    const list = [...machines(6), aMachine({ id: 's', state: 'stopped' })];
    const decided = planOf(input(list, { ...want(5), ...run(3), removal }));
    expect(work(decided.removals).map(([id, kind]) => [id, kind])).toEqual([
      ['s', 'destroy'],
      ['m1', 'destroy'],
      ['m2', 'stop'],
      ['m3', 'stop'],
    ]);
  });

  it('does not start what it destroys', () => {
    const list = [...machines(2), ...machines(2, { state: 'stopped' }, 's')];
    const decided = planOf(input(list, { ...want(3), ...run(3) }));
    expect(decided.removals.map((a) => a.machineId)).toEqual(['s1']);
    expect(decided.starts.map((a) => a.machineId)).toEqual(['s2']);
  });
});

describe('a removal under way', () => {
  const rest = machines(3);

  it.each<[string, string, Partial<Machine>, readonly Step[]]>([
    ['is cordoned and stopped', 'destroy', {}, ['cordon', 'stop']],
    ['is stopped when cordoned already', 'destroy', { isCordoned: true }, ['stop']],
    ['is destroyed once stopped', 'destroy', { state: 'stopped', isCordoned: true }, ['destroy']],
    [
      'ends with its mark when it should stop',
      'stop',
      { state: 'stopped', isCordoned: true },
      ['uncordon', 'unmark'],
    ],
    ['is suspended when that is its goal', 'suspend', { isCordoned: true }, ['suspend']],
  ])('%s', (_name, goal, overrides, steps) => {
    const decided = planOf(
      input([marked('x', goal, overrides), ...rest], { ...want(3), ...run(3) }),
    );
    expect(decided.removals.map((a) => [a.machineId, a.steps])).toEqual([['x', steps]]);
  });

  it('goes on for the reason that it was begun with, when the pass itself wants no shrinking', () => {
    const stopped = marked('x', 'destroy', { state: 'stopped', isCordoned: true });
    const decided = planOf(input([stopped, ...rest], want(3)));
    expect(decided.removals[0]?.reason).toEqual({ code: 'removal-under-way', detail: 'r' });
  });

  it('waits while the machine is stopping', () => {
    const decided = planOf(
      input([marked('x', 'destroy', { state: 'stopping' }), ...rest], want(3)),
    );
    expect(decided.removals).toEqual([]);
  });

  it('is undone first when the machines that stay no longer meet the target', () => {
    const list = [
      marked('x', 'destroy', { state: 'stopped', isCordoned: true }),
      marked('y', 'destroy', { isCordoned: true }),
      ...rest,
    ];
    const one = planOf(input(list, want(4)));
    expect(work(one.undos)).toEqual([['y', 'undo', ['uncordon', 'unmark']]]);
    expect(one.creates).toEqual([]);
    const all = planOf(input(list, want(6)));
    expect(work(all.undos)).toEqual([
      ['y', 'undo', ['uncordon', 'unmark']],
      ['x', 'undo', ['uncordon', 'start', 'unmark']],
    ]);
    expect(all.creates).toHaveLength(1);
  });

  it('runs again when it is taken back from its destruction, and no other is started for it', () => {
    const list = [
      marked('x', 'destroy', { state: 'stopped', isCordoned: true }),
      aMachine({ id: 's', state: 'stopped' }),
      ...rest,
    ];
    const decided = planOf(input(list, { ...want(6), ...run(5) }));
    expect(work(decided.undos)).toEqual([['x', 'undo', ['uncordon', 'start', 'unmark']]]);
    expect(decided.starts.map((action) => action.machineId)).toEqual(['s']);
    expect(decided.creates.map(({ isLaunched }) => isLaunched)).toEqual([false]);
  });

  it('is taken back before its stop, and waits after it, when the data no longer allows it', () => {
    const list = [
      marked('x', 'destroy', { state: 'stopped', isCordoned: true }),
      marked('y', 'destroy', { isCordoned: true }),
      ...rest,
    ];
    const blind = input(
      list,
      { created: aRange('queue ?? 1') },
      { samples: samples({ queue: { kind: 'empty', atMs: 0 } }) },
    );
    const decided = planOf(blind);
    expect(work(decided.undos)).toEqual([['y', 'undo', ['uncordon', 'unmark']]]);
    expect(decided.removals).toEqual([]);
    expect(reasonCodes(decided)).toContain('removal-waits');
  });

  it('is left alone while a release runs or somebody else holds the lease of its machine', () => {
    const list = [marked('y', 'destroy', { isCordoned: true }), ...rest];
    const base = input(list, want(4));
    const release = aRelease({ status: 'running', createdAtMs: T0 });
    const running = planOf({ ...base, look: { ...base.look, release } });
    expect([running.undos, running.removals]).toEqual([[], []]);
    const lease = { owner: 'flyctl', description: '', expiresAtMs: 0 };
    const held = planOf(input([marked('y', 'destroy', { lease }), ...rest], want(4)));
    expect([held.undos, held.removals]).toEqual([[], []]);
  });

  it('never destroys the last machine fit to be cloned', () => {
    const lost = aMachine({ id: 'a', hostStatus: 'unknown', config: null });
    const decided = planOf(
      input([marked('x', 'destroy', { state: 'stopped' }), lost], { created: aRange('0', '5') }),
    );
    expect(decided.removals).toEqual([]);
  });

  it('is not waited for when it cannot be taken back: others take its place', () => {
    const lease = { owner: 'flyctl', description: '', expiresAtMs: 0 };
    const leased = planOf(input([marked('x', 'destroy', { lease }), ...rest], want(4)));
    expect([leased.undos.length, leased.creates.length]).toEqual([0, 1]);
    const failed = planOf(input([marked('x', 'destroy', { state: 'failed' }), ...rest], want(4)));
    expect([failed.undos.length, failed.creates.length]).toEqual([0, 1]);
  });

  it.each(['started', 'stopped'])(
    'is not waited for while taking it back has just failed: it is %s',
    (state) => {
      const memory = { ...EMPTY_MEMORY, returnFailedAtMs: { x: 990_000 } };
      const stuck = input([marked('x', 'destroy', { state }), ...rest], want(4), { memory });
      expect([planOf(stuck).undos.length, planOf(stuck).creates.length]).toEqual([0, 1]);
      // Until then it is kept: creates may fail, and it may be the only one to be had.
      expect([planOf(stuck).removals, reasonCodes(planOf(stuck))]).toEqual([[], ['removal-waits']]);
      const later = { ...stuck, now: { ...stuck.now, elapsedMs: 1_050_000 } };
      expect([planOf(later).undos.length, planOf(later).creates.length]).toEqual([1, 0]);
    },
  );

  it('waits while its machine is part of a deploy that is not complete', () => {
    const metadata = { fly_bluegreen_deployment_tag: '1' };
    const base = input([marked('x', 'destroy', { metadata }), ...rest], want(3));
    const failed = planOf({
      ...base,
      look: { ...base.look, release: aRelease({ status: 'failed' }) },
    });
    expect([failed.removals, reasonCodes(failed)]).toEqual([[], ['removal-waits']]);
  });

  it('ends when its count is not wanted any more', () => {
    const list = [marked('x', 'destroy', { state: 'stopped', isCordoned: true }), ...rest];
    expect(work(planOf(input(list, run(3))).removals)).toEqual([
      ['x', 'finish', ['uncordon', 'unmark']],
    ]);
  });
});
