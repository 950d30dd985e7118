import { describe, expect, it } from 'vitest';
import {
  aBehavior,
  aCountHistory,
  aHistory,
  createdOf,
  decideCase,
  MINUTE_MS,
  NOW_MS,
} from '../../../testing/behavior.js';
import { aMachine, aRange, machines, T0 } from '../../../testing/builders.js';
import { checkRows } from '../../../testing/step-table.js';

describe('step limits', () => {
  const machinesEach = (amount: number, periodMs = MINUTE_MS) =>
    ({ kind: 'machines', amount, periodMs }) as const;
  const percentEach = (amount: number, periodMs = MINUTE_MS) =>
    ({ kind: 'percent', amount, periodMs }) as const;
  const down = (rules: Parameters<typeof aBehavior>[0]) => ({ behavior: aBehavior(rules) });
  const changed = (...changes: { atMs: number; change: number; isInDoubt?: true }[]) =>
    aHistory({ created: aCountHistory({ changes }) });
  const slow = { limits: [machinesEach(1)] };
  checkRows([
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
      'count a create in doubt against further ones',
      {
        current: 3,
        wanted: 9,
        policy: { behavior: aBehavior({}, { limits: [machinesEach(2)] }) },
        history: changed({ atMs: NOW_MS, change: 1, isInDoubt: true }),
      },
      '3 -> 4',
      'limited',
      'created 3 to 9, at most 4: 2 within 1m, 1 added in it',
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
      'created 9 to 3, at least 9: 1 within 1m, counted as spent for 1m more, as nothing is known of before',
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

describe('a percentage of no machines', () => {
  const percent = { kind: 'percent', amount: 50, periodMs: MINUTE_MS } as const;
  const four = { kind: 'machines', amount: 4, periodMs: MINUTE_MS } as const;
  const added = (change: number) => [{ atMs: NOW_MS - 1, change }];
  it.each([
    ['lets one start', 0, {}, [], '0 -> 1'],
    ['lets no second start within the period', 1, {}, added(1), '1 -> 1'],
    ['goes on from there in the next one', 1, {}, [], '1 -> 2'],
    ['does not start again what others have stopped since', 0, {}, added(1), '0 -> 0'],
    ['is less than a number of machines', 0, { limits: [percent, four] }, [], '0 -> 4'],
    ['holds with select: min', 0, { limits: [percent, four], select: 'min' }, [], '0 -> 1'],
  ] as const)('%s', (_name, running, rules, changes, change) => {
    const { started } = decideCase({
      current: running,
      wanted: 9,
      policy: {
        created: null,
        started: aRange('queue'),
        behavior: aBehavior({}, { limits: [percent], ...rules }),
      },
      history: aHistory({ started: aCountHistory({ changes }) }),
      input: {
        look: { machines: [...machines(running), ...machines(9, { state: 'stopped' }, 's')] },
      },
    });
    expect(`${started?.current} -> ${started?.wanted}`).toBe(change);
  });
});
