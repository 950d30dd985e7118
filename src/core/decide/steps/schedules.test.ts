import { describe, expect, it } from 'vitest';
import {
  aBehavior,
  aCase,
  aCountHistory,
  aHistory,
  aRecurrence,
  aSchedule,
  createdOf,
  decideCase,
  HOUR_MS,
} from '../../../testing/behavior.js';
import { aMachine, aRange, aRelease, machines, samples, T0 } from '../../../testing/builders.js';
import { checkRows, MISSING } from '../../../testing/step-table.js';
import { plan } from '../../plan/plan.js';
import { propose } from '../propose.js';

describe('schedules', () => {
  const floor = (min: number) => aSchedule({ created: { min, max: null } });
  const ceiling = (max: number) => aSchedule({ created: { min: null, max } });
  const fixed = (count: number) => aSchedule({ created: { min: count, max: count } });
  const closed = aSchedule({
    when: aRecurrence('0 5 * * *', HOUR_MS),
    created: { min: 50, max: null },
  });
  const with_ = (...schedules: ReturnType<typeof aSchedule>[]) => ({ schedules });
  const blind = { samples: samples({ queue: MISSING }) };
  const slow = { behavior: aBehavior({ select: 'disabled' }, { select: 'disabled' }) };
  checkRows([
    [
      'raise to a floor',
      { current: 3, wanted: 3, policy: with_(floor(7)) },
      '3 -> 7',
      'schedule-floor',
      'at least 7 created: 0 0 * * * for 1h, UTC',
    ],
    [
      'keep at a floor',
      { current: 9, wanted: 3, policy: with_(floor(7)) },
      '9 -> 7',
      'schedule-floor',
      'at least 7 created: 0 0 * * * for 1h, UTC',
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
      'at most 4 created: 0 0 * * * for 1h, UTC',
    ],
    [
      'keep growth under a ceiling',
      { current: 2, wanted: 9, policy: with_(ceiling(4)) },
      '2 -> 4',
      'schedule-ceiling',
      'at most 4 created: 0 0 * * * for 1h, UTC',
    ],
    [
      'take the highest floor',
      { current: 3, wanted: 3, policy: with_(floor(5), floor(8), floor(6)) },
      '3 -> 8',
      'schedule-floor',
      'at least 8 created: 0 0 * * * for 1h, UTC',
    ],
    [
      'take the lowest ceiling',
      { current: 9, wanted: 9, policy: with_(ceiling(6), ceiling(4), ceiling(5)) },
      '9 -> 4',
      'schedule-ceiling',
      'at most 4 created: 0 0 * * * for 1h, UTC',
    ],
    [
      'let a floor beat a ceiling, and lower to it',
      { current: 9, wanted: 9, policy: with_(ceiling(4), floor(6)) },
      '9 -> 6',
      'schedule-floor',
      'at least 6 created: 0 0 * * * for 1h, UTC',
    ],
    [
      'lower no further than to a floor above the ceiling',
      { current: 9, wanted: 2, policy: with_(ceiling(4), floor(6)) },
      '9 -> 6',
      'schedule-floor',
      'at least 6 created: 0 0 * * * for 1h, UTC',
    ],
    [
      'keep growth under a floor that beats the ceiling',
      { current: 5, wanted: 20, policy: with_(ceiling(4), floor(6)) },
      '5 -> 6',
      'schedule-floor',
      'at least 6 created: 0 0 * * * for 1h, UTC',
    ],
    [
      'stay where a floor that beats the ceiling is',
      { current: 6, wanted: 20, policy: with_(ceiling(4), floor(6)) },
      '6 -> 6',
      'schedule-floor',
      'at least 6 created: 0 0 * * * for 1h, UTC',
    ],
    [
      'do not name a ceiling that a floor beats',
      { current: 9, wanted: 9, policy: with_(ceiling(4), floor(6)) },
      '9 -> 6',
      'schedule-ceiling',
      null,
    ],
    [
      'keep growth under a ceiling that is the floor too',
      { current: 5, wanted: 20, policy: with_(fixed(6)) },
      '5 -> 6',
      'schedule-ceiling',
      'at most 6 created: 0 0 * * * for 1h, UTC',
    ],
    [
      'lower to a ceiling that is the floor too',
      { current: 9, wanted: 20, policy: with_(fixed(6)) },
      '9 -> 6',
      'schedule-ceiling',
      'at most 6 created: 0 0 * * * for 1h, UTC',
    ],
    [
      'raise to a floor that is the ceiling too',
      { current: 3, wanted: 2, policy: with_(fixed(6)) },
      '3 -> 6',
      'schedule-floor',
      'at least 6 created: 0 0 * * * for 1h, UTC',
    ],
    [
      'keep at a floor that is the ceiling too',
      { current: 9, wanted: 2, policy: with_(floor(6), ceiling(6)) },
      '9 -> 6',
      'schedule-floor',
      'at least 6 created: 0 0 * * * for 1h, UTC',
    ],
    [
      'stay where floor and ceiling are one',
      { current: 6, wanted: 20, policy: with_(floor(6), ceiling(6)) },
      '6 -> 6',
      'at-target',
      null,
    ],
    [
      'raise past a ceiling that a floor beats',
      { current: 2, wanted: 2, policy: with_(ceiling(4), floor(6)) },
      '2 -> 6',
      'schedule-floor',
      'at least 6 created: 0 0 * * * for 1h, UTC',
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
      'at least 7 created: 0 0 * * * for 1h, UTC',
    ],
    [
      'take nothing away without samples, whatever the floor',
      { current: 9, wanted: 0, policy: with_(ceiling(4), floor(6)), input: blind },
      '9 -> 9',
      'schedule-floor',
      null,
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
      'at least 7 created: 0 0 * * * for 1h, UTC',
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

  it.each([
    ['a window', { stabilizationWindowMs: HOUR_MS }],
    ['a limit', { limits: [{ kind: 'machines', amount: 1, periodMs: HOUR_MS }] }],
  ] as const)('lower past %s to a ceiling, and no further', (_name, rules) => {
    const recommended = { count: 10, sinceMs: 0 };
    const history = aHistory({ created: aCountHistory({ recommended }) });
    const policy = { ...with_(ceiling(7)), behavior: aBehavior(rules) };
    expect(createdOf(decideCase({ current: 10, wanted: 3, policy, history }))).toBe('10 -> 7');
  });

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
