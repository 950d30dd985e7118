/** How many machines stand in each region, and which region comes next. */
import { describe, expect, it } from 'vitest';
import { aMachine, machines } from '../../testing/builders.js';
import {
  aLeaving,
  choiceInput,
  NOW,
  planOf,
  run,
  taken,
  told,
  want,
  work,
} from '../../testing/choices.js';
import type { Plan } from '../model/decision.js';
import type { Machine } from '../model/machine.js';
import type { Policy } from '../model/policy.js';
import type { RemovalRules } from '../model/removal-rules.js';
import { EMPTY_MEMORY } from '../model/app-memory.js';

const BUSY: RemovalRules = { busyMetric: 'busy', drainTimeoutMs: 0, scaleIn: 'stop' };

describe('limits of regions', () => {
  const regions = ['iad', 'ord', 'lhr'];
  const regionLimits = {
    iad: { min: 2, max: null },
    ord: { min: 0, max: 2 },
    lhr: { min: 1, max: 4 },
  };
  const limited = (count: number) => ({ ...want(count), regions, regionLimits });
  const created = (decided: Plan) => decided.creates.map((create) => create.region);

  it('send new machines where most is lacking, then where the fewest are, up to the most', () => {
    const list = [aMachine({ id: 'm1', region: 'ord' })];
    expect(created(planOf(choiceInput(list, limited(8))))).toEqual([
      'iad',
      'lhr',
      'iad',
      'ord',
      'lhr',
      'iad',
      'lhr',
    ]);
  });

  it('leave growth undone rather than pass every most, and say so', () => {
    const list = [aMachine({ id: 'm1', region: 'ord' })];
    const policy = { ...want(5), regions: ['ord'], regionLimits: { ord: { min: 0, max: 2 } } };
    const decided = planOf(choiceInput(list, policy));
    expect(created(decided)).toEqual(['ord']);
    expect(told(decided)['region-maximum']).toBe('ord');
  });

  it('count a machine whose region cannot be read in each: it may be there', () => {
    const odd = aMachine({ id: 'x', region: '', hostStatus: 'unknown', unread: 'region' });
    const list = [aMachine({ id: 'm1', region: 'ord' }), odd];
    const policy = { ...want(5), regions: ['ord'], regionLimits: { ord: { min: 0, max: 2 } } };
    expect(created(planOf(choiceInput(list, policy)))).toEqual([]);
  });

  it('keep the least of each region on removal, whoever would come first', () => {
    const list = [
      ...machines(2, { region: 'iad' }, 'a'),
      ...machines(2, { region: 'lhr' }, 'b'),
      aMachine({ id: 'c1', region: 'syd' }),
    ];
    const policy = { ...limited(3), removal: BUSY };
    const decided = planOf(choiceInput(list, policy, { a1: 0, a2: 0, b1: 5, b2: 5, c1: 9 }));
    expect(taken(decided)).toEqual(['b1', 'c1']);
    expect(told(decided)['region-minimum']).toMatch(/^a1 stays: iad/);
  });

  it('do not count failed machines, and do not keep them', () => {
    const list = [
      ...machines(2, { region: 'iad' }, 'a'),
      aMachine({ id: 'f', region: 'iad', state: 'failed' }),
    ];
    expect(taken(planOf(choiceInput(list, limited(2))))).toEqual(['f']);
  });

  it('take from a region beyond its most first', () => {
    const list = [
      ...machines(4, { region: 'iad' }, 'a'),
      ...machines(3, { region: 'ord' }, 'b'),
      aMachine({ id: 'c', region: 'lhr' }),
    ];
    expect(taken(planOf(choiceInput(list, limited(6))))).toEqual(['b1', 'a1']);
  });

  it('take a removal back whose region has lost others meanwhile', () => {
    const list = [
      aLeaving('a1', 'destroy', 0, { region: 'iad' }),
      aMachine({ id: 'a2', region: 'iad' }),
      ...machines(3, { region: 'lhr' }, 'b'),
    ];
    const decided = planOf(choiceInput(list, limited(4)));
    expect(work(decided.undos)).toEqual([['a1', 'undo', ['uncordon', 'unmark']]]);
  });

  it('are of running machines where only those are counted', () => {
    const list = [
      ...machines(2, { region: 'iad' }, 'a'),
      ...machines(2, { region: 'iad', state: 'stopped' }, 'b'),
      ...machines(2, { region: 'ord' }, 'c'),
      ...machines(2, { region: 'ord', state: 'stopped' }, 'd'),
      ...machines(2, { region: 'lhr', state: 'stopped' }, 'e'),
    ];
    const policy = { regions, regionLimits };
    expect(
      planOf(choiceInput(list, { ...run(7), ...policy })).starts.map((s) => s.machineId),
    ).toEqual(['e1', 'e2', 'b1']);
    expect(taken(planOf(choiceInput(list, { ...run(2), ...policy })))).toEqual(['c1', 'c2']);
  });

  it('do not wait for a machine that would not start, wherever it stands', () => {
    const list = [
      aMachine({ id: 'a', region: 'iad' }),
      aMachine({ id: 'b', region: 'iad', state: 'stopped' }),
      aMachine({ id: 'c', region: 'ord', state: 'stopped' }),
    ];
    const memory = { ...EMPTY_MEMORY, returnFailedAtMs: { b: NOW.elapsedMs - 1000 } };
    const decided = planOf(
      choiceInput(list, { ...run(2), regions, regionLimits }, null, { memory }),
    );
    expect(decided.starts.map((s) => s.machineId)).toEqual(['c']);
  });

  it('send a new machine where failed and lost ones have left a lack', () => {
    const policy = {
      ...want(6),
      regions: ['iad', 'ord'],
      regionLimits: { iad: { min: 2, max: 5 } },
    };
    const rest = aMachine({ id: 'b', region: 'ord' });
    const away = { region: 'iad', hostStatus: 'unreachable' } as const;
    for (const useless of [{ region: 'iad', state: 'failed' }, away]) {
      const list = [...machines(3, useless, 'a'), rest];
      expect(created(planOf(choiceInput(list, policy)))).toEqual(['iad', 'iad']);
    }
  });

  it('count failed machines against the most of a region', () => {
    const list = [
      ...machines(2, { region: 'iad', state: 'failed' }, 'a'),
      aMachine({ id: 'b', region: 'ord' }),
    ];
    const policy = {
      ...want(5),
      regions: ['iad', 'ord'],
      regionLimits: { iad: { min: 2, max: 2 } },
    };
    expect(created(planOf(choiceInput(list, policy)))).toEqual(['ord', 'ord']);
  });
});

describe('stopping one pass after another', () => {
  const both = [...machines(3, { region: 'iad' }, 'a'), ...machines(3, { region: 'ord' }, 'b')];
  const most = { regions: ['iad', 'ord'], regionLimits: { iad: { min: 0, max: 2 } } };
  const resting = [
    ...machines(1, { region: 'iad' }, 'a'),
    ...machines(4, { region: 'iad', state: 'stopped' }, 's'),
    ...machines(3, { region: 'ord' }, 'b'),
  ];

  it.each<[string, readonly Machine[], (count: number) => Partial<Policy>, string[]]>([
    ['takes from each region in turn', both, run, ['a1', 'b1', 'a2']],
    [
      'does so whoever else exists',
      both,
      (count) => ({ ...run(count), ...want(6) }),
      ['a1', 'b1', 'a2'],
    ],
    [
      'does so with spares',
      both,
      (count) => ({ ...run(count), spare: 6 - count }),
      ['a1', 'b1', 'a2'],
    ],
    [
      'finds no region beyond its most for machines that rest',
      resting,
      (count) => ({ ...run(count - 2), ...most }),
      ['b1', 'b2', 'a1'],
    ],
  ])('%s', (_name, list, policyFor, order) => {
    const stopped = new Set<string>();
    for (const count of [5, 4, 3]) {
      const now = list.map((m) => (stopped.has(m.id) ? { ...m, state: 'stopped' } : m));
      for (const id of taken(planOf(choiceInput(now, policyFor(count))))) stopped.add(id);
    }
    expect([...stopped]).toEqual(order);
  });

  it('counts what is destroyed in the same pass as gone', () => {
    expect(taken(planOf(choiceInput(both, { ...want(5), ...run(4) })))).toEqual(['a1', 'b1']);
  });

  it('leaves failed machines out where it destroys, too', () => {
    const list = [
      ...machines(2, { region: 'iad', state: 'failed', isCordoned: true }, 'f'),
      aMachine({ id: 'a', region: 'iad' }),
      ...machines(2, { region: 'ord' }, 'b'),
    ];
    expect(taken(planOf(choiceInput(list, want(4))))).toEqual(['b1']);
  });
});
