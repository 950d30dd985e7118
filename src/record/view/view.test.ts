import { describe, expect, it } from 'vitest';
import type { Action, ActionOutcome } from '../../core/model/decision.js';
import { AppError } from '../../core/model/errors.js';
import { reason, type Reason, type ReasonCode } from '../../core/model/reason.js';
import { createFakeClock } from '../../testing/fake-clock.js';
import { anOutcome, aProposal, aReport } from '../../testing/reports.js';
import { causeOf, createView, describeOutcomes, stateOf, viewOf } from './view.js';

it('keeps the last action of an app until there is a newer one', () => {
  const view = createView(createFakeClock({ startMs: 5000 }));
  view.recorder.pass(
    aReport({
      outcomes: [anOutcome('create'), anOutcome('create'), anOutcome('start')],
      reasons: [reason('scale-up', 'created 3 to 5', 'created')],
    }),
  );
  view.recorder.pass(aReport());
  const [app] = view.apps();
  expect(app?.lastAction).toEqual({
    text: 'created 2, started 1',
    atMs: 5000,
    why: 'created 3 to 5',
  });
  expect(app).toMatchObject({ state: 'at target: 3 created', level: 'quiet' });
});

it('says what holds an app rather than what it wanted', () => {
  const view = createView(createFakeClock());
  view.recorder.pass(
    aReport({
      reasons: [
        reason('scale-up', 'created 3 to 5', 'created'),
        reason('no-volume', 'none in iad'),
      ],
    }),
  );
  expect(view.apps()[0]).toMatchObject({ state: 'no volume: none in iad', level: 'warn' });
});

describe('of several reasons', () => {
  const failing = reason('metric-error', 'queue: no answer', 'queue');
  const paused = reason('paused', 'nothing shrinks, until it is resumed', 'in');
  const steps = [
    {
      step: 'fallback',
      created: { before: 1, after: 2 },
      started: null,
      reasons: [reason('metric-fallback', 'queue: 2', 'queue')],
    },
    { step: 'pauses', created: { before: 2, after: 3 }, started: null, reasons: [paused] },
    { step: 'bounds', created: null, started: null, reasons: [reason('capped', 'at 9')] },
  ];
  const reasons = [failing, ...steps.flatMap((step) => step.reasons)];
  const proposal = aProposal({ steps, reasons });

  it('tells that of the last step that changed a count, at the level of the gravest', () => {
    const report = aReport({ proposal, reasons });
    expect(stateOf(report)).toBe('paused: nothing shrinks, until it is resumed');
    expect(viewOf(report, null, 0)).toMatchObject({ level: 'warn' });
  });

  it('tells what kept the pass from doing what was decided', () => {
    const late = reason('no-volume', 'none in iad');
    expect(stateOf(aReport({ proposal, reasons: [...reasons, late] }))).toBe(
      'no volume: none in iad',
    );
  });
});

it('sums what was done and what failed, and says what', () => {
  const view = createView(createFakeClock());
  const error = new AppError('fly-timeout', 'slow', { owner: 'remote' });
  view.recorder.pass(aReport({ error, proposal: null }));
  view.recorder.pass(
    aReport({
      outcomes: [
        anOutcome('create'),
        anOutcome('destroy'),
        anOutcome('stop', { result: 'failed' }),
      ],
    }),
  );
  expect(view.totals()).toEqual({
    passes: 2,
    created: 1,
    destroyed: 1,
    started: 0,
    stopped: 0,
    errors: 2,
  });
  expect(view.errors()).toEqual([
    { text: 'my-app-1  slow', count: 1 },
    { text: 'my-app-1  cannot stop: m9', count: 1 },
  ]);
});

it('forgets apps that left and lists the others by name', () => {
  const view = createView(createFakeClock());
  for (const app of ['c', 'a', 'b']) view.recorder.pass(aReport({ app }));
  view.recorder.fleet({ kind: 'app-gone', app: 'b' });
  view.recorder.pass(aReport({ app: 'b', reasons: [reason('app-gone', '')] }));
  view.recorder.fleet({ kind: 'app-list', apps: ['a'], added: [], removed: ['c'] });
  expect(view.apps().map(({ app }) => app)).toEqual(['a']);
});

it('does not call a machine destroyed that is only on its way out', () => {
  const view = createView(createFakeClock());
  const draining = anOutcome('destroy', { stepsDone: ['mark', 'cordon', 'stop'] });
  view.recorder.pass(aReport({ outcomes: [draining, draining, anOutcome('destroy')] }));
  expect(view.apps()[0]?.lastAction?.text).toBe('removing 2, destroyed 1');
  expect(view.totals().destroyed).toBe(1);
});

it('tells what begins apart from what earlier passes began, so that the numbers add up', () => {
  const goingOn = (kind: Action['kind']): ActionOutcome => {
    const outcome = anOutcome(kind);
    return { ...outcome, action: { ...outcome.action, reason: reason('removal-under-way', 'x') } };
  };
  const removing = anOutcome('destroy', { stepsDone: ['mark', 'cordon', 'stop'] });
  const waiting = anOutcome('stop', { stepsDone: ['mark', 'cordon'] });
  const going = [goingOn('destroy'), goingOn('destroy'), goingOn('finish')];
  expect(describeOutcomes([...going, removing, waiting])).toBe(
    'removing 1, stopping 1; begun before: destroyed 2, ready again 1',
  );
  expect(describeOutcomes(going)).toBe('destroyed 2, ready again 1');
});

it('gives pages by name, app-2 before app-10, whatever comes and goes', () => {
  const view = createView(createFakeClock());
  const names = (after: string | null, limit: number) => view.names(after, limit);
  for (const app of ['app-10', 'app-2', 'app-02', 'b']) view.recorder.pass(aReport({ app }));
  expect(names(null, 9)).toEqual(['app-02', 'app-2', 'app-10', 'b']);
  expect(names('app-02', 2)).toEqual(['app-2', 'app-10']);
  expect(names('app-5', 1)).toEqual(['app-10']);
  expect(names('z', 9)).toEqual([]);
  view.recorder.fleet({ kind: 'app-list', apps: [], added: [], removed: ['app-2'] });
  view.recorder.pass(aReport({ app: 'app-3' }));
  expect(names(null, 9)).toEqual(['app-02', 'app-3', 'app-10', 'b']);
  expect(view.size).toBe(4);
});

describe('the cause of what was done', () => {
  const up = reason('scale-up', 'created 4 to 7', 'created');
  it.each<[string, readonly Reason[]]>([
    ['created 4 to 7', [reason('metric-error', 'queue: no answer', 'queue'), up]],
    ['created 4 to 7', [reason('paused', 'shrinking, until resumed', 'in'), up]],
    ['created 4 to 7', [reason('fleet-brake', 'queue: 5 of 10 apps'), up]],
    ['paused: at 7, until resumed', [reason('paused', 'at 7, until resumed', 'at'), up]],
    ['limited: created 4 to 9, at most 7', [reason('limited', 'created 4 to 9, at most 7'), up]],
  ])('is %j', (cause, reasons) => {
    const outcome = anOutcome('create');
    const outcomes = [{ ...outcome, action: { ...outcome.action, reason: up } }];
    expect(causeOf({ reasons, error: null, proposal: null, outcomes })).toBe(cause);
  });

  it('is that of the count that asked for it, where a policy has both', () => {
    const because = (kind: Action['kind'], detail: string): ActionOutcome => {
      const outcome = anOutcome(kind);
      return {
        ...outcome,
        action: { ...outcome.action, reason: reason('scale-down', detail, 'created') },
      };
    };
    const reasons = [
      reason('scale-down', 'created 4 to 2', 'created'),
      reason('limited', 'created 4 to 1, at most 2'),
      reason('scale-down', 'started 2 to 1', 'started'),
    ];
    const limits = { step: 'step-limits', reasons: reasons.slice(1, 2) };
    const steps = [{ ...limits, created: { before: 1, after: 2 }, started: null }];
    const proposal = aProposal({ steps, reasons });
    const judged = { reasons: [reasons[0]!, reasons[2]!], error: null, proposal };
    const stop = because('stop', 'started 2 to 1');
    const destroy = because('destroy', 'created 4 to 2');
    const cause = (outcomes: readonly ActionOutcome[]): string => causeOf({ ...judged, outcomes });
    expect(cause([stop])).toBe('started 2 to 1');
    expect(cause([destroy])).toBe('created 4 to 2');
    expect(cause([destroy, stop])).toBe('created 4 to 2; started 2 to 1');
    expect(causeOf({ reasons, error: null, proposal, outcomes: [destroy] })).toBe(
      'limited: created 4 to 1, at most 2',
    );
  });

  it.each<[string, readonly ReasonCode[]]>([
    ['removal under way: created 11 to 4', ['removal-under-way', 'removal-under-way']],
    ['cooling down: created 4 to 1 waits for 8s', ['scale-down', 'removal-under-way']],
  ])('is %j where the actions are for %j', (cause, codes) => {
    const outcomes = codes.map((code) => {
      const outcome = anOutcome('destroy');
      return {
        ...outcome,
        action: { ...outcome.action, reason: { code, detail: 'created 11 to 4' } },
      };
    });
    const reasons = [
      reason('removal-under-way', 'm1, m2'),
      reason('cooling-down', 'created 4 to 1 waits for 8s'),
    ];
    expect(causeOf({ reasons, error: null, proposal: null, outcomes })).toBe(cause);
  });
});
