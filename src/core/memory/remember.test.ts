import { describe, expect, it } from 'vitest';
import {
  aBehavior,
  aCase,
  aCountHistory,
  aHistory,
  MINUTE_MS,
  NOW_MS,
  type Case,
} from '../../testing/behavior.js';
import { aMachine, aRange, aRelease, machines, samples, T0 } from '../../testing/builders.js';
import { anOutcome } from '../../testing/reports.js';
import type { Action, ActionOutcome, DecisionInput } from '../model/decision.js';
import { extremeWithin, movedWithin } from './history.js';
import { nextChangeAtMs } from '../decide/next-change.js';
import { plan } from '../plan/plan.js';
import { propose } from '../decide/propose.js';
import { afterProposal, withOutcomes, withReserved } from './remember.js';
import { type AppMemory, type CountChange, EMPTY_MEMORY } from '../model/app-memory.js';

const WINDOW_MS = 5 * MINUTE_MS;
const steady = {
  behavior: aBehavior({ stabilizationWindowMs: WINDOW_MS }, { stabilizationWindowMs: WINDOW_MS }),
};
const limited = {
  behavior: aBehavior({
    cooldownMs: 1,
    limits: [{ kind: 'machines', amount: 1, periodMs: MINUTE_MS }],
  }),
};

const at = (elapsedMs: number) => ({ elapsedMs, wallMs: T0 + elapsedMs - NOW_MS });

/** Decisions one after another, each on what the one before left. */
function course(
  policy: Case['policy'],
  steps: readonly (readonly [atMs: number, queue: number])[],
): AppMemory {
  return steps.reduce((memory, [atMs, queue]) => {
    const given = aCase({ current: 5, wanted: queue, policy, input: { now: at(atMs) } });
    const input: DecisionInput = { ...given, memory };
    return afterProposal(memory, input, propose(input));
  }, EMPTY_MEMORY);
}

describe('recommendations', () => {
  it('begin with the count that is there', () => {
    const { created, beganAtMs } = course(steady, [[NOW_MS, 9]]).histories['default']!;
    expect(beganAtMs).toBe(NOW_MS);
    expect(created.recommended).toEqual({ count: 9, sinceMs: NOW_MS });
    expect(created.lower).toEqual([{ count: 5, untilMs: NOW_MS }]);
  });

  it('are kept as far as none after them outdoes them', () => {
    const counts = [9, 7, 8, 3, 4, 2];
    const steps = counts.map((count, index) => [NOW_MS + index * 1000, count] as const);
    const { created } = course(steady, steps).histories['default']!;
    expect(created.higher.map(({ count }) => count)).toEqual([9, 8, 4]);
    expect(created.lower).toEqual([]);
    expect(created.recommended?.count).toBe(2);
  });

  it('give the true highest and lowest of the window, whatever comes', () => {
    let state = 42;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return Math.floor((state / 4_294_967_296) * below);
    };
    const steps = Array.from(
      { length: 200 },
      (_, i) => [NOW_MS + i * 7000 + random(7000), 1 + random(9)] as const,
    );
    let memory = EMPTY_MEMORY;
    /** As they held, with the first at the beginning. */
    const held: { count: number; untilMs: number }[] = [];
    for (const [index, [atMs, queue]] of steps.entries()) {
      const input: DecisionInput = {
        ...aCase({ current: 5, wanted: queue, policy: steady, input: { now: at(atMs) } }),
        memory,
      };
      held.push({ count: index === 0 ? 5 : steps[index - 1]![1], untilMs: atMs });
      const { created } = memory.histories['default'] ?? {
        created: aCountHistory({ recommended: { count: 5, sinceMs: atMs } }),
      };
      const within = held
        .filter(({ untilMs }) => untilMs > atMs - WINDOW_MS)
        .map(({ count }) => count);
      expect(extremeWithin(created, 'highest', WINDOW_MS, input.now)?.count).toBe(
        Math.max(...within),
      );
      expect(extremeWithin(created, 'lowest', WINDOW_MS, input.now)?.count).toBe(
        Math.min(...within),
      );
      memory = afterProposal(memory, input, propose(input));
    }
  });

  it('are forgotten when they leave the window, also where nothing is new', () => {
    const higherAt = (laterMs: number): number[] => {
      const steps = [5, 3, 3].map(
        (count, index) => [NOW_MS + [0, 1, laterMs][index]!, count] as const,
      );
      return course(steady, steps).histories['default']!.created.higher.map(({ count }) => count);
    };
    expect([higherAt(WINDOW_MS), higherAt(WINDOW_MS + 1)]).toEqual([[5], []]);
  });

  it('are none on a missing metric, but for growth', () => {
    const before = course(steady, [[NOW_MS, 5]]);
    const missing = { queue: { kind: 'empty', atMs: T0 } } as const;
    const decide = (expression: string): AppMemory => {
      const policy = { ...steady, created: aRange(expression) };
      const given = aCase({
        current: 5,
        wanted: 0,
        policy,
        input: { samples: samples(missing), now: at(NOW_MS + 1) },
      });
      const input = { ...given, memory: before };
      return afterProposal(before, input, propose(input));
    };
    expect(decide('queue ?? 2')).toBe(before);
    expect(decide('queue ?? 8').histories['default']?.created.recommended?.count).toBe(8);
  });

  it('are what is wanted where removals that are taken back make up for it', () => {
    const mark = JSON.stringify({
      machine: 'm9',
      goal: 'destroy',
      reason: 'r',
      deadline: new Date(T0).toISOString(),
    });
    const leaving = aMachine({ id: 'm9', metadata: { 'fas-remove': mark } });
    const look = {
      machines: [...machines(4), leaving, aMachine({ id: 'u1', hostStatus: 'unreachable' })],
    };
    const input = aCase({ current: 0, wanted: 6, policy: steady, input: { look } });
    const { created } = afterProposal(EMPTY_MEMORY, input, propose(input)).histories['default']!;
    expect(created.recommended?.count).toBe(6);
  });

  it('are taken in while a deploy holds them back', () => {
    const release = aRelease({ status: 'running', createdAtMs: T0 });
    const input = aCase({ current: 5, wanted: 3, policy: steady, input: { look: { release } } });
    const { created } = afterProposal(EMPTY_MEMORY, input, propose(input)).histories['default']!;
    expect(created.recommended?.count).toBe(3);
  });

  it('leave a policy without rules as it was', () => {
    const input = aCase({ current: 5, wanted: 3 });
    expect(afterProposal(EMPTY_MEMORY, input, propose(input))).toBe(EMPTY_MEMORY);
  });

  it('change nothing when they are the same again', () => {
    const before = course(steady, [[NOW_MS, 5]]);
    const input = {
      ...aCase({ current: 5, wanted: 5, policy: steady, input: { now: at(NOW_MS + 1000) } }),
      memory: before,
    };
    expect(afterProposal(before, input, propose(input))).toBe(before);
  });
});

describe('what was done', () => {
  const mark = (machine: string, goal: string) =>
    JSON.stringify({ machine, goal, reason: 'r', deadline: new Date(T0).toISOString() });
  const look = {
    machines: [
      ...machines(3),
      aMachine({ id: 'idle', state: 'stopped' }),
      aMachine({ id: 'leaving', metadata: { 'fas-remove': mark('leaving', 'destroy') } }),
      aMachine({ id: 'stopping', metadata: { 'fas-remove': mark('stopping', 'stop') } }),
    ],
  };
  const input = aCase({ current: 0, wanted: 1, policy: limited, input: { look } });
  const outcome = (
    kind: Action['kind'],
    machineId: string,
    rest: Partial<ActionOutcome> = {},
  ): ActionOutcome => {
    const made = anOutcome(kind, { machineId, ...rest });
    return kind === 'create' ? made : { ...made, action: { ...made.action, machineId } as Action };
  };

  it.each<[string, ActionOutcome, number, number]>([
    ['a create', outcome('create', 'new'), 1, 1],
    ['a start', outcome('start', 'idle'), 0, 1],
    ['the end of an idle machine', outcome('destroy', 'idle'), -1, 0],
    [
      'the begin of a removal',
      outcome('destroy', 'm1', { result: 'partly', stepsDone: ['mark'] }),
      -1,
      -1,
    ],
    ['a stop', outcome('stop', 'm1'), 0, -1],
    ['a removal that goes on', outcome('destroy', 'leaving'), 0, 0],
    ['what was not sent', outcome('destroy', 'm1', { result: 'held', stepsDone: [] }), 0, 0],
    ['a dry run', outcome('destroy', 'm1', { result: 'dry', stepsDone: [] }), 0, 0],
    ['a create that was taken back', outcome('create', 'new', { result: 'undone' }), 0, 0],
    [
      'a create that was refused',
      outcome('create', 'new', { result: 'failed', errorCode: 'fly-quota' }),
      0,
      0,
    ],
  ])('counts %s', (_name, done, created, started) => {
    const after = withOutcomes(aHistory(), input, [done], at(NOW_MS + 5));
    const sum = (changes: readonly { change: number }[]) =>
      changes.reduce((total, { change }) => total + change, 0);
    expect([sum(after.created.changes), sum(after.started.changes)]).toEqual([created, started]);
    expect(after.lastActionAtMs).toBe(created === 0 && started === 0 ? null : NOW_MS + 5);
  });

  it.each<[string, ActionOutcome, number, number]>([
    [
      'a create without an answer',
      outcome('create', 'new', { result: 'failed', errorCode: 'fly-timeout' }),
      1,
      0,
    ],
    [
      'a mark without an answer',
      outcome('destroy', 'm1', {
        result: 'failed',
        stepsDone: [],
        failedStep: 'mark',
        errorCode: 'fly-timeout',
      }),
      0,
      1,
    ],
  ])('knows %s as one in doubt', (_name, done, perhapsAdded, perhapsRemoved) => {
    const after = withOutcomes(aHistory(), input, [done], at(NOW_MS));
    expect(movedWithin(after.created, MINUTE_MS, at(NOW_MS))).toEqual({
      added: 0,
      removed: 0,
      perhapsAdded,
      perhapsRemoved,
    });
  });

  const taken = (agoMs: number, ...machineIds: string[]): CountChange => ({
    atMs: NOW_MS - agoMs,
    change: -machineIds.length,
    machineIds,
  });

  it.each<[string, readonly CountChange[], readonly CountChange[]]>([
    [
      'the only one of its moment',
      [taken(9, 'gone'), taken(5, 'leaving'), taken(1, 'm1')],
      [taken(9, 'gone'), taken(1, 'm1')],
    ],
    [
      'one of several',
      [taken(9, 'gone', 'leaving', 'm1'), taken(1, 'm2')],
      [taken(9, 'gone', 'm1'), taken(1, 'm2')],
    ],
    [
      'one that was in doubt before',
      [{ ...taken(9, 'leaving'), isInDoubt: true }, taken(5, 'leaving')],
      [],
    ],
    ['one that no period reaches any more', [taken(1, 'm1')], [taken(1, 'm1')]],
  ])('counts a removal that is taken back no longer: %s', (_name, changes, left) => {
    const both = { created: aCountHistory({ changes }), started: aCountHistory({ changes }) };
    const undone = withOutcomes(aHistory(both), input, [outcome('undo', 'leaving')], at(NOW_MS));
    expect([undone.created.changes, undone.started.changes]).toEqual([left, left]);
  });

  it('counts what ran no longer as stopped where only a stop is taken back', () => {
    const changes = [taken(9, 'stopping')];
    const both = { created: aCountHistory({ changes }), started: aCountHistory({ changes }) };
    const undone = withOutcomes(aHistory(both), input, [outcome('undo', 'stopping')], at(NOW_MS));
    expect([undone.created.changes, undone.started.changes]).toEqual([changes, []]);
  });

  it('knows whom it took, be it at one moment or in doubt', () => {
    const unanswered = { result: 'failed', stepsDone: [], failedStep: 'mark' } as const;
    const done = [
      outcome('destroy', 'm1'),
      outcome('destroy', 'm2'),
      outcome('stop', 'm3', { ...unanswered, errorCode: 'fly-timeout' }),
    ];
    const { created, started } = withOutcomes(aHistory(), input, done, at(NOW_MS));
    expect(created.changes).toEqual([taken(0, 'm1', 'm2')]);
    expect(started.changes).toEqual([taken(0, 'm1', 'm2'), { ...taken(0, 'm3'), isInDoubt: true }]);
  });

  it('reserves what a plan may use, as late as it may use it', () => {
    const planned = plan(input, propose(input), () => 'id');
    expect(planned.removals).not.toEqual([]);
    const many = {
      ...aCase({
        current: 5,
        wanted: 2,
        policy: {
          behavior: aBehavior({ limits: [{ kind: 'machines', amount: 9, periodMs: MINUTE_MS }] }),
        },
        history: aHistory(),
      }),
    };
    const removing = plan(many, propose(many), () => 'id');
    const reserved = withReserved(aHistory(), many, removing, NOW_MS + 30_000);
    expect(reserved.created.changes).toEqual([taken(-30_000, 'm1', 'm2', 'm3')]);
  });

  it('forgets what no period reaches any more', () => {
    const changes = [{ atMs: NOW_MS - MINUTE_MS, change: -2 }];
    const before = aHistory({ created: aCountHistory({ changes }) });
    const after = withOutcomes(before, input, [outcome('create', 'new')], at(NOW_MS));
    expect(after.created.changes).toEqual([{ atMs: NOW_MS, change: 1 }]);
  });
});

describe('missing metrics', () => {
  const policy = {
    missing: {
      queue: {
        scaleUp: { kind: 'hold' },
        scaleDown: { kind: 'fallback', afterMs: MINUTE_MS, use: 'current', count: 0 },
      },
    },
  } as const;

  it('are known since when they have been missing, until a value comes', () => {
    const decide = (memory: AppMemory, atMs: number, queue: 'value' | 'empty'): AppMemory => {
      const sample = queue === 'value' ? 5 : ({ kind: 'empty', atMs: T0 } as const);
      const given = aCase({
        current: 5,
        wanted: 5,
        policy,
        input: { now: at(atMs), samples: samples({ queue: sample }) },
      });
      const input = { ...given, memory };
      return afterProposal(memory, input, propose(input));
    };
    const first = decide(EMPTY_MEMORY, NOW_MS, 'empty');
    const later = decide(first, NOW_MS + 1000, 'empty');
    expect(later).toBe(first);
    expect(later.histories['default']?.missingSinceMs).toEqual({ queue: NOW_MS });
    expect(decide(later, NOW_MS + 2000, 'value').histories['default']?.missingSinceMs).toEqual({});
  });
});

describe('the next change by time alone', () => {
  const next = (given: Case): number | null => {
    const input = aCase(given);
    return nextChangeAtMs(input, propose(input));
  };

  it('is never without rules', () => {
    expect(next({ current: 5, wanted: 3 })).toBeNull();
  });

  it('is when the window lets go', () => {
    const higher = [{ count: 9, untilMs: NOW_MS - MINUTE_MS }];
    const recommended = { count: 3, sinceMs: NOW_MS - MINUTE_MS };
    const history = aHistory({ created: aCountHistory({ higher, recommended }) });
    expect(next({ current: 9, wanted: 3, policy: steady, history })).toBe(NOW_MS + 4 * MINUTE_MS);
    expect(next({ current: 3, wanted: 3, policy: steady, history })).toBeNull();
  });

  it('is when a limit is free again', () => {
    const changes = [{ atMs: NOW_MS - 10_000, change: -1 }];
    const history = aHistory({ created: aCountHistory({ changes }) });
    expect(next({ current: 9, wanted: 3, policy: limited, history })).toBe(NOW_MS + 50_000);
  });

  it('is when a pause ends', () => {
    const pause = {
      id: '1',
      app: null,
      policy: null,
      mode: 'all',
      count: null,
      reason: '',
      createdAtMs: T0,
      untilMs: T0 + 7000,
    } as const;
    expect(
      next({ current: 9, wanted: 9, input: { orders: { pauses: [pause], braked: {} } } }),
    ).toBe(NOW_MS + 7000);
  });

  it('is when a window lets go that begins with this very decision', () => {
    expect(next({ current: 9, wanted: 9, policy: steady })).toBeNull();
    expect(next({ current: 9, wanted: 3, policy: steady })).toBe(NOW_MS + WINDOW_MS);
  });
});
