import { describe, expect, it } from 'vitest';
import type { Grant } from '../../core/fleet-wide/grant.js';
import { plan } from '../../core/plan/plan.js';
import { propose } from '../../core/decide/propose.js';
import { reason } from '../../core/model/reason.js';
import { settle } from '../../core/fleet-wide/settle.js';
import { aCase, HOUR_MS, type Case } from '../../testing/behavior.js';
import { aRange, aRelease, samples, T0 } from '../../testing/builders.js';
import { aHandRecord } from '../../testing/hand-record.js';
import { aReport } from '../../testing/reports.js';
import { explain, type CountExplanation } from './explanation.js';
import type { PassReport } from '../../seams/events.js';

async function explained(report: Partial<PassReport>) {
  const record = aHandRecord();
  record.recorder.pass(aReport(report));
  return explain(await record.newest());
}

/** Far away values are tried too. */
const CAPS = { maxMachinesPerApp: 100, maxCreatePerPass: 100, maxRemovePerPass: 100 };

/** What is told of the created count of a pass that came to a plan, or with `isPlanned` false to none. */
async function createdOf(
  given: Case,
  grant: Grant | null = null,
  isPlanned = true,
): Promise<CountExplanation> {
  const input = aCase({ ...given, policy: { caps: CAPS, ...given.policy } });
  const fresh = propose(input);
  const proposal = grant === null ? fresh : settle(fresh, grant);
  const planned = isPlanned ? plan(input, proposal, () => 'fas-1') : null;
  const { policy } = input;
  const { created } = await explained({ policy, input, grant, proposal, plan: planned });
  return created!;
}

const nothing: Grant = { creates: 0, removals: 0, starts: 0, stops: 0, reasons: [] };
const spent = reason('budget-spent', '8 creates wanted, 4 granted');

describe('what the fleet cut', () => {
  it('stays cut for other values', async () => {
    const grant = { ...nothing, creates: 4, reasons: [spent] };
    const told = await createdOf({ current: 1, wanted: 9 }, grant);
    expect(told).toMatchObject({ current: 1, wanted: 5, decidedBy: 'grant' });
    expect(told.turns).toContainEqual({
      metric: 'queue',
      value: 9,
      of: 'wanted',
      below: { value: 4, isIncluded: true, result: '4' },
      above: null,
    });
  });

  it('says nothing of the other direction', async () => {
    const grant = { ...nothing, reasons: [spent] };
    const told = await createdOf({ current: 5, wanted: 9 }, grant);
    expect(told.turns.find(({ of }) => of === 'wanted')).toMatchObject({
      below: { value: 4, result: '4' },
      above: null,
    });
  });

  it('is told where it left nothing to plan', async () => {
    const why = reason('budget-spent', '8 creates wanted, 0 granted');
    const grant = { ...nothing, reasons: [why] };
    const told = await createdOf({ current: 1, wanted: 9 }, grant, false);
    expect(told).toMatchObject({
      current: 1,
      recommended: 9,
      wanted: 1,
      decidedBy: 'grant',
      steps: [{ step: 'grant', before: 9, after: 1, reasons: [why] }],
    });
  });

  it('is nothing where all was granted and the pass came to no plan', async () => {
    const told = await createdOf({ current: 1, wanted: 9 }, { ...nothing, creates: 8 }, false);
    expect(told).toMatchObject({ wanted: 9, decidedBy: 'expressions', steps: [] });
  });
});

describe('the metric of the back-off', () => {
  const backoff = aRange('db > 450 ? 1 : 0', undefined, ['db']).min;
  const withLoad = (db: number): Case => ({
    current: 1,
    wanted: 9,
    policy: { backoff },
    input: { samples: samples({ queue: 9, db }) },
  });

  it('is told with the value at which it would not have decided', async () => {
    const { decidedBy, turns } = await createdOf(withLoad(500));
    expect(decidedBy).toBe('back-off');
    expect(turns.filter(({ metric }) => metric === 'db')).toEqual([
      {
        metric: 'db',
        value: 500,
        of: 'wanted',
        below: { value: 450, isIncluded: true, result: '9' },
        above: null,
      },
    ]);
  });

  it('is left out where the expressions decided', async () => {
    const { turns } = await createdOf(withLoad(0));
    expect(turns.map(({ metric }) => metric)).toEqual(['queue']);
  });
});

describe('a step that only takes shrinking back', () => {
  const empty = { kind: 'empty', atMs: T0 } as const;
  const running = aRelease({ status: 'running', createdAtMs: T0 - 2 * HOUR_MS });
  const unsure = aRange('min(queue, other ?? 9)', undefined, ['queue', 'other']);

  it.each<[string, NonNullable<Case['input']>, string]>([
    [
      'metric without a value',
      { samples: samples({ queue: 1, other: empty, busy: empty }) },
      'metric-missing: other: the source has no value',
    ],
    [
      'metric that was not collected',
      { samples: samples({ queue: 1, busy: empty }) },
      'metric-missing: other: not collected',
    ],
    [
      'release that does not end',
      { samples: samples({ queue: 1, other: 9, busy: 2 }), look: { release: running } },
      'release-overdue: release v1 is running for 2h',
    ],
  ])('names the %s', async (_, input, why) => {
    // What the other count misses is not what kept this one.
    const started = aRange('busy ?? 2', undefined, ['busy']);
    const policy = { created: unsure, started };
    const { steps } = await createdOf({ current: 2, wanted: 1, policy, input });
    expect(steps).toMatchObject([{ step: 'shrink-only-when-allowed', before: 1, after: 2 }]);
    expect(steps[0]?.reasons.map(({ code, detail }) => `${code}: ${detail}`)).toEqual([why]);
  });
});
