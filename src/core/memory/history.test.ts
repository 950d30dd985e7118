/** Histories of policies whose rules change. */
import { describe, expect, it } from 'vitest';
import {
  aBehavior,
  aCase,
  aCountHistory,
  aHistory,
  createdOf,
  HOUR_MS,
  MINUTE_MS,
  NOW_MS,
  type Case,
} from '../../testing/behavior.js';
import { aPolicy, T0 } from '../../testing/builders.js';
import { anOutcome } from '../../testing/reports.js';
import { checkRows } from '../../testing/step-table.js';
import type { DirectionRules, StepLimit } from '../model/behavior.js';
import type { DecisionInput } from '../model/decision.js';
import { horizonsOf } from './history.js';
import { propose } from '../decide/propose.js';
import { afterProposal, withHistory, withOutcomes } from './remember.js';
import { type AppMemory, EMPTY_MEMORY, type Reach } from '../model/app-memory.js';

const WINDOW_MS = 5 * MINUTE_MS;
const limit = (amount: number, periodMs: number): StepLimit => ({
  kind: 'machines',
  amount,
  periodMs,
});
const down = (rules: Partial<DirectionRules>) => ({ behavior: aBehavior(rules) });
const up = (rules: Partial<DirectionRules>) => ({ behavior: aBehavior({}, rules) });

const NONE: Reach = { upWindowMs: 0, downWindowMs: 0, periodMs: 0, isSpending: false };
const KEPT = {
  nothing: NONE,
  minute: { ...NONE, periodMs: MINUTE_MS, isSpending: true },
  hour: { ...NONE, periodMs: HOUR_MS, isSpending: true },
  cooldown: { ...NONE, isSpending: true },
  windows: { ...NONE, upWindowMs: WINDOW_MS, downWindowMs: WINDOW_MS },
} as const;

describe('rules that look further back than the history was kept', () => {
  const recommended = (count: number) =>
    aCountHistory({ recommended: { count, sinceMs: NOW_MS - HOUR_MS } });
  const given = (
    [current, wanted]: readonly [number, number],
    policy: Case['policy'],
    kept: Reach | undefined,
    lastActionAtMs: number | null = null,
  ): Case => ({
    current,
    wanted,
    policy,
    history: aHistory({ created: recommended(wanted), lastActionAtMs, kept }),
  });
  checkRows([
    [
      'count what is not known of a longer period as spent',
      given([9, 3], down({ limits: [limit(2, HOUR_MS)] }), KEPT.minute),
      '9 -> 9',
      'limited',
      'created 9 to 3, at least 9: 2 within 1h, counted as spent for 59m more, as nothing is known of before',
    ],
    [
      'count a limit as spent that is the first one',
      given([9, 3], down({ limits: [limit(2, MINUTE_MS)] }), KEPT.windows),
      '9 -> 9',
      'limited',
      'created 9 to 3, at least 9: 2 within 1m, counted as spent for 1m more, as nothing is known of before',
    ],
    [
      'count a budget as spent that is the first one',
      given([9, 3], { budgets: [{ ...limit(2, MINUTE_MS), when: null }] }, KEPT.cooldown),
      '9 -> 9',
      'budget-spent',
      '6 fewer created wanted, 0 allowed: 2 within 1m, counted as spent for 1m more, as nothing is known of before',
    ],
    [
      'know all of a period that is no longer',
      given([9, 3], down({ limits: [limit(2, MINUTE_MS)] }), KEPT.hour),
      '9 -> 7',
      'limited',
      'created 9 to 3, at least 7: 2 within 1m, 0 removed in it',
    ],
    [
      'let a new limit be for growth',
      given([3, 9], up({ limits: [limit(2, HOUR_MS)] }), KEPT.minute),
      '3 -> 5',
      'limited',
      'created 3 to 9, at most 5: 2 within 1h, 0 added in it',
    ],
    [
      'wait out a new cooldown since the last action that limits have noted',
      given([9, 3], down({ cooldownMs: 5 * MINUTE_MS }), KEPT.minute, NOW_MS - MINUTE_MS),
      '9 -> 9',
      'cooling-down',
      'created 9 to 3 waits for 4m: a cooldown of 5m after the last action',
    ],
    [
      'wait out a new cooldown where no action was noted',
      given([9, 3], down({ cooldownMs: 5 * MINUTE_MS }), KEPT.windows, NOW_MS - HOUR_MS),
      '9 -> 9',
      'cooling-down',
      'created 9 to 3 waits for 5m: a cooldown of 5m after the beginning of the history',
    ],
    [
      'let a new cooldown be for growth where no action was noted',
      given([3, 9], up({ cooldownMs: 5 * MINUTE_MS }), KEPT.windows),
      '3 -> 9',
      'cooling-down',
      null,
    ],
    [
      'take the present count for the highest recommendation of a longer window',
      given([9, 3], down({ stabilizationWindowMs: HOUR_MS }), KEPT.windows),
      '9 -> 9',
      'stabilizing',
      'highest recommendation of the last 1h was 9 created, just before',
    ],
    [
      'take the present count for the lowest recommendation of a longer window',
      given([3, 9], up({ stabilizationWindowMs: HOUR_MS }), KEPT.windows),
      '3 -> 3',
      'stabilizing',
      'lowest recommendation of the last 1h was 3 created, just before',
    ],
    [
      'know all of a window that is no longer',
      given([9, 3], down({ stabilizationWindowMs: MINUTE_MS }), KEPT.windows),
      '9 -> 3',
      'stabilizing',
      null,
    ],
    [
      'believe an earlier version that did not say how far it was kept',
      given([9, 3], down({ limits: [limit(2, HOUR_MS)] }), undefined),
      '9 -> 7',
      'limited',
      'created 9 to 3, at least 7: 2 within 1h, 0 removed in it',
    ],
  ]);
});

const at = (elapsedMs: number) => ({ elapsedMs, wallMs: T0 + elapsedMs - NOW_MS });

/** What one decision leaves. */
function after(memory: AppMemory, policy: Case['policy'], atMs = NOW_MS): AppMemory {
  const input: DecisionInput = {
    ...aCase({ current: 9, wanted: 3, policy, input: { now: at(atMs) } }),
    memory,
  };
  return afterProposal(memory, input, propose(input));
}

describe('a history whose policy changes', () => {
  const short = down({ limits: [limit(1, MINUTE_MS)] });
  const long = down({ limits: [limit(2, HOUR_MS)], stabilizationWindowMs: HOUR_MS });

  it('is noted once, not in each pass', () => {
    const before = after(EMPTY_MEMORY, short);
    const changed = after(before, long, NOW_MS + 1);
    expect(changed).not.toBe(before);
    expect(after(changed, long, NOW_MS + 2)).toBe(changed);
    // The same rules from a file that was read anew.
    expect(after(before, { ...short }, NOW_MS + 2)).toBe(before);
  });

  it('keeps the recommendations of its longer window as far as none after them outdoes them', () => {
    const past = [20, 9, 5].map((count, index) => ({ count, untilMs: NOW_MS - 1000 + index }));
    const kept = { ...KEPT.windows };
    const created = aCountHistory({ recommended: { count: 3, sinceMs: NOW_MS }, higher: past });
    const before = { ...EMPTY_MEMORY, histories: { default: aHistory({ created, kept }) } };
    expect(after(before, long).histories['default']?.created.higher).toEqual([
      { count: 20, untilMs: NOW_MS - 1000 },
      { count: 9, untilMs: NOW_MS },
    ]);
  });

  it('ends with the last rule that looks back, and begins anew with the next', () => {
    const plain = after(after(EMPTY_MEMORY, short), {}, NOW_MS + 1);
    expect(plain.histories).toEqual({});
    expect(after(plain, {}, NOW_MS + 2)).toBe(plain);
    const again = after(plain, short, NOW_MS + HOUR_MS);
    expect(again.histories['default']?.beganAtMs).toBe(NOW_MS + HOUR_MS);
  });

  it('forgets since when a metric has been missing that nothing waits for any more', () => {
    const history = aHistory({ missingSinceMs: { queue: 1 } });
    const before = { ...EMPTY_MEMORY, histories: { default: history } };
    expect(after(before, short).histories['default']?.missingSinceMs).toEqual({});
  });

  it('never lets more go within a period than the limits of now allow, whatever they were', () => {
    const rules = [
      { limits: [limit(1, MINUTE_MS)] },
      { limits: [limit(2, HOUR_MS)] },
      { limits: [limit(3, 10 * MINUTE_MS)], cooldownMs: MINUTE_MS },
      { cooldownMs: 2 * MINUTE_MS },
      { stabilizationWindowMs: MINUTE_MS },
      {},
    ].map((each) => aPolicy({ ...aCase({ current: 0, wanted: 0 }).policy, ...down(each) }));
    let state = 7;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return Math.floor((state / 4_294_967_296) * below);
    };
    let [memory, nowMs, policy] = [EMPTY_MEMORY, NOW_MS, rules[0]!];
    const removedAtMs: number[] = [];
    for (let step = 0; step < 2000; step += 1) {
      nowMs += 15_000 + random(60_000);
      if (random(20) === 0) policy = rules[random(rules.length)]!;
      const given = aCase({ current: 9, wanted: 8, input: { now: at(nowMs) } });
      const input: DecisionInput = { ...given, policy, memory };
      const { created } = propose(input);
      memory = afterProposal(memory, input, propose(input));
      const removed = given.look.machines.slice(0, created!.current - created!.wanted);
      const outcomes = removed.map(({ id }) => anOutcome('destroy', { machineId: id }));
      if (horizonsOf(policy)?.reach.isSpending === true && removed.length > 0) {
        const history = withOutcomes(memory.histories['default']!, input, outcomes, at(nowMs));
        memory = withHistory(memory, 'default', history);
      }
      removedAtMs.push(...removed.map(() => nowMs));
      const { limits, cooldownMs } = policy.behavior.scaleDown;
      for (const { amount, periodMs } of removed.length > 0 ? limits : []) {
        const within = removedAtMs.filter((atMs) => atMs > nowMs - periodMs);
        expect(within.length).toBeLessThanOrEqual(amount);
      }
      const lastMs = removedAtMs.filter((atMs) => atMs < nowMs).at(-1) ?? 0;
      if (removed.length > 0) expect(nowMs - lastMs).toBeGreaterThanOrEqual(cooldownMs);
    }
    expect(removedAtMs.length).toBeGreaterThan(100);
  });
});

describe('a window without a past', () => {
  const policy = down({ stabilizationWindowMs: WINDOW_MS });
  const looks = (...looks: readonly (readonly [agoMs: number, there: number])[]): string => {
    let memory = EMPTY_MEMORY;
    let said = '';
    for (const [agoMs, current] of looks) {
      const given = aCase({ current, wanted: 2, policy, input: { now: at(NOW_MS - agoMs) } });
      const input: DecisionInput = { ...given, memory };
      const proposal = propose(input);
      memory = afterProposal(memory, input, proposal);
      said = createdOf(proposal);
    }
    return said;
  };

  it('holds what was there when it began', () => {
    expect(looks([MINUTE_MS, 8], [0, 8])).toBe('8 -> 8');
  });

  it('lets go at once what others have added since: nothing ever recommended it', () => {
    expect(looks([MINUTE_MS, 8], [0, 16])).toBe('16 -> 8');
  });

  it('has ended after so long', () => {
    expect(looks([WINDOW_MS, 8], [WINDOW_MS - 1, 8], [0, 16])).toBe('16 -> 2');
  });
});
