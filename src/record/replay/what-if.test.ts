import { describe, expect, it } from 'vitest';
import type { Behavior } from '../../core/model/behavior.js';
import type { Policy } from '../../core/model/policy.js';
import type { DecisionInput } from '../../core/model/decision.js';
import {
  aBehavior,
  aCase,
  aCountHistory,
  aHistory,
  MINUTE_MS,
  NOW_MS,
} from '../../testing/behavior.js';
import { aPolicy, aRange, machines } from '../../testing/builders.js';
import { aHandRecord } from '../../testing/hand-record.js';
import { aReport } from '../../testing/reports.js';
import { WhatIfs, type WhatIf } from './what-if.js';

const named = (name: string): Pick<Policy, 'name' | 'group'> => ({
  name,
  group: { kind: 'named', name },
});
const web = aPolicy({ ...named('web'), created: aRange('queue') });
const workers = aPolicy({ ...named('workers'), created: aRange('6') });
/** Two machines of the group `web`, one of `workers`. */
const machinesThen = [
  ...machines(2, { metadata: { fly_process_group: 'web' } }),
  ...machines(1, { metadata: { fly_process_group: 'workers' } }, 'w'),
];

/** What comes of the policies after one decision of each of the `old` ones, with 5 in the queue. */
async function tried(old: readonly Policy[], policies: readonly Policy[]): Promise<WhatIf> {
  const look = { machines: machinesThen };
  const decided = (policy: Policy): DecisionInput =>
    aCase({ current: 0, wanted: 5, input: { policy, look } });
  return triedOn(old.map(decided), policies);
}

async function triedOn(
  inputs: readonly DecisionInput[],
  policies: readonly Policy[],
): Promise<WhatIf> {
  const whatIfs = new WhatIfs(policies);
  const record = aHandRecord();
  for (const input of inputs) {
    record.recorder.pass(aReport({ policy: input.policy, input, proposal: null }));
    whatIfs.add(await record.newest());
  }
  return whatIfs.results()[0]!;
}

describe('a policy that replaces none', () => {
  it('is compared with machines that stay as they are', async () => {
    expect(await tried([web], [web, workers])).toMatchObject({
      outcome: 'differs',
      compared: 2,
      most: { machines: 5, was: 1, wouldBe: 6 },
    });
  });

  it('leaves too little data where it reads what was not collected', async () => {
    const jobs = aPolicy({ ...named('workers'), created: aRange('jobs', 'jobs', ['jobs']) });
    expect(await tried([web], [web, jobs])).toMatchObject({
      outcome: 'not-enough-data',
      compared: 1,
      missing: ['policy workers is new'],
    });
  });

  it('leaves too little data where another had some of its machines', async () => {
    const all = aPolicy({ name: 'all', group: { kind: 'all' }, created: aRange('queue') });
    expect(await tried([web, workers], [all])).toMatchObject({
      outcome: 'not-enough-data',
      compared: 0,
      missing: [
        'policy all is new',
        'the new configuration has no policy web',
        'the new configuration has no policy workers',
      ],
    });
  });

  it('is none that took over the machines of another decision', async () => {
    expect(await tried([web, workers], [workers, web])).toMatchObject({
      outcome: 'same',
      compared: 2,
      skipped: 0,
    });
  });

  it('is one that has the name and not the machines of before', async () => {
    expect(await tried([web], [aPolicy({ ...workers, name: 'web' })])).toMatchObject({
      outcome: 'differs',
      most: { machines: 5, was: 1, wouldBe: 6 },
      missing: ['the new configuration has no policy web'],
    });
  });
});

describe('a policy without a counterpart', () => {
  it('is never the same', async () => {
    expect(await tried([web, workers], [web])).toMatchObject({
      outcome: 'not-enough-data',
      compared: 1,
      skipped: 1,
      missing: ['the new configuration has no policy workers'],
    });
  });

  it('is told apart where the app has none at all', async () => {
    const other = aPolicy({ apps: { include: ['other'], exclude: [] } });
    expect(await tried([web], [other])).toMatchObject({ outcome: 'no-policy', compared: 0 });
  });
});

it('finds the counterpart by its machines, whatever its name', async () => {
  const unset = aPolicy({ name: 'default', created: aRange('queue') });
  const renamed = aPolicy({ ...named('app'), created: aRange('queue + 1') });
  expect(await tried([unset], [renamed])).toMatchObject({ compared: 1, missing: [] });
});

describe('rules that look back', () => {
  const limits = [{ kind: 'machines', amount: 1, periodMs: MINUTE_MS }] as const;
  const plain = web.behavior;
  const downWindow = aBehavior({ stabilizationWindowMs: MINUTE_MS });
  const upWindow = aBehavior({}, { stabilizationWindowMs: MINUTE_MS });
  const limited = aBehavior({ limits });
  const cooled = aBehavior({ cooldownMs: MINUTE_MS });

  it.each<[string, Behavior, Behavior, number]>([
    ['no rules need none', limited, plain, 1],
    ['a limit, of nothing', plain, limited, 0],
    ['a limit, of a window', downWindow, limited, 0],
    ['a limit, of what a cooldown kept', cooled, limited, 1],
    ['a window, of nothing', plain, downWindow, 0],
    ['a window, of one for the other direction', upWindow, downWindow, 0],
    ['a window, of a shorter one', aBehavior({ stabilizationWindowMs: 1000 }), downWindow, 1],
  ])('need what was kept: %s', async (_, before, behavior, compared) => {
    const old = aPolicy({ ...web, behavior: before });
    const result = await tried([old], [aPolicy({ ...web, behavior })]);
    expect(result).toMatchObject({
      compared,
      missing: compared === 1 ? [] : ['what was done before'],
    });
  });

  it('need it of a new policy too', async () => {
    const added = aPolicy({ ...workers, behavior: limited });
    const old = aPolicy({ ...web, behavior: limited });
    expect(await tried([old], [old, added])).toMatchObject({ missing: ['policy workers is new'] });
  });

  const kept = { upWindowMs: 0, downWindowMs: 0, periodMs: MINUTE_MS, isSpending: true };
  const changes = [{ atMs: NOW_MS - 30_000, change: -1 }];
  const history = aHistory({ created: aCountHistory({ changes }), kept });
  const given = (periodMs: number): DecisionInput => {
    const twice = aBehavior({ limits: [{ kind: 'machines', amount: 2, periodMs }] });
    return aCase({ current: 9, wanted: 3, policy: { behavior: twice }, history });
  };

  it.each([
    ['go by what was recorded', MINUTE_MS, 60 * MINUTE_MS],
    ['fare the same as themselves while they begin carefully', 60 * MINUTE_MS, 60 * MINUTE_MS],
  ])('%s', async (_name, before, after) => {
    expect(await triedOn([given(before)], [given(after).policy])).toMatchObject({
      outcome: 'same',
      compared: 1,
    });
  });
});
