/** How many running machines a created count destroys, and how many it starts, by the rules of the started count. */
import { describe, expect, it } from 'vitest';
import {
  aBehavior,
  aCase,
  aCountHistory,
  aHistory,
  aSchedule,
  MINUTE_MS,
  NOW_MS,
} from '../../testing/behavior.js';
import { aRange, machines } from '../../testing/builders.js';
import type { DirectionRules } from '../model/behavior.js';
import type { DecisionInput } from '../model/decision.js';
import { plan } from '../plan/plan.js';
import type { Policy } from '../model/policy.js';
import { propose } from './propose.js';
import { settle } from '../fleet-wide/settle.js';
import type { CountHistory, PolicyHistory } from '../model/app-memory.js';

const window = { stabilizationWindowMs: 5 * MINUTE_MS };
const two = { limits: [{ kind: 'machines', amount: 2, periodMs: MINUTE_MS }] } as const;
const budget = { kind: 'machines', amount: 2, periodMs: MINUTE_MS, when: null } as const;

/** The created count has long wanted 5; the started one wanted 10 until so long ago. */
const wantedTen = (agoMs: number): PolicyHistory =>
  aHistory({
    created: aCountHistory({ recommended: { count: 5, sinceMs: 0 } }),
    started: aCountHistory({
      recommended: { count: 3, sinceMs: NOW_MS - agoMs },
      higher: [{ count: 10, untilMs: NOW_MS - agoMs }],
    }),
  });
const oneStopped = aHistory({
  started: aCountHistory({ changes: [{ atMs: NOW_MS - 1000, change: -1 }] }),
});

interface Given {
  readonly started: readonly [min: string, max: string] | null;
  readonly down?: Partial<DirectionRules>;
  readonly policy?: Partial<Policy>;
  readonly history?: PolicyHistory;
  readonly resting?: number;
  readonly input?: Partial<DecisionInput>;
}

/** Ten machines, of which there are to be five. */
function inputOf({ started, down = {}, policy, history, resting = 0, input }: Given) {
  const rest = machines(resting, { state: 'stopped' }, 's');
  return aCase({
    current: 10,
    wanted: 5,
    policy: { started: started && aRange(...started), behavior: aBehavior(down), ...policy },
    ...(history === undefined ? {} : { history }),
    input: { ...input, look: { machines: [...machines(10 - resting), ...rest] } },
  });
}

const atFour = {
  id: 'p',
  app: null,
  policy: null,
  mode: 'at',
  count: 4,
  reason: '',
  createdAtMs: 0,
  untilMs: null,
} as const;

describe('running machines that a created count destroys', () => {
  it.each<[string, Given, number]>([
    [
      'are as many as it wants where no started count is given',
      { started: null, down: window, history: wantedTen(1000) },
      5,
    ],
    ['go down to the least that should run', { started: ['7', '7'] }, 3],
    [
      'stay while the window holds the started count',
      {
        started: ['3', '3'],
        down: window,
        history: wantedTen(1000),
      },
      0,
    ],
    [
      'go once the window has passed',
      {
        started: ['3', '3'],
        down: window,
        history: wantedTen(5 * MINUTE_MS),
      },
      5,
    ],
    ['stay while nothing is known of before', { started: ['3', '3'], down: window }, 0],
    [
      'are what limits have left of the started count',
      {
        started: ['3', '3'],
        down: two,
        history: oneStopped,
      },
      1,
    ],
    [
      'are no more where its range allows all that run',
      {
        started: ['3', '12'],
        down: two,
        history: oneStopped,
      },
      1,
    ],
    [
      'are what budgets have left of the started count',
      {
        started: ['3', '12'],
        policy: { budgets: [budget] },
        history: oneStopped,
      },
      1,
    ],
    [
      'do not wait for a window where its range allows all that run',
      {
        started: ['3', '12'],
        down: window,
        history: aHistory({
          created: aCountHistory({ recommended: { count: 5, sinceMs: 0 } }),
          started: aCountHistory({ recommended: { count: 10, sinceMs: 0 } }),
        }),
      },
      5,
    ],
    [
      'do not wait for a change within the tolerance',
      {
        started: ['3', '9'],
        down: { ...window, tolerance: 0.1 },
        history: aHistory({
          created: aCountHistory({ recommended: { count: 5, sinceMs: 0 } }),
          started: aCountHistory({ recommended: { count: 10, sinceMs: 0 } }),
        }),
      },
      5,
    ],
    [
      'go down to a ceiling that a schedule sets, whatever the window',
      {
        started: ['3', '3'],
        down: window,
        history: wantedTen(1000),
        policy: { schedules: [aSchedule({ started: { min: null, max: 6 } })] },
      },
      4,
    ],
    [
      'go down to a pause at a count, whatever the window',
      {
        started: ['3', '3'],
        down: window,
        history: wantedTen(1000),
        input: { orders: { pauses: [atFour], braked: {} } },
      },
      6,
    ],
  ])('%s', (_name, given, count) => {
    const input = inputOf(given);
    const { removals } = plan(input, propose(input), () => 'id');
    expect(removals.filter(({ kind }) => kind === 'destroy')).toHaveLength(count);
  });

  it('leave the idle ones to go, and say what keeps them', () => {
    const input = inputOf({
      started: ['3', '3'],
      down: window,
      history: wantedTen(1000),
      resting: 2,
    });
    const decided = plan(input, propose(input), () => 'id');
    expect(decided.removals.map(({ machineId }) => machineId)).toEqual(['s1', 's2']);
    expect(decided.reasons).toContainEqual({ code: 'started-floor', detail: 'm1' });
  });

  it('go although the fleet has granted no stops beside them', () => {
    const input = inputOf({ started: ['3', '3'], down: two, history: aHistory() });
    const grant = { creates: 0, removals: 2, starts: 0, stops: 0, reasons: [] };
    const { removals } = plan(input, settle(propose(input), grant), () => 'id');
    expect(removals.map(({ kind }) => kind)).toEqual(['destroy', 'destroy']);
  });
});

describe('new machines of a created count that start at once', () => {
  const wanting = (started: Partial<CountHistory>): PolicyHistory =>
    aHistory({ started: aCountHistory(started) });
  const threeUntil = (agoMs: number): PolicyHistory =>
    wanting({
      recommended: { count: 8, sinceMs: NOW_MS - agoMs },
      lower: [{ count: 3, untilMs: NOW_MS - agoMs }],
    });
  const oneStarted = wanting({ changes: [{ atMs: NOW_MS - 1000, change: 1 }] });

  it.each<[string, Omit<Given, 'down'> & { readonly up?: Partial<DirectionRules> }, number]>([
    ['are all where no started count is given', { started: null, up: window }, 5],
    ['are as many as may run', { started: ['3', '6'] }, 3],
    [
      'are none while the window holds the started count',
      { started: ['8', '8'], up: window, history: threeUntil(1000) },
      0,
    ],
    [
      'are all once the window has passed',
      { started: ['8', '8'], up: window, history: threeUntil(5 * MINUTE_MS) },
      5,
    ],
    [
      'are what limits have left of the started count',
      { started: ['8', '8'], up: two, history: oneStarted },
      1,
    ],
    [
      'are no more where its range allows all that may run',
      { started: ['3', '12'], up: two, history: oneStarted },
      1,
    ],
    [
      'do not wait for a window where its range allows all that may run',
      { started: ['3', '12'], up: window, history: threeUntil(1000) },
      5,
    ],
    [
      'do not wait for a change within the tolerance',
      { started: ['4', '8'], up: { ...window, tolerance: 0.4 }, history: threeUntil(1000) },
      5,
    ],
    [
      'are as many as a schedule makes run, whatever the window',
      {
        started: ['8', '8'],
        up: window,
        history: threeUntil(1000),
        policy: { schedules: [aSchedule({ started: { min: 5, max: null } })] },
      },
      2,
    ],
  ])('%s', (_name, { started, up = {}, policy, history }, count) => {
    // Only the started count is held by what was.
    const created = aCountHistory({ recommended: { count: 8, sinceMs: 0 } });
    const input = aCase({
      current: 3,
      wanted: 8,
      policy: { started: started && aRange(...started), behavior: aBehavior({}, up), ...policy },
      history: { ...(history ?? aHistory()), created },
    });
    const { creates } = plan(input, propose(input), () => 'id');
    expect(creates.filter(({ isLaunched }) => isLaunched)).toHaveLength(count);
  });
});
