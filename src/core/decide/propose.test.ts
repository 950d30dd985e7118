import { describe, expect, it } from 'vitest';
import {
  aMachine,
  anInput,
  aPolicy,
  aRange,
  aRelease,
  machines,
  samples,
  T0,
} from '../../testing/builders.js';
import type { DecisionInput, Proposal } from '../model/decision.js';
import type { Machine } from '../model/machine.js';
import { observe } from '../memory/memory.js';
import { propose } from './propose.js';
import type { Policy } from '../model/policy.js';
import { stuckAfterMs } from '../machines/states.js';
import type { Sample } from '../model/sample.js';
import { EMPTY_MEMORY } from '../model/app-memory.js';

function codes(proposal: Proposal): string[] {
  return proposal.reasons.map((r) => r.code);
}

function created(proposal: Proposal): string {
  return `${proposal.created?.current} -> ${proposal.created?.wanted}`;
}

function started(proposal: Proposal): string {
  return `${proposal.started?.current} -> ${proposal.started?.wanted}`;
}

/** `queue / 10` machines wanted. */
function byQueue(
  queue: Sample | number,
  list: readonly Machine[],
  policy: Partial<Policy> = {},
): DecisionInput {
  return anInput({
    policy: aPolicy({ created: aRange('queue / 10'), ...policy }),
    samples: samples({ queue }),
    look: { machines: list },
  });
}

const at = T0;

describe('the created count', () => {
  it.each<[string, Sample | number, number, string, string]>([
    ['grows to the target', 50, 3, '3 -> 5', 'scale-up'],
    ['shrinks to the target', 30, 5, '5 -> 3', 'scale-down'],
    ['stays at the target', 50, 5, '5 -> 5', 'at-target'],
    ['never goes below one', 0, 2, '2 -> 1', 'scale-down'],
    ['leaves the only one alone', 0, 1, '1 -> 1', 'at-target'],
    ['rounds half away from zero', 45, 4, '4 -> 5', 'scale-up'],
    ['grows by ten at most in a pass when small', 1000, 3, '3 -> 13', 'capped'],
    ['doubles at most in a pass when large', 1000, 20, '20 -> 40', 'capped'],
    ['loses half at most in a pass, rounded up', 0, 9, '9 -> 4', 'capped'],
    ['is held without a value', { kind: 'empty', atMs: at }, 3, '3 -> 3', 'expression-failed'],
    [
      'is held on an error',
      { kind: 'error', code: 'source-timeout', message: 'late', atMs: at },
      3,
      '3 -> 3',
      'metric-error',
    ],
    [
      'is held when the source is suspect',
      { kind: 'error', code: 'source-suspect', message: '9 of 20 apps', atMs: at },
      3,
      '3 -> 3',
      'source-suspect',
    ],
    [
      'is held on a stale value',
      { kind: 'stale', value: 0, ageMs: 600_000, atMs: at },
      3,
      '3 -> 3',
      'metric-stale',
    ],
    [
      'is held on NaN',
      { kind: 'not-a-number', value: Number.NaN, atMs: at },
      3,
      '3 -> 3',
      'expression-failed',
    ],
    [
      'is held on infinity',
      { kind: 'not-a-number', value: Infinity, atMs: at },
      3,
      '3 -> 3',
      'expression-failed',
    ],
  ])('%s', (_name, queue, count, change, code) => {
    const proposal = propose(byQueue(queue, machines(count)));
    expect(created(proposal)).toBe(change);
    expect(codes(proposal)).toContain(code);
  });

  it('grows, but does not shrink, on an expression that does without a missing metric', () => {
    const empty: Sample = { kind: 'empty', atMs: at };
    const wants = (n: number): Partial<Policy> => ({ created: aRange(`queue ?? ${n}`) });
    expect(created(propose(byQueue(empty, machines(3), wants(5))))).toBe('3 -> 5');
    const suspect: Sample = { kind: 'error', code: 'source-suspect', message: 'x', atMs: at };
    expect(created(propose(byQueue(suspect, machines(3), wants(5))))).toBe('3 -> 5');
    expect(created(propose(byQueue(suspect, machines(3), wants(1))))).toBe('3 -> 3');
    expect(created(propose(byQueue(empty, machines(3), wants(1))))).toBe('3 -> 3');
  });

  it('does not shrink on a comparison with NaN', () => {
    const nan: Sample = { kind: 'not-a-number', value: Number.NaN, atMs: at };
    const policy = { created: aRange('queue > 10 ? 5 : 1') };
    expect(created(propose(byQueue(nan, machines(3), policy)))).toBe('3 -> 3');
  });

  it('shrinks although a metric that the expression did not read is missing', () => {
    const input = anInput({
      policy: aPolicy({
        created: aRange('queue > 5 ? queue / 10 : other', undefined, ['queue', 'other']),
      }),
      samples: samples({ queue: 20, other: { kind: 'empty', atMs: at } }),
      look: { machines: machines(3) },
    });
    expect(created(propose(input))).toBe('3 -> 2');
  });

  it('is held when the minimum is above the maximum', () => {
    const proposal = propose(byQueue(7, machines(3), { created: aRange('queue', '2') }));
    expect(created(proposal)).toBe('3 -> 3');
    expect(codes(proposal)).toContain('min-above-max');
  });

  it('stays anywhere between minimum and maximum', () => {
    const policy = { created: aRange('2', 'queue') };
    expect(created(propose(byQueue(7, machines(4), policy)))).toBe('4 -> 4');
    expect(created(propose(byQueue(7, machines(1), policy)))).toBe('1 -> 2');
    expect(created(propose(byQueue(7, machines(9), policy)))).toBe('9 -> 7');
  });

  it('respects the ceiling of the app, whatever group or health its machines have', () => {
    const caps = { maxMachinesPerApp: 5, maxCreatePerPass: null, maxRemovePerPass: null };
    const other = aMachine({ id: 'x', metadata: { fly_process_group: 'web' } });
    const proposal = propose(byQueue(100, [...machines(3), other], { caps }));
    expect(created(proposal)).toBe('3 -> 4');
    expect(codes(proposal)).toContain('capped');
  });

  it('honours explicit per-pass caps', () => {
    const caps = { maxMachinesPerApp: 1000, maxCreatePerPass: 1, maxRemovePerPass: 1 };
    expect(created(propose(byQueue(100, machines(3), { caps })))).toBe('3 -> 4');
    expect(created(propose(byQueue(10, machines(3), { caps })))).toBe('3 -> 2');
  });
});

describe('what counts', () => {
  describe('machines that the list lacks and that nobody has seen go', () => {
    const lacking = (queue: number, listed: number, absent: readonly Machine[]): Proposal => {
      const input = byQueue(queue, machines(listed));
      return propose({ ...input, look: { ...input.look, absent } });
    };
    const two = machines(2, { region: 'gru' }, 'x');

    it('count as present for growth and never justify a removal', () => {
      expect(created(lacking(60, 4, two))).toBe('4 -> 4');
      expect(created(lacking(70, 4, two))).toBe('6 -> 7');
      expect(created(lacking(40, 4, two))).toBe('4 -> 4');
      expect(created(lacking(30, 4, two))).toBe('4 -> 3');
    });

    it('are waited for only where more would be made without them, and then the reason names them', () => {
      const held = lacking(60, 4, two);
      expect(held.awaitsAbsent).toBe(true);
      expect(held.isWorthALook).toBe(false);
      expect(held.reasons).toEqual([{ code: 'list-incomplete', detail: 'not listed: x1, x2' }]);
      expect(lacking(40, 4, two).awaitsAbsent).toBeUndefined();
      expect(codes(lacking(40, 4, two))).toEqual(['at-target']);
    });

    it('count as present however long they are absent', () => {
      const input = byQueue(60, machines(4));
      const look = {
        ...input.look,
        absent: machines(2, { hostStatus: 'unknown', config: null }, 'x'),
      };
      const memory = observe(EMPTY_MEMORY, [...look.machines, ...look.absent], {
        wallMs: T0,
        elapsedMs: 0,
      });
      const now = { wallMs: T0, elapsedMs: 10 * 3_600_000 };
      expect(created(propose({ ...input, look, memory, now }))).toBe('4 -> 4');
    });

    it('leave room in the ceiling of the app for themselves', () => {
      const caps = { ...aPolicy().caps, maxMachinesPerApp: 7 };
      const input = byQueue(90, machines(4), { caps });
      const held = propose({ ...input, look: { ...input.look, absent: two } });
      expect(created(held)).toBe('6 -> 7');
    });

    it('that run are not replaced by starts', () => {
      const policy = { created: null, started: aRange('queue / 10') };
      const stopped = machines(2, { state: 'stopped' }, 's');
      const input = byQueue(40, [...machines(2), ...stopped], policy);
      const held = propose({ ...input, look: { ...input.look, absent: two } });
      expect(held.started?.wanted).toBe(held.started?.current);
      expect(held.awaitsAbsent).toBe(true);
    });
  });

  it.each([
    ['starting', 1, 1],
    ['stopping', 1, 0],
    ['suspended', 1, 0],
    ['suspending', 1, 0],
    ['failed', 1, 0],
    ['destroying', 0, 0],
    ['destroyed', 0, 0],
    ['replaced', 0, 0],
    ['launch_failed', 0, 0],
    ['something_new', 1, 0],
  ])('a %s machine counts as %i created and %i started', (state, createdCount, startedCount) => {
    const { counts } = propose(byQueue(10, [aMachine({ state })]));
    expect([counts.created, counts.started]).toEqual([createdCount, startedCount]);
  });

  it.each<[string, Partial<Machine>]>([
    ['a release command', { metadata: { fly_process_group: 'fly_app_release_command' } }],
    ['a test machine', { metadata: { fly_process_group: 'fly_app_test_machine_command' } }],
    ['a console', { metadata: { fly_process_group: 'fly_app_console' } }],
    ['an old release command', { metadata: { process_group: 'release_command' } }],
    ['a managed Postgres', { metadata: { 'fly-managed-postgres': 'true' } }],
    ['a scheduled machine', { config: { schedule: 'daily' } }],
  ])('leaves out %s', (_name, overrides) => {
    const list = [aMachine({ id: 'x', ...overrides }), aMachine({ id: 'y' })];
    const group = { kind: 'all' } as const;
    expect(propose(byQueue(10, list, { group })).counts).toMatchObject({ created: 1, existing: 2 });
  });

  it('leaves out standbys, reserved groups, and machines that flyctl is about to destroy', () => {
    const list = [
      aMachine({ id: 'a', config: { standbys: ['b'] } }),
      aMachine({ id: 'b', metadata: { fly_process_group: 'fly_app_release_command' } }),
      aMachine({ id: 'c', metadata: { fly_bluegreen_deployment_tag: 'safe_to_destroy' } }),
      aMachine({ id: 'd' }),
    ];
    const group = { kind: 'all' } as const;
    expect(propose(byQueue(10, list, { group })).counts).toMatchObject({ created: 1, existing: 4 });
  });

  it('counts a started machine marked for removal in neither count, by its own mark only', () => {
    const mark = (machine: string): Record<string, string> => ({
      'fas-remove': JSON.stringify({ machine, goal: 'destroy', reason: '', deadline: '' }),
    });
    const own = aMachine({ id: 'a', metadata: mark('a') });
    const cloned = aMachine({ id: 'b', metadata: mark('a') });
    const { counts } = propose(byQueue(10, [own, cloned]));
    expect(counts).toMatchObject({ created: 1, started: 1, leaving: 1 });
  });
});

describe('process groups', () => {
  const list = [
    aMachine({ id: 'a', metadata: { fly_process_group: 'web' } }),
    aMachine({ id: 'b', metadata: { fly_process_group: 'worker' } }),
    aMachine({ id: 'c', metadata: { fly_process_group: 'worker' } }),
  ];
  it('counts the named group, or all of them as one pool', () => {
    const count = (group: Policy['group']): number =>
      propose(byQueue(10, list, { group })).counts.created;
    expect(count({ kind: 'named', name: 'worker' })).toBe(2);
    expect(count({ kind: 'all' })).toBe(3);
  });

  it('names the groups found when no machine is in the group', () => {
    const proposal = propose(byQueue(50, list));
    expect(created(proposal)).toBe('0 -> 0');
    expect(proposal.reasons).toContainEqual({
      code: 'no-such-group',
      detail: 'no machine in group "app"; groups found: web, worker',
    });
  });

  it('takes machines without a group as "app" only when it is unset and no machine says one', () => {
    const bare = aMachine({ id: 'a', metadata: {} });
    const ungrouped = { ...bare, metadata: {} };
    const named = { kind: 'named', name: 'app' } as const;
    expect(propose(byQueue(10, [ungrouped])).counts.created).toBe(1);
    expect(propose(byQueue(10, [ungrouped, ...list])).counts.created).toBe(0);
    expect(propose(byQueue(10, [ungrouped], { group: named })).counts.created).toBe(0);
  });
});

describe('machines that cannot be seen well', () => {
  const lost = aMachine({ id: 'x', hostStatus: 'unreachable', config: null });

  it('count as present for growth and never justify a removal', () => {
    const list = [...machines(4), lost];
    expect(created(propose(byQueue(50, list)))).toBe('4 -> 4');
    expect(created(propose(byQueue(40, list)))).toBe('4 -> 4');
    expect(created(propose(byQueue(30, list)))).toBe('4 -> 3');
    expect(created(propose(byQueue(60, list)))).toBe('5 -> 6');
  });

  it('may be of any group when they cannot say which', () => {
    const mute = { ...lost, metadata: {} };
    const group = { kind: 'named', name: 'app' } as const;
    expect(created(propose(byQueue(50, [...machines(4), mute], { group })))).toBe('4 -> 4');
  });

  it('count towards what may be created in a pass', () => {
    const list = [...machines(10), ...machines(10, { hostStatus: 'unknown', config: null }, 'x')];
    expect(created(propose(byQueue(1000, list)))).toBe('20 -> 40');
  });

  it('are replaced after the time they were out of sight for, one a minute in a small app', () => {
    const list = [...machines(3), lost, { ...lost, id: 'y' }];
    const memory = observe(EMPTY_MEMORY, list, { wallMs: T0, elapsedMs: 700_000 });
    const input = { ...byQueue(50, list), memory };
    const later = propose({ ...input, now: { wallMs: T0, elapsedMs: 1_000_000 } });
    expect(created(later)).toBe('3 -> 4');
    expect(codes(later)).toContain('replacing-unreachable');
    const replaced = { ...memory, replacedAtMs: [999_000] };
    expect(created(propose({ ...input, memory: replaced }))).toBe('3 -> 3');
    expect(created(propose({ ...input, now: { wallMs: T0, elapsedMs: 999_999 } }))).toBe('3 -> 3');
  });

  it.each([
    ['starting', 300_000],
    ['updating', 600_000],
    ['stopping', 65_000],
    ['suspending', 300_000],
  ])('are those stuck while %s for %i ms', (state, limitMs) => {
    const list = [...machines(2), aMachine({ id: 'x', state })];
    const since = { wallMs: T0, elapsedMs: 0 };
    const first = observe(EMPTY_MEMORY, list, since);
    const unseen = (elapsedMs: number): number => {
      const now = { wallMs: T0, elapsedMs };
      return propose({ ...byQueue(30, list), memory: observe(first, list, now), now }).counts
        .unseen;
    };
    expect([unseen(limitMs - 1), unseen(limitMs)]).toEqual([0, 1]);
  });
});

it.each([
  ['30s', 90_000],
  [30_000_000_000, 90_000],
  ['soon', 360_000],
])('a stop that may take %s is stuck after %i ms', (timeout, limitMs) => {
  expect(stuckAfterMs(aMachine({ state: 'stopping', config: { stop_config: { timeout } } }))).toBe(
    limitMs,
  );
});

describe('a release', () => {
  const running = (ageMs: number): Partial<DecisionInput['look']> => ({
    release: aRelease({ id: 'rel2', version: 2, status: 'running', createdAtMs: T0 - ageMs }),
  });
  const input = (queue: number, ageMs: number): DecisionInput => {
    const base = byQueue(queue, machines(3));
    return { ...base, look: { ...base.look, ...running(ageMs) } };
  };

  it('that runs holds everything', () => {
    for (const queue of [10, 90]) {
      const proposal = propose(input(queue, 60_000));
      expect(created(proposal)).toBe('3 -> 3');
      expect(proposal).toMatchObject({ isHeld: true, isWorthALook: false });
      expect(codes(proposal)).toContain('release-running');
    }
  });

  it('that runs past its maximum age allows growth only', () => {
    expect(created(propose(input(90, 3_600_000)))).toBe('3 -> 9');
    expect(created(propose(input(10, 3_600_000)))).toBe('3 -> 3');
    expect(codes(propose(input(10, 3_600_000)))).toContain('release-overdue');
  });

  it('does not look overdue because the wall clock was set forward', () => {
    const jumped = { ...EMPTY_MEMORY, clockJumpedAtMs: 1_000_000 };
    const base = input(90, 7_200_000);
    expect(created(propose({ ...base, memory: jumped }))).toBe('3 -> 3');
    const now = { ...base.now, elapsedMs: 1_000_000 + 3_600_000 };
    expect(created(propose({ ...base, memory: jumped, now }))).toBe('3 -> 9');
  });

  it('that is missing or failed holds nothing', () => {
    const base = byQueue(90, machines(3));
    expect(created(propose({ ...base, look: { ...base.look, release: null } }))).toBe('3 -> 9');
    const failed = aRelease({ status: 'failed' });
    expect(created(propose({ ...base, look: { ...base.look, release: failed } }))).toBe('3 -> 9');
  });
});

describe('the started count', () => {
  const policy = (text: string): Partial<Policy> => ({ created: null, started: aRange(text) });
  const mixed = [...machines(2), ...machines(3, { state: 'stopped' }, 's')];

  it('starts and stops within what exists, down to zero', () => {
    expect(started(propose(byQueue(4, mixed, policy('queue'))))).toBe('2 -> 4');
    expect(started(propose(byQueue(1, mixed, policy('queue'))))).toBe('2 -> 1');
    expect(started(propose(byQueue(0, machines(1), policy('queue'))))).toBe('1 -> 0');
  });

  it('counts machines on their way up, and those that may be, against growth', () => {
    const list = [
      aMachine({ id: 'a', state: 'starting' }),
      aMachine({ id: 'b', state: 'created' }),
    ];
    expect(started(propose(byQueue(2, list, policy('queue'))))).toBe('1 -> 1');
    expect(started(propose(byQueue(3, list, policy('queue'))))).toBe('2 -> 3');
  });

  it('warns when the proxy stops and starts the same machines', () => {
    const config = { services: [{ autostop: true }] };
    const proposal = propose(byQueue(1, [aMachine({ config })], policy('queue')));
    expect(codes(proposal)).toContain('proxy-autostop');
  });
});

it('gives the machine counts to expressions, unless a metric has that name', () => {
  const policy = { created: aRange('created_machine_count + 1') };
  expect(created(propose(byQueue(0, machines(3), policy)))).toBe('3 -> 4');
  const named = anInput({
    policy: aPolicy({
      created: aRange('started_machine_count', undefined, ['started_machine_count']),
    }),
    samples: samples({ started_machine_count: 9 }),
    look: { machines: machines(3) },
  });
  expect(created(propose(named))).toBe('3 -> 9');
});

it('names machines that stopped by a crash', () => {
  const lastExit = { atMs: T0, exitCode: 1, isOomKilled: false, wasRequested: false };
  const crashed = aMachine({ id: 'x', state: 'stopped', lastExit });
  const proposal = propose(byQueue(20, [aMachine(), crashed]));
  expect(proposal.reasons).toContainEqual({ code: 'crashed', detail: 'x' });
});

describe('whether an app is worth a second look', () => {
  it('is so when the plan would do something', () => {
    expect(propose(byQueue(50, machines(3))).isWorthALook).toBe(true);
    expect(propose(byQueue(30, machines(3))).isWorthALook).toBe(false);
  });

  it('is not so when everything that is wanted is held back, and the reasons say by what', () => {
    const memory = {
      ...EMPTY_MEMORY,
      createBackoff: { app: { failedAtMs: 1_000_000, untilMs: 1_060_000, waitMs: 60_000 } },
    };
    const proposal = propose({ ...byQueue(50, machines(3)), memory });
    expect(proposal.isWorthALook).toBe(false);
    expect(proposal.reasons).toContainEqual({ code: 'create-failing', detail: 'next try in 1m' });
  });
});

describe('a machine that cannot be read', () => {
  const odd = aMachine({ id: 'x', hostStatus: 'unknown', config: null, unread: 'region' });
  const look = (wanted: number, elapsedMs: number): Proposal =>
    propose(
      anInput({
        policy: aPolicy({ created: aRange(String(wanted)) }),
        look: { machines: [...machines(3), odd] },
        memory: { ...EMPTY_MEMORY, unseenSinceMs: { x: 0 } },
        now: { wallMs: T0, elapsedMs },
      }),
    );

  it('counts as present for growth, however long', () => {
    expect(look(4, 86_400_000).created).toMatchObject({ current: 3, wanted: 3 });
    expect(look(6, 86_400_000).created).toMatchObject({ current: 4, wanted: 6 });
  });

  it('justifies no removal', () => {
    expect(look(3, 1000).created).toMatchObject({ current: 3, wanted: 3 });
  });

  it('is named, with what of it cannot be read', () => {
    expect(look(4, 1000).reasons).toContainEqual({ code: 'unreadable', detail: 'x (region)' });
  });

  it('is replaced like another when its host is lost', () => {
    const lost = { ...odd, hostStatus: 'unreachable' as const };
    const input = anInput({
      policy: aPolicy({ created: aRange('4') }),
      look: { machines: [...machines(3), lost] },
      memory: { ...EMPTY_MEMORY, unseenSinceMs: { x: 0 } },
    });
    expect(propose(input).created).toMatchObject({ current: 3, wanted: 4 });
  });
});

it('shrinks on no stale sample, also where a number stands in for it in the expression', () => {
  const stale = { kind: 'stale', value: 90, atMs: T0 - 120_000, ageMs: 120_000 } as const;
  const policy = { created: aRange('(queue ?? 10) / 10') };
  expect(created(propose(byQueue(stale, machines(3), policy)))).toBe('3 -> 3');
  expect(created(propose(byQueue(10, machines(3), policy)))).toBe('3 -> 1');
});
