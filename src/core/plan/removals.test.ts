/** Which machines go, and how. */
import { describe, expect, it } from 'vitest';
import { aMachine, aRange, machines, samples, T0 } from '../../testing/builders.js';
import {
  aLeaving,
  choiceInput,
  DRAIN_TIMEOUT_MS,
  NOW,
  planOf,
  run,
  taken,
  told,
  want,
  work,
  type Busy,
} from '../../testing/choices.js';
import type { RemovalRules } from '../model/removal-rules.js';
import { EMPTY_MEMORY } from '../model/app-memory.js';

const MINUTE = 60_000;
const DRAINED: RemovalRules = {
  busyMetric: 'busy',
  drainTimeoutMs: DRAIN_TIMEOUT_MS,
  scaleIn: 'stop',
};
const ORDER_ONLY = { ...DRAINED, drainTimeoutMs: 0 };
const SUSPEND: RemovalRules = { busyMetric: null, drainTimeoutMs: 0, scaleIn: 'suspend' };

describe('the busy metric', () => {
  const list = machines(4);
  const busy = { m1: 5, m2: 0, m4: 2 };

  it('takes the least busy machine first, and one of which nothing is known last', () => {
    const order = (wanted: number) =>
      taken(planOf(choiceInput(list, { ...want(wanted), removal: ORDER_ONLY }, busy)));
    expect(order(1)).toEqual(['m2', 'm4', 'm1']);
    expect(order(3)).toEqual(['m2']);
  });

  it('comes after use, and before regions, releases and ids', () => {
    const mixed = [
      aMachine({ id: 'a', region: 'ord' }),
      aMachine({ id: 'b', region: 'ord' }),
      aMachine({ id: 'c', region: 'iad' }),
      aMachine({ id: 'd', state: 'stopped', region: 'iad' }),
      aMachine({ id: 'e', state: 'failed', region: 'iad' }),
    ];
    const policy = { ...want(1), removal: ORDER_ONLY };
    expect(taken(planOf(choiceInput(mixed, policy, { a: 1, b: 1, c: 0, d: 0, e: 9 })))).toEqual([
      'e',
      'd',
      'c',
      'a',
    ]);
  });

  it('leaves the order as it was where it has no value for anybody', () => {
    const policy = { ...want(1), removal: ORDER_ONLY };
    expect(taken(planOf(choiceInput(list, policy)))).toEqual(['m1', 'm2', 'm3']);
  });

  it('chooses whom a started count stops', () => {
    expect(taken(planOf(choiceInput(list, { ...run(2), removal: ORDER_ONLY }, busy)))).toEqual([
      'm2',
      'm4',
    ]);
  });

  it('chooses among a thousand machines without comparing each with each', () => {
    let reads = 0;
    const many = machines(1000).map((machine) => ({
      ...machine,
      get region() {
        reads += 1;
        return 'iad';
      },
    }));
    const loads = Object.fromEntries(many.map(({ id }, i) => [id, (i * 7919) % 1000]));
    expect(
      taken(planOf(choiceInput(many, { ...want(1), removal: ORDER_ONLY }, loads))),
    ).toHaveLength(999);
    expect(reads).toBeLessThan(30_000);
  });
});

describe('draining', () => {
  const policy = { ...want(1), removal: DRAINED };

  it('begins with mark and cordon, and stops nothing in the same pass', () => {
    const { removals } = planOf(choiceInput(machines(2), policy, { m1: 0, m2: 3 }));
    expect(work(removals)).toEqual([['m1', 'destroy', ['mark', 'cordon']]]);
    expect(removals[0]?.mark?.deadline).toBe(new Date(T0 + 10 * MINUTE).toISOString());
  });

  it('ends in a stop when the machine is busy with nothing', () => {
    const list = [aLeaving('m1', 'destroy', MINUTE), aMachine({ id: 'm2' })];
    expect(work(planOf(choiceInput(list, policy, { m1: 0 })).removals)).toEqual([
      ['m1', 'destroy', ['stop']],
    ]);
  });

  it.each<[string, Busy]>([
    ['m1: busy 3, for 9m at most', { m1: 3 }],
    ['m1: busy with what nobody can tell, for 9m at most', { m2: 0 }],
    ['m1: busy with what nobody can tell, for 9m at most', null],
  ])('waits and says so: %s', (detail, busy) => {
    const list = [aLeaving('m1', 'destroy', MINUTE), aMachine({ id: 'm2' })];
    // As it was when the machine was first seen.
    const at = { now: { ...NOW, elapsedMs: NOW.elapsedMs - 20_000 } };
    const decided = planOf(choiceInput(list, policy, busy, at));
    expect(decided.removals).toEqual([]);
    expect(told(decided)['draining']).toBe(detail);
  });

  it('ends when its time is up, however busy the machine is', () => {
    const list = [aLeaving('m1', 'stop', 10 * MINUTE), aMachine({ id: 'm2' })];
    const decided = planOf(choiceInput(list, { ...run(1), removal: DRAINED }, { m1: 3 }));
    expect(work(decided.removals)).toEqual([['m1', 'stop', ['stop']]]);
  });

  it('cordons first where the cordon did not come about', () => {
    const list = [aLeaving('m1', 'destroy', MINUTE, { isCordoned: false }), aMachine({ id: 'm2' })];
    expect(work(planOf(choiceInput(list, policy, { m1: 0 })).removals)).toEqual([
      ['m1', 'destroy', ['cordon']],
    ]);
  });

  it('is cancelled when nothing may shrink any more', () => {
    const list = [aLeaving('m1', 'destroy', MINUTE), aMachine({ id: 'm2' })];
    const unknown = samples({ queue: { kind: 'empty', atMs: T0 } });
    const decided = planOf(
      choiceInput(list, { removal: DRAINED, created: aRange('queue ?? 1') }, null, {
        samples: unknown,
      }),
    );
    expect(work(decided.undos)).toEqual([['m1', 'undo', ['uncordon', 'unmark']]]);
    expect(decided.removals).toEqual([]);
  });

  it('is no matter for machines that do not run', () => {
    const list = [aMachine({ id: 'm1', state: 'stopped' }), aMachine({ id: 'm2' })];
    expect(work(planOf(choiceInput(list, policy, {})).removals)).toEqual([
      ['m1', 'destroy', ['destroy']],
    ]);
  });
});

describe('a protected machine', () => {
  const metadata = { 'fas-protect': 'true' };

  it('is not taken, and a reason names it', () => {
    const list = [aMachine({ id: 'm1', metadata }), ...machines(2, {}, 'n')];
    for (const policy of [want(1), run(1)]) {
      const decided = planOf(choiceInput(list, policy));
      expect(taken(decided)).toEqual(['n1', 'n2']);
      expect(told(decided)['protected']).toBe('m1');
    }
    const decided = planOf(
      choiceInput([aMachine({ id: 'm1', metadata }), aMachine({ id: 'm2', metadata })], want(1)),
    );
    expect(decided.removals).toEqual([]);
    expect(told(decided)['protected']).toBe('m1, m2');
  });

  it('is taken back before its stop, and not destroyed after it', () => {
    const before = [aLeaving('m1', 'destroy', 0, { metadata }), aMachine({ id: 'm2' })];
    const first = planOf(choiceInput(before, want(1)));
    expect(work(first.undos)).toEqual([['m1', 'undo', ['uncordon', 'unmark']]]);
    expect(told(first)).toMatchObject({ protected: 'm1', 'removal-undone': 'm1' });
    const after = [
      aLeaving('m1', 'destroy', 0, { metadata, state: 'stopped' }),
      aMachine({ id: 'm2' }),
    ];
    const second = planOf(choiceInput(after, want(1)));
    expect(work(second.undos)).toEqual([['m1', 'undo', ['uncordon', 'start', 'unmark']]]);
    expect(second.removals).toEqual([]);
  });

  it('that cannot be had back waits where it is', () => {
    const list = [
      aLeaving('m1', 'destroy', 0, { metadata, state: 'failed' }),
      aMachine({ id: 'm2' }),
    ];
    const decided = planOf(choiceInput(list, want(1)));
    expect([decided.undos, decided.removals]).toEqual([[], []]);
    expect(told(decided)).toMatchObject({ protected: 'm1', 'removal-waits': 'm1' });
  });

  it('that was to be stopped, and is, has been taken already', () => {
    const list = [
      aLeaving('m1', 'stop', 0, { metadata, state: 'stopped' }),
      aMachine({ id: 'm2' }),
    ];
    expect(work(planOf(choiceInput(list, run(1))).removals)).toEqual([
      ['m1', 'finish', ['uncordon', 'unmark']],
    ]);
  });

  it('may be taken once its time is over', () => {
    const past = { 'fas-protect': new Date(T0 - 1000).toISOString() };
    const list = [aMachine({ id: 'm1', metadata: past }), aMachine({ id: 'm2' })];
    expect(taken(planOf(choiceInput(list, want(1))))).toEqual(['m1']);
  });

  it('is cloned without its protection', () => {
    const config = { image: 'i', metadata: { fly_process_group: 'app', 'fas-protect': 'true' } };
    const [create] = planOf(choiceInput([aMachine({ config })], want(2))).creates;
    expect(create?.config.metadata).not.toHaveProperty('fas-protect');
  });
});

describe('suspending', () => {
  const policy = { ...run(1), removal: SUSPEND };

  it('takes the place of stopping for a started count', () => {
    const { removals } = planOf(choiceInput(machines(2), policy));
    expect(work(removals)).toEqual([['m1', 'suspend', ['mark', 'cordon', 'suspend']]]);
    expect(removals[0]?.mark?.goal).toBe('suspend');
  });

  it('is for those that Fly can suspend; the others are stopped, with the reason', () => {
    const large = aMachine({ id: 'm1', config: { guest: { memory_mb: 4096 } } });
    const decided = planOf(
      choiceInput([large, aMachine({ id: 'm2' }), aMachine({ id: 'm3' })], policy),
    );
    expect(work(decided.removals).map(([id, kind]) => [id, kind])).toEqual([
      ['m1', 'stop'],
      ['m2', 'suspend'],
    ]);
    expect(told(decided)['cannot-suspend']).toMatch(/^m1: it has 4096 MB/);
  });

  it('is not tried again on a machine that refused, until it is updated', () => {
    const memory = { ...EMPTY_MEMORY, suspendRefused: { m1: 'v1' } };
    const goalOf = (version: string) =>
      planOf(choiceInput([aMachine({ version }), aMachine({ id: 'm2' })], policy, null, { memory }))
        .removals[0]?.kind;
    expect([goalOf('v1'), goalOf('v2')]).toEqual(['stop', 'suspend']);
    const list = [aLeaving('m1', 'suspend', 0), aMachine({ id: 'm2' })];
    expect(work(planOf(choiceInput(list, policy, null, { memory })).removals)[0]?.[2]).toEqual([
      'stop',
    ]);
  });

  it('ends with the mark off, and such a machine is the first to be started again', () => {
    const list = [aLeaving('m1', 'suspend', 0, { state: 'suspended' }), aMachine({ id: 'm2' })];
    expect(work(planOf(choiceInput(list, policy)).removals)).toEqual([
      ['m1', 'finish', ['uncordon', 'unmark']],
    ]);
  });
});
