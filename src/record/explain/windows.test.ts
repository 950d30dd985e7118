import { describe, expect, it } from 'vitest';
import { PLAIN_BEHAVIOR, type DirectionRules, type StepLimit } from '../../core/model/behavior.js';
import type { Pause } from '../../core/model/orders.js';
import type { Policy } from '../../core/model/policy.js';
import { propose } from '../../core/decide/propose.js';
import {
  aBehavior,
  aCase,
  aCountHistory,
  aHistory,
  aRecurrence,
  aSchedule,
  HOUR_MS,
  MINUTE_MS,
} from '../../testing/behavior.js';
import { aPolicy, anInput, T0 } from '../../testing/builders.js';
import { aProposal } from '../../testing/reports.js';
import { windowsOf } from './windows.js';
import { type CountHistory, EMPTY_MEMORY } from '../../core/model/app-memory.js';
import type { EndingWindow } from './periods.js';

const NOTHING: CountHistory = { recommended: null, higher: [], lower: [], changes: [] };
/** `anInput` says that it is then on the monotonic clock. */
const NOW = 1_000_000;

function windowsWith(
  rules: Partial<DirectionRules>,
  history: Partial<CountHistory>,
  lastActionAtMs: number | null = null,
): readonly EndingWindow[] {
  const scaleDown = { ...PLAIN_BEHAVIOR.scaleDown, ...rules };
  const memory = {
    ...EMPTY_MEMORY,
    histories: {
      default: {
        created: { ...NOTHING, ...history },
        started: NOTHING,
        lastActionAtMs,
        missingSinceMs: {},
        beganAtMs: null,
      },
    },
  };
  const input = anInput({
    policy: aPolicy({ behavior: { ...PLAIN_BEHAVIOR, scaleDown } }),
    memory,
  });
  const created = { current: 9, target: { min: 3, max: 3 }, recommended: 3, wanted: 9 };
  return windowsOf(input, aProposal({ created }));
}

describe('what ends by itself', () => {
  it('is the cooldown since the last action', () => {
    expect(windowsWith({ cooldownMs: 300_000 }, {}, NOW - 100_000)).toEqual([
      { what: 'cooldown of 5m (created, scale-down)', endsAtMs: T0 + 200_000 },
    ]);
    expect(windowsWith({ cooldownMs: 300_000 }, {}, NOW - 400_000)).toEqual([]);
  });

  it('is the window in which the last higher recommendation is still seen', () => {
    const higher = [
      { untilMs: NOW - 500_000, count: 20 },
      { untilMs: NOW - 60_000, count: 8 },
    ];
    expect(windowsWith({ stabilizationWindowMs: 300_000 }, { higher })).toEqual([
      { what: 'stabilization window of 5m (created, scale-down)', endsAtMs: T0 + 240_000 },
    ]);
  });

  it('is the window after the newest recommendation of before, which holds until now', () => {
    const rules = { stabilizationWindowMs: 30_000 };
    const windowAfter = (count: number, higher: CountHistory['higher'] = []) =>
      windowsWith(rules, { recommended: { count, sinceMs: NOW - 500_000 }, higher });
    const whole = {
      what: 'stabilization window of 30s (created, scale-down)',
      endsAtMs: T0 + 30_000,
    };
    expect(windowAfter(18)).toEqual([whole]);
    expect(windowAfter(18, [{ untilMs: NOW - 10_000, count: 20 }])).toEqual([whole]);
    expect(windowAfter(3)).toEqual([]);
    expect(windowAfter(3, [{ untilMs: NOW - 10_000, count: 20 }])).toEqual([
      { ...whole, endsAtMs: T0 + 20_000 },
    ]);
  });

  it('is the same for growth, with a lower recommendation', () => {
    const behavior = aBehavior({}, { stabilizationWindowMs: 30_000 });
    const created = aCountHistory({ recommended: { count: 4, sinceMs: 0 } });
    const memory = { ...EMPTY_MEMORY, histories: { default: aHistory({ created }) } };
    const grown = { current: 4, target: { min: 9, max: 9 }, recommended: 9, wanted: 4 };
    const input = anInput({ policy: aPolicy({ behavior }), memory });
    expect(windowsOf(input, aProposal({ created: grown }))).toEqual([
      { what: 'stabilization window of 30s (created, scale-up)', endsAtMs: T0 + 30_000 },
    ]);
  });

  it('is what the first decision after a start begins', () => {
    const limits = [{ kind: 'machines', amount: 1, periodMs: MINUTE_MS } as const];
    const behavior = aBehavior({ stabilizationWindowMs: 30_000, limits });
    const input = aCase({ current: 9, wanted: 3, policy: { behavior } });
    expect(windowsOf(input, propose(input))).toEqual([
      { what: 'stabilization window of 30s (created, scale-down)', endsAtMs: T0 + 30_000 },
      {
        what: 'beginning of the history: limits, budgets and cooldown of removals count as spent',
        endsAtMs: T0 + MINUTE_MS,
      },
    ]);
  });

  it('is the period of a limit from its first change on', () => {
    const changes = [
      { atMs: NOW - 50_000, change: 2 },
      { atMs: NOW - 40_000, change: -1 },
      { atMs: NOW - 10_000, change: -1 },
    ];
    const limits = [{ kind: 'machines', amount: 2, periodMs: 60_000 } as const];
    expect(windowsWith({ limits }, { changes })).toEqual([
      { what: 'limit of 2 machines in 1m (created, scale-down)', endsAtMs: T0 + 20_000 },
    ]);
  });

  it.each<[string, readonly number[], StepLimit, number]>([
    ['one of two is enough', [-1, -1], { kind: 'machines', amount: 2, periodMs: 60_000 }, 10_000],
    ['more than it allows', [-8, -3], { kind: 'machines', amount: 1, periodMs: 60_000 }, 40_000],
    ['more than its share', [-8, -3], { kind: 'percent', amount: 10, periodMs: 60_000 }, 40_000],
    ['less than its share', [-1, -1], { kind: 'percent', amount: 20, periodMs: 60_000 }, 10_000],
  ])('is what has to leave a period until more may go: %s', (_, removed, rule, endsInMs) => {
    const [first = 0, second = 0] = removed;
    const created = aCountHistory({
      changes: [
        { atMs: NOW - 50_000, change: first },
        { atMs: NOW - 20_000, change: second },
      ],
    });
    const size = rule.kind === 'percent' ? `${rule.amount} %` : String(rule.amount);
    const ends = (policy: Partial<Policy>): readonly EndingWindow[] => {
      const input = aCase({ current: 9, wanted: 3, policy, history: aHistory({ created }) });
      return windowsOf(input, propose(input));
    };
    const unit = rule.kind === 'percent' ? '' : ' machines';
    expect(ends({ behavior: aBehavior({ limits: [rule] }) })).toEqual([
      { what: `limit of ${size}${unit} in 1m (created, scale-down)`, endsAtMs: T0 + endsInMs },
    ]);
    expect(ends({ budgets: [{ ...rule, when: null }] })).toEqual([
      { what: `removal budget of ${size} in 1m (created)`, endsAtMs: T0 + endsInMs },
    ]);
  });

  it('is a pause with an end, and the wait after creates that failed', () => {
    const pause = {
      id: '1',
      app: null,
      policy: null,
      mode: 'all',
      count: null,
      createdAtMs: 0,
    } as const;
    const input = anInput({
      orders: {
        braked: {},
        pauses: [
          { ...pause, reason: 'sale', untilMs: T0 + 5000 },
          { ...pause, reason: 'x', untilMs: null },
        ],
      },
      memory: {
        ...EMPTY_MEMORY,
        createBackoff: { app: { failedAtMs: 0, waitMs: 1, untilMs: NOW + 1000 } },
      },
    });
    expect(windowsOf(input, aProposal())).toEqual([
      { what: 'wait after failed creates of group app', endsAtMs: T0 + 1000 },
      { what: 'pause of growing and shrinking (sale)', endsAtMs: T0 + 5000 },
    ]);
  });

  it.each<[Partial<Pause>, string]>([
    [{ mode: 'all' }, 'pause of growing and shrinking'],
    [{ mode: 'in' }, 'pause of shrinking'],
    [{ mode: 'out', reason: 'sale' }, 'pause of growing (sale)'],
    [{ mode: 'at', count: 3 }, 'pause at 3'],
  ])('says of the pause %j what it is: %s', (told, what) => {
    const pause: Pause = {
      id: '1',
      app: null,
      policy: null,
      mode: 'all',
      count: null,
      reason: '',
      createdAtMs: 0,
      untilMs: T0 + 5000,
      ...told,
    };
    const input = anInput({ orders: { braked: {}, pauses: [pause] } });
    expect(windowsOf(input, aProposal())).toEqual([{ what, endsAtMs: T0 + 5000 }]);
  });

  it('is each open schedule', () => {
    const schedules = [
      aSchedule({ created: { min: 4, max: 9 } }),
      aSchedule({ freeze: 'in', started: { min: 1, max: null } }),
      aSchedule({ when: aRecurrence('0 5 * * *', HOUR_MS), freeze: 'all' }),
    ];
    expect(windowsOf(anInput({ policy: aPolicy({ schedules }) }), aProposal())).toEqual([
      {
        what: 'schedule 0 0 * * * for 1h, UTC: at least 4 created, at most 9 created',
        endsAtMs: T0 + HOUR_MS,
      },
      {
        what: 'schedule 0 0 * * * for 1h, UTC: at least 1 started, freeze in',
        endsAtMs: T0 + HOUR_MS,
      },
    ]);
  });

  it('is what the beginning of a history, budgets and missing metrics have to wait for', () => {
    const fallback = { kind: 'fallback', afterMs: 180_000, use: 'count', count: 2 } as const;
    const policy = aPolicy({
      budgets: [
        { kind: 'percent', amount: 10, periodMs: HOUR_MS, when: null },
        {
          kind: 'machines',
          amount: 0,
          periodMs: MINUTE_MS,
          when: aRecurrence('0 0 * * *', HOUR_MS),
        },
      ],
      missing: { '*': { scaleUp: { kind: 'hold' }, scaleDown: fallback } },
    });
    const history = aHistory({
      created: aCountHistory({ changes: [{ atMs: NOW - 60_000, change: -1 }] }),
      missingSinceMs: { queue: NOW - 60_000 },
      beganAtMs: NOW - 120_000,
    });
    const memory = { ...EMPTY_MEMORY, histories: { default: history } };
    const created = { current: 9, target: { min: 3, max: 3 }, recommended: 3, wanted: 9 };
    const input = anInput({ policy, memory });
    expect(windowsOf(input, aProposal({ created }))).toEqual([
      { what: 'wait for queue before the fallback (scale-down)', endsAtMs: T0 + 120_000 },
      {
        what: 'beginning of the history: limits, budgets and cooldown of removals count as spent',
        endsAtMs: T0 + HOUR_MS - 120_000,
      },
      { what: 'removal budget of 10 % in 1h (created)', endsAtMs: T0 + HOUR_MS - 60_000 },
      {
        what: 'removal budget of 0 in 1m (created, 0 0 * * * for 1h, UTC)',
        endsAtMs: T0 + HOUR_MS,
      },
    ]);
    expect(windowsOf(input, aProposal())).toHaveLength(1);
  });

  it('is the period in which machines were added where a budget is of the count before', () => {
    const budgets = (['percent', 'machines'] as const).map((kind) => {
      return { kind, amount: 10, periodMs: HOUR_MS, when: null };
    });
    const created = aCountHistory({ changes: [{ atMs: NOW - 60_000, change: 8 }] });
    const memory = { ...EMPTY_MEMORY, histories: { default: aHistory({ created }) } };
    const wish = { current: 9, target: { min: 3, max: 3 }, recommended: 3, wanted: 8 };
    const input = anInput({ policy: aPolicy({ budgets }), memory });
    expect(windowsOf(input, aProposal({ created: wish }))).toEqual([
      { what: 'removal budget of 10 % in 1h (created)', endsAtMs: T0 + HOUR_MS - 60_000 },
    ]);
  });
});
