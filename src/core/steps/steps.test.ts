import { describe, expect, it } from 'vitest';
import {
  aBehavior,
  aCountHistory,
  aHistory,
  aRecurrence,
  aSchedule,
  createdOf,
  decideCase,
  detailOf,
  HOUR_MS,
  MINUTE_MS,
  NOW_MS,
  SECOND_MS,
  type Case,
} from '../../testing/behavior.js';
import { aMachine, aRange, aRelease, machines, samples, T0 } from '../../testing/builders.js';
import type { RemovalBudget } from '../budget.js';
import type { Pause, PauseMode } from '../orders.js';
import { plan } from '../plan.js';
import { propose } from '../propose.js';
import { aCase } from '../../testing/behavior.js';

const MISSING = { kind: 'empty', atMs: T0 } as const;

/** Name, the case, the change, the code of a reason and its detail; null: no such reason. */
type Row = readonly [string, Case, string, string, string | null];

function check(rows: readonly Row[]): void {
  it.each(rows)('%s', (_name, given, change, code, detail) => {
    const proposal = decideCase(given);
    expect(createdOf(proposal)).toBe(change);
    expect(detailOf(proposal, code) ?? null).toBe(detail);
  });
}

describe('tolerance', () => {
  const policy = { behavior: aBehavior({ tolerance: 0.1 }, { tolerance: 0.29 }) };
  check([
    [
      'keeps what is within it when shrinking',
      { current: 10, wanted: 9, policy },
      '10 -> 10',
      'within-tolerance',
      'created 10 to 9 is within 10 %',
    ],
    [
      'lets go what is beyond',
      { current: 10, wanted: 8, policy },
      '10 -> 8',
      'within-tolerance',
      null,
    ],
    [
      'takes the border as within, whatever floating point says',
      { current: 100, wanted: 129, policy },
      '100 -> 100',
      'within-tolerance',
      'created 100 to 129 is within 29 %',
    ],
    [
      'has another share when growing',
      { current: 10, wanted: 13, policy },
      '10 -> 13',
      'within-tolerance',
      null,
    ],
    [
      'says nothing of one machine',
      { current: 1, wanted: 2, policy },
      '1 -> 2',
      'within-tolerance',
      null,
    ],
  ]);

  it('does not call a count that it holds at target', () => {
    expect(detailOf(decideCase({ current: 10, wanted: 9, policy }), 'at-target')).toBeUndefined();
  });
});

describe('stabilization', () => {
  const policy = {
    behavior: aBehavior(
      { stabilizationWindowMs: 5 * MINUTE_MS },
      { stabilizationWindowMs: MINUTE_MS },
    ),
  };
  const ended = (count: number, agoMs: number) => [{ count, untilMs: NOW_MS - agoMs }];
  const created = (history: Parameters<typeof aCountHistory>[0]) =>
    aHistory({ created: aCountHistory(history) });
  const recommended = { count: 3, sinceMs: NOW_MS - 200 * SECOND_MS };
  check([
    [
      'shrinks to the highest recommendation of the window',
      {
        current: 12,
        wanted: 3,
        policy,
        history: created({ recommended, higher: ended(9, 200 * SECOND_MS) }),
      },
      '12 -> 9',
      'stabilizing',
      'highest recommendation of the last 5m was 9 created, 3m20s ago',
    ],
    [
      'lets go when the window has passed',
      {
        current: 12,
        wanted: 3,
        policy,
        history: created({ recommended, higher: ended(9, 5 * MINUTE_MS) }),
      },
      '12 -> 3',
      'stabilizing',
      null,
    ],
    [
      'takes a recommendation as holding until the next decision',
      {
        current: 12,
        wanted: 3,
        policy,
        history: created({ recommended: { count: 8, sinceMs: 0 } }),
      },
      '12 -> 8',
      'stabilizing',
      'highest recommendation of the last 5m was 8 created, just before',
    ],
    [
      'never grows by it when shrinking',
      {
        current: 5,
        wanted: 3,
        policy,
        history: created({ recommended, higher: ended(9, MINUTE_MS) }),
      },
      '5 -> 5',
      'stabilizing',
      'highest recommendation of the last 5m was 9 created, 1m ago',
    ],
    [
      'grows to the lowest recommendation of its own window',
      {
        current: 2,
        wanted: 9,
        policy,
        history: created({
          recommended: { count: 9, sinceMs: 0 },
          lower: ended(4, 20 * SECOND_MS),
        }),
      },
      '2 -> 4',
      'stabilizing',
      'lowest recommendation of the last 1m was 4 created, 20s ago',
    ],
    [
      'begins with the count that is there',
      { current: 12, wanted: 3, policy },
      '12 -> 12',
      'stabilizing',
      'highest recommendation of the last 5m was 12 created, just before',
    ],
  ]);
});

describe('cooldown', () => {
  const policy = { behavior: aBehavior({ cooldownMs: 5 * MINUTE_MS }) };
  const acted = (agoMs: number) => aHistory({ lastActionAtMs: NOW_MS - agoMs });
  check([
    [
      'waits after the last action',
      { current: 5, wanted: 3, policy, history: acted(2 * MINUTE_MS) },
      '5 -> 5',
      'cooling-down',
      'created 5 to 3 waits for 3m: 5m since the last action',
    ],
    [
      'ends on time',
      { current: 5, wanted: 3, policy, history: acted(5 * MINUTE_MS) },
      '5 -> 3',
      'cooling-down',
      null,
    ],
    [
      'is of one direction',
      { current: 5, wanted: 7, policy, history: acted(0) },
      '5 -> 7',
      'cooling-down',
      null,
    ],
    [
      'waits where nothing is known of before',
      { current: 5, wanted: 3, policy },
      '5 -> 5',
      'cooling-down',
      'created 5 to 3 waits for 5m: 5m since the start without history',
    ],
    [
      'does not wait when nothing was done',
      { current: 5, wanted: 3, policy, history: aHistory() },
      '5 -> 3',
      'cooling-down',
      null,
    ],
  ]);
});

describe('step limits', () => {
  const machinesEach = (amount: number, periodMs = MINUTE_MS) =>
    ({ kind: 'machines', amount, periodMs }) as const;
  const percentEach = (amount: number, periodMs = MINUTE_MS) =>
    ({ kind: 'percent', amount, periodMs }) as const;
  const down = (rules: Parameters<typeof aBehavior>[0]) => ({ behavior: aBehavior(rules) });
  const changed = (...changes: { atMs: number; change: number; isInDoubt?: true }[]) =>
    aHistory({ created: aCountHistory({ changes }) });
  const slow = { limits: [machinesEach(1)] };
  check([
    [
      'say what was removed in the period',
      {
        current: 9,
        wanted: 3,
        policy: down(slow),
        history: changed({ atMs: NOW_MS - 30_000, change: -1 }),
      },
      '9 -> 9',
      'limited',
      'created 9 to 3, at least 9: 1 within 1m, 1 removed in it',
    ],
    [
      'forget what is a whole period ago',
      {
        current: 9,
        wanted: 3,
        policy: down(slow),
        history: changed({ atMs: NOW_MS - 60_000, change: -1 }),
      },
      '9 -> 8',
      'limited',
      'created 9 to 3, at least 8: 1 within 1m, 0 removed in it',
    ],
    [
      'count a removal in doubt as one',
      {
        current: 9,
        wanted: 3,
        policy: down(slow),
        history: changed({ atMs: NOW_MS, change: -1, isInDoubt: true }),
      },
      '9 -> 9',
      'limited',
      'created 9 to 3, at least 9: 1 within 1m, 1 removed in it',
    ],
    [
      'do not take more for a create in doubt',
      {
        current: 9,
        wanted: 3,
        policy: down(slow),
        history: changed({ atMs: NOW_MS, change: 2, isInDoubt: true }),
      },
      '9 -> 8',
      'limited',
      'created 9 to 3, at least 8: 1 within 1m, 0 removed in it',
    ],
    [
      'take the largest change',
      {
        current: 20,
        wanted: 3,
        policy: down({ limits: [machinesEach(1), percentEach(50)] }),
        history: aHistory(),
      },
      '20 -> 10',
      'limited',
      'created 20 to 3, at least 10: 50 % within 1m, 0 removed in it',
    ],
    [
      'take the smallest change with select: min',
      {
        current: 20,
        wanted: 3,
        policy: down({ limits: [machinesEach(1), percentEach(50)], select: 'min' }),
        history: aHistory(),
      },
      '20 -> 19',
      'limited',
      'created 20 to 3, at least 19: 1 within 1m, 0 removed in it',
    ],
    [
      'forbid a direction with select: disabled',
      { current: 20, wanted: 3, policy: down({ select: 'disabled' }) },
      '20 -> 20',
      'limited',
      'created 20 to 3: scale-down is disabled',
    ],
    [
      'leave the other direction alone',
      { current: 2, wanted: 30, policy: down({ select: 'disabled' }) },
      '2 -> 30',
      'limited',
      null,
    ],
    [
      'begin as spent without history',
      { current: 9, wanted: 3, policy: down(slow) },
      '9 -> 9',
      'limited',
      'created 9 to 3, at least 9: 1 within 1m, which begin in 1m',
    ],
    [
      'round added percents up without floating dust',
      {
        current: 110,
        wanted: 500,
        policy: { behavior: aBehavior({}, { limits: [percentEach(10)] }) },
        history: aHistory(),
      },
      '110 -> 121',
      'limited',
      'created 110 to 500, at most 121: 10 % within 1m, 0 added in it',
    ],
  ]);
});

describe('a limit for growing', () => {
  it('does not grow the more for removals that are taken back', () => {
    const mark = (machine: string) =>
      JSON.stringify({
        machine,
        goal: 'destroy',
        reason: 'r',
        deadline: new Date(T0).toISOString(),
      });
    const leaving = ['m8', 'm9'].map((id) =>
      aMachine({ id, metadata: { 'fas-remove': mark(id) } }),
    );
    const given = {
      current: 0,
      wanted: 10,
      policy: {
        behavior: aBehavior({}, { limits: [{ kind: 'machines', amount: 3, periodMs: MINUTE_MS }] }),
      },
      history: aHistory({
        created: aCountHistory({ changes: [{ atMs: NOW_MS - 1, change: -2 }] }),
      }),
      input: { look: { machines: [...machines(2), ...leaving] } },
    } as const;
    expect(createdOf(decideCase(given))).toBe('4 -> 7');
  });
});

describe('schedules', () => {
  const floor = (min: number) => aSchedule({ created: { min, max: null } });
  const ceiling = (max: number) => aSchedule({ created: { min: null, max } });
  const closed = aSchedule({
    when: aRecurrence('0 5 * * *', HOUR_MS),
    created: { min: 50, max: null },
  });
  const with_ = (...schedules: ReturnType<typeof aSchedule>[]) => ({ schedules });
  const blind = { samples: samples({ queue: MISSING }) };
  const slow = { behavior: aBehavior({ select: 'disabled' }, { select: 'disabled' }) };
  check([
    [
      'raise to a floor',
      { current: 3, wanted: 3, policy: with_(floor(7)) },
      '3 -> 7',
      'schedule-floor',
      'at least 7 created: 0 0 * * * for 1h',
    ],
    [
      'keep at a floor',
      { current: 9, wanted: 3, policy: with_(floor(7)) },
      '9 -> 7',
      'schedule-floor',
      'at least 7 created: 0 0 * * * for 1h',
    ],
    [
      'say nothing where the expression wants as much',
      { current: 9, wanted: 8, policy: with_(floor(7)) },
      '9 -> 8',
      'schedule-floor',
      null,
    ],
    [
      'lower to a ceiling',
      { current: 9, wanted: 9, policy: with_(ceiling(4)) },
      '9 -> 4',
      'schedule-ceiling',
      'at most 4 created: 0 0 * * * for 1h',
    ],
    [
      'keep growth under a ceiling',
      { current: 2, wanted: 9, policy: with_(ceiling(4)) },
      '2 -> 4',
      'schedule-ceiling',
      'at most 4 created: 0 0 * * * for 1h',
    ],
    [
      'take the highest floor',
      { current: 3, wanted: 3, policy: with_(floor(5), floor(8), floor(6)) },
      '3 -> 8',
      'schedule-floor',
      'at least 8 created: 0 0 * * * for 1h',
    ],
    [
      'take the lowest ceiling',
      { current: 9, wanted: 9, policy: with_(ceiling(6), ceiling(4), ceiling(5)) },
      '9 -> 4',
      'schedule-ceiling',
      'at most 4 created: 0 0 * * * for 1h',
    ],
    [
      'let a floor beat a ceiling',
      { current: 9, wanted: 9, policy: with_(ceiling(4), floor(6)) },
      '9 -> 9',
      'schedule-ceiling',
      null,
    ],
    [
      'raise past a ceiling that a floor beats',
      { current: 2, wanted: 2, policy: with_(ceiling(4), floor(6)) },
      '2 -> 6',
      'schedule-floor',
      'at least 6 created: 0 0 * * * for 1h',
    ],
    [
      'have no say while closed',
      { current: 3, wanted: 3, policy: with_(closed) },
      '3 -> 3',
      'schedule-floor',
      null,
    ],
    [
      'raise without samples',
      { current: 3, wanted: 0, policy: with_(floor(7)), input: blind },
      '3 -> 7',
      'schedule-floor',
      'at least 7 created: 0 0 * * * for 1h',
    ],
    [
      'take nothing away without samples',
      { current: 9, wanted: 0, policy: with_(ceiling(4)), input: blind },
      '9 -> 9',
      'schedule-ceiling',
      null,
    ],
    [
      'are not slowed down by limits',
      { current: 3, wanted: 3, policy: { ...with_(floor(7)), ...slow } },
      '3 -> 7',
      'schedule-floor',
      'at least 7 created: 0 0 * * * for 1h',
    ],
    [
      'do nothing in a deploy',
      {
        current: 3,
        wanted: 3,
        policy: with_(floor(7)),
        input: { look: { release: aRelease({ status: 'running', createdAtMs: T0 }) } },
      },
      '3 -> 3',
      'schedule-floor',
      null,
    ],
  ]);

  it('count machines that cannot be seen as there', () => {
    const lost = machines(2, { hostStatus: 'unreachable' }, 'u');
    const input = { look: { machines: [...machines(3), ...lost] } };
    expect(createdOf(decideCase({ current: 3, wanted: 3, policy: with_(floor(5)), input }))).toBe(
      '3 -> 3',
    );
    expect(createdOf(decideCase({ current: 3, wanted: 3, policy: with_(floor(6)), input }))).toBe(
      '5 -> 6',
    );
  });

  it('take a removal under way back for a floor', () => {
    const mark = JSON.stringify({
      machine: 'm9',
      goal: 'destroy',
      reason: 'r',
      deadline: new Date(T0).toISOString(),
    });
    const leaving = aMachine({ id: 'm9', isCordoned: true, metadata: { 'fas-remove': mark } });
    const input = aCase({
      current: 3,
      wanted: 3,
      policy: with_(floor(4)),
      input: { look: { machines: [...machines(3), leaving] } },
    });
    const proposal = propose(input);
    expect(createdOf(proposal)).toBe('3 -> 3');
    expect(plan(input, proposal, () => 'id').undos.map(({ machineId }) => machineId)).toEqual([
      'm9',
    ]);
  });

  it('keep as many started as a floor says when created ones go', () => {
    const policy = {
      started: aRange('0'),
      schedules: [aSchedule({ started: { min: 4, max: null } })],
    };
    const input = aCase({ current: 6, wanted: 1, policy });
    const { removals } = plan(input, propose(input), () => 'id');
    expect(removals).toHaveLength(2);
  });
});

describe('freezes', () => {
  const frozen = (freeze: 'in' | 'out' | 'all') => ({ schedules: [aSchedule({ freeze })] });
  const floor = aSchedule({ created: { min: 9, max: null } });
  const text = (what: string) => `${what}: 0 0 * * * for 1h`;
  check([
    [
      'in keeps from shrinking',
      { current: 5, wanted: 3, policy: frozen('in') },
      '5 -> 5',
      'frozen',
      text('shrinking'),
    ],
    [
      'in lets growth be',
      { current: 3, wanted: 5, policy: frozen('in') },
      '3 -> 5',
      'frozen',
      text('shrinking'),
    ],
    [
      'out keeps from growing',
      { current: 3, wanted: 5, policy: frozen('out') },
      '3 -> 3',
      'frozen',
      text('growing'),
    ],
    [
      'out lets shrinking be',
      { current: 5, wanted: 3, policy: frozen('out') },
      '5 -> 3',
      'frozen',
      text('growing'),
    ],
    [
      'all keeps everything',
      { current: 3, wanted: 5, policy: frozen('all') },
      '3 -> 3',
      'frozen',
      text('all'),
    ],
    [
      'beats a floor',
      { current: 3, wanted: 3, policy: { schedules: [floor, ...frozen('out').schedules] } },
      '3 -> 3',
      'frozen',
      text('growing'),
    ],
  ]);

  it.each(['in', 'all'] as const)(
    '%s cancels a removal whose machine still runs, and waits with the others',
    (freeze) => {
      const mark = (machine: string) =>
        JSON.stringify({
          machine,
          goal: 'destroy',
          reason: 'r',
          deadline: new Date(T0).toISOString(),
        });
      const draining = aMachine({
        id: 'm8',
        isCordoned: true,
        metadata: { 'fas-remove': mark('m8') },
      });
      const stopped = aMachine({
        id: 'm9',
        state: 'stopped',
        metadata: { 'fas-remove': mark('m9') },
      });
      const input = aCase({
        current: 3,
        wanted: 3,
        policy: frozen(freeze),
        input: { look: { machines: [...machines(3), draining, stopped] } },
      });
      const { undos, removals, starts, creates } = plan(input, propose(input), () => 'id');
      expect(undos.map(({ machineId }) => machineId)).toEqual(['m8']);
      expect([...removals, ...starts, ...creates]).toEqual([]);
    },
  );
});

describe('pauses', () => {
  const pause = (
    mode: PauseMode,
    count: number | null = null,
    overrides: Partial<Pause> = {},
  ): Pause => ({
    id: '1',
    app: null,
    policy: null,
    mode,
    count,
    reason: 'migration',
    createdAtMs: T0,
    untilMs: null,
    ...overrides,
  });
  const orders = (...pauses: Pause[]) => ({ orders: { pauses, braked: {} } });
  const blind = { samples: samples({ queue: MISSING }) };
  check([
    [
      'in keeps from shrinking',
      { current: 5, wanted: 3, input: orders(pause('in')) },
      '5 -> 5',
      'paused',
      'shrinking, until resumed: migration',
    ],
    [
      'out keeps from growing',
      { current: 3, wanted: 5, input: orders(pause('out')) },
      '3 -> 3',
      'paused',
      'growing, until resumed: migration',
    ],
    [
      'all keeps everything',
      { current: 3, wanted: 5, input: orders(pause('all', null, { untilMs: T0 + 90_000 })) },
      '3 -> 3',
      'paused',
      'all, for 1m30s more: migration',
    ],
    [
      'at grows to its count',
      { current: 3, wanted: 1, input: orders(pause('at', 6)) },
      '3 -> 6',
      'paused',
      'at 6, until resumed: migration',
    ],
    [
      'at shrinks to its count',
      { current: 9, wanted: 20, input: orders(pause('at', 6)) },
      '9 -> 6',
      'paused',
      'at 6, until resumed: migration',
    ],
    [
      'at acts without samples',
      { current: 9, wanted: 0, input: { ...blind, ...orders(pause('at', 6)) } },
      '9 -> 6',
      'paused',
      'at 6, until resumed: migration',
    ],
    [
      'of two counts the newest holds',
      { current: 9, wanted: 0, input: orders(pause('at', 7), pause('at', 2)) },
      '9 -> 7',
      'paused',
      'at 7, until resumed: migration',
    ],
    [
      'at obeys one that forbids',
      { current: 9, wanted: 0, input: orders(pause('at', 7), pause('in')) },
      '9 -> 9',
      'paused',
      'at 7, until resumed: migration',
    ],
    [
      'at keeps one machine to clone',
      { current: 2, wanted: 5, input: orders(pause('at', 0)) },
      '2 -> 1',
      'paused',
      'at 0, until resumed: migration',
    ],
    [
      'at takes nothing in an overdue deploy',
      {
        current: 9,
        wanted: 9,
        input: {
          look: { release: aRelease({ status: 'running', createdAtMs: T0 - 2 * HOUR_MS }) },
          ...orders(pause('at', 6)),
        },
      },
      '9 -> 9',
      'paused',
      'at 6, until resumed: migration',
    ],
    [
      'at keeps to the ceilings',
      {
        current: 9,
        wanted: 9,
        policy: { caps: { maxMachinesPerApp: 99, maxCreatePerPass: null, maxRemovePerPass: 2 } },
        input: orders(pause('at', 3)),
      },
      '9 -> 7',
      'capped',
      '6 removals wanted, at most 2 in a pass',
    ],
  ]);
});

describe('removal budgets', () => {
  const budget = (overrides: Partial<RemovalBudget> = {}): RemovalBudget => ({
    kind: 'machines',
    amount: 2,
    periodMs: HOUR_MS,
    when: null,
    ...overrides,
  });
  const with_ = (...budgets: RemovalBudget[]) => ({ budgets });
  const removed = (count: number, agoMs: number) =>
    aHistory({ created: aCountHistory({ changes: [{ atMs: NOW_MS - agoMs, change: -count }] }) });
  const added = aHistory({
    created: aCountHistory({
      changes: [
        { atMs: NOW_MS - 1, change: -2 },
        { atMs: NOW_MS - 1, change: 5 },
      ],
    }),
  });
  check([
    [
      'allow so many',
      { current: 9, wanted: 3, policy: with_(budget()), history: aHistory() },
      '9 -> 7',
      'budget-spent',
      '6 fewer created wanted, 2 allowed: 2 within 1h, 0 removed in it',
    ],
    [
      'count what was removed in the period',
      { current: 9, wanted: 3, policy: with_(budget()), history: removed(1, MINUTE_MS) },
      '9 -> 8',
      'budget-spent',
      '6 fewer created wanted, 1 allowed: 2 within 1h, 1 removed in it',
    ],
    [
      'forget what is a whole period ago',
      { current: 9, wanted: 7, policy: with_(budget()), history: removed(2, HOUR_MS) },
      '9 -> 7',
      'budget-spent',
      null,
    ],
    [
      'get nothing back for machines that were added',
      { current: 9, wanted: 3, policy: with_(budget()), history: added },
      '9 -> 9',
      'budget-spent',
      '6 fewer created wanted, 0 allowed: 2 within 1h, 2 removed in it',
    ],
    [
      'take percents of the count at the beginning, rounded up',
      {
        current: 19,
        wanted: 3,
        policy: with_(budget({ kind: 'percent', amount: 10 })),
        history: removed(2, 1),
      },
      '19 -> 18',
      'budget-spent',
      '16 fewer created wanted, 1 allowed: 10 % within 1h, 2 removed in it',
    ],
    [
      'take the tightest',
      {
        current: 9,
        wanted: 3,
        policy: with_(budget({ amount: 5 }), budget({ amount: 1 }), budget()),
        history: aHistory(),
      },
      '9 -> 8',
      'budget-spent',
      '6 fewer created wanted, 5 allowed: 5 within 1h, 0 removed in it',
    ],
    [
      'of nothing allow nothing, with or without history',
      { current: 9, wanted: 3, policy: with_(budget({ amount: 0, periodMs: 0 })) },
      '9 -> 9',
      'budget-spent',
      '6 fewer created wanted, 0 allowed: none may be removed',
    ],
    [
      'hold only while their window is open',
      {
        current: 9,
        wanted: 3,
        policy: with_(budget({ amount: 0, periodMs: 0, when: aRecurrence('0 5 * * *', HOUR_MS) })),
      },
      '9 -> 3',
      'budget-spent',
      null,
    ],
    [
      'name their window',
      {
        current: 9,
        wanted: 3,
        policy: with_(budget({ amount: 0, periodMs: 0, when: aRecurrence('0 0 * * *', HOUR_MS) })),
      },
      '9 -> 9',
      'budget-spent',
      '6 fewer created wanted, 0 allowed: none may be removed (0 0 * * * for 1h)',
    ],
    [
      'begin as spent without history',
      { current: 9, wanted: 3, policy: with_(budget()) },
      '9 -> 9',
      'budget-spent',
      '6 fewer created wanted, 0 allowed: 2 within 1h, which begin in 1h',
    ],
    [
      'leave growth alone',
      { current: 3, wanted: 9, policy: with_(budget({ amount: 0, periodMs: 0 })) },
      '3 -> 9',
      'budget-spent',
      null,
    ],
    [
      'hold for a ceiling of a schedule too',
      {
        current: 9,
        wanted: 9,
        policy: { ...with_(budget()), schedules: [aSchedule({ created: { min: null, max: 3 } })] },
        history: aHistory(),
      },
      '9 -> 7',
      'budget-spent',
      '6 fewer created wanted, 2 allowed: 2 within 1h, 0 removed in it',
    ],
  ]);
});

describe('the fleet brake', () => {
  const braked = (metric: string) => ({
    orders: { pauses: [], braked: { [metric]: 'prometheus: 7 of 9 apps fell' } },
  });
  const detail = 'queue: prometheus: 7 of 9 apps fell';
  check([
    [
      'keeps from shrinking on its source',
      { current: 5, wanted: 3, input: braked('queue') },
      '5 -> 5',
      'fleet-brake',
      detail,
    ],
    [
      'lets growth be',
      { current: 3, wanted: 5, input: braked('queue') },
      '3 -> 5',
      'fleet-brake',
      detail,
    ],
    [
      'has no say over other sources',
      { current: 5, wanted: 3, input: braked('other') },
      '5 -> 3',
      'fleet-brake',
      null,
    ],
  ]);
});

describe('the back-off', () => {
  const policy = { backoff: aRange('pressure', undefined, ['pressure']).min };
  const input = (pressure: number | typeof MISSING, queue = 3) => ({
    samples: samples({ queue, pressure }),
  });
  check([
    [
      'above zero does nothing',
      { current: 3, wanted: 5, policy, input: input(0.5, 5) },
      '3 -> 3',
      'backing-off',
      'the back-off value is 0.5',
    ],
    [
      'at zero has no say',
      { current: 5, wanted: 3, policy, input: input(0) },
      '5 -> 3',
      'backing-off',
      null,
    ],
    [
      'without a value keeps from shrinking',
      { current: 5, wanted: 3, policy, input: input(MISSING) },
      '5 -> 5',
      'metric-missing',
      'pressure: the source has no value',
    ],
    [
      'without a value lets growth be',
      { current: 3, wanted: 5, policy, input: input(MISSING, 5) },
      '3 -> 5',
      'metric-missing',
      'pressure: the source has no value',
    ],
  ]);

  it('holds removals under way too', () => {
    expect(decideCase({ current: 3, wanted: 5, policy, input: input(1) }).isHeld).toBe(true);
  });
});

describe('the order', () => {
  it('tolerates before it looks back, and limits after that', () => {
    const behavior = aBehavior({
      tolerance: 0.5,
      stabilizationWindowMs: MINUTE_MS,
      limits: [{ kind: 'machines', amount: 1, periodMs: MINUTE_MS }],
    });
    const history = aHistory({ created: aCountHistory({ recommended: { count: 4, sinceMs: 0 } }) });
    const within = decideCase({ current: 10, wanted: 5, policy: { behavior }, history });
    expect(within.reasons.map(({ code }) => code)).toEqual(['within-tolerance']);
    const beyond = decideCase({ current: 10, wanted: 2, policy: { behavior }, history });
    expect(beyond.reasons.map(({ code }) => code)).toEqual([
      'stabilizing',
      'limited',
      'scale-down',
    ]);
    expect(createdOf(beyond)).toBe('10 -> 9');
  });
});
