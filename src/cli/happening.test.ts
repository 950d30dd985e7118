import { expect, it } from 'vitest';
import type { CountProposal, StepTrace } from '../core/model/decision.js';
import { AppError } from '../core/model/errors.js';
import { meaningOf, REASON_CODES, reason, type Reason } from '../core/model/reason.js';
import { anOutcome, aProposal, aReport, someCounts } from '../testing/reports.js';
import { happeningOf } from './happening.js';
import type { PassReport } from '../seams/events.js';

function count(current: number, target: number, wanted = target): CountProposal {
  return { current, target: { min: target, max: target }, recommended: target, wanted };
}

function step(name: string, why: Reason, before: number, after: number): StepTrace {
  return { step: name, created: { before, after }, started: null, reasons: [why] };
}

function say(report: Partial<PassReport>): string {
  const { text, tone } = happeningOf(aReport(report), 15_000);
  return `${tone}: ${text}`;
}

/** A pass that wants the created count changed and did so much of it. */
function moving(created: CountProposal, rest: Partial<PassReport> = {}, limit?: StepTrace): string {
  const steps = limit === undefined ? [] : [limit];
  const reasons = steps.flatMap((each) => each.reasons);
  const proposal = aProposal({ created, steps, reasons });
  return say({ proposal, reasons, ...rest });
}

const three = <T>(each: T): T[] => [each, each, each];

it('says that an app is where it should be, and what still leaves', () => {
  expect(say({})).toBe('faint: at target');
  const proposal = aProposal({ counts: someCounts({ leaving: 2 }) });
  expect(say({ proposal })).toBe('faint: at target, 2 on the way out');
});

it('says where an app goes and what was done', () => {
  const created = three(anOutcome('create'));
  expect(moving(count(3, 6), { outcomes: created })).toBe('good: growing to 6: created 3');
  const removing = anOutcome('destroy', { stepsDone: ['mark', 'cordon', 'stop'] });
  expect(moving(count(3, 2), { outcomes: [removing] })).toBe('good: shrinking to 2: removing 1');
});

it('says how fast it goes where a ceiling lets so many go in a pass', () => {
  const capped = reason('capped', '17 removals wanted, at most 3 in a pass');
  const limit = step('ceilings', capped, 1, 15);
  const outcomes = three(anOutcome('destroy'));
  expect(moving(count(18, 1, 15), { outcomes }, limit)).toBe('good: shrinking to 1, 3 every 15s');
});

it('says what it waits for, without the names of rules', () => {
  const cooling = reason('cooling-down', 'created 4 to 1 waits for 8s');
  expect(moving(count(4, 1, 4), {}, step('cooldown', cooling, 1, 4))).toBe(
    'faint: shrinking to 1: cooling down',
  );
  const late = reason('lease-held', 'it is not known whose it is: nonce');
  expect(moving(count(4, 6), { reasons: [late] })).toBe(
    'faint: growing to 6: somebody else works on it',
  );
  const held = anOutcome('create', { result: 'held', detail: 'a release began' });
  expect(moving(count(3, 6), { outcomes: [anOutcome('create'), held] })).toBe(
    'good: growing to 6: waits, a release began',
  );
});

it('stands out where somebody should look', () => {
  const missing = reason('metric-missing', 'queue: the source has no value', 'queue');
  expect(say({ reasons: [missing], proposal: aProposal({ created: null }) })).toBe(
    'bad: held: its metric has no value',
  );
  const error = new AppError('fly-timeout', 'list machines: no answer', { owner: 'remote' });
  expect(say({ error, proposal: null })).toBe('bad: cannot look: list machines: no answer');
  const failed = anOutcome('create', { result: 'failed', detail: 'HTTP 422' });
  expect(moving(count(3, 4), { outcomes: [failed] })).toBe(
    'bad: cannot create a machine: HTTP 422',
  );
});

it('has short words for whatever holds an app', () => {
  for (const code of REASON_CODES) {
    const why: Reason = { code, detail: 'particulars that a row of a table has no room for' };
    expect(say({ reasons: [why] })).not.toContain(why.detail);
    expect(meaningOf(code).short.length, code).toBeLessThanOrEqual(40);
  }
});

it('keeps every reason for who wants to see it in full', () => {
  const reasons = [reason('capped', '9 wanted'), reason('scale-down', 'created 9 to 4', 'created')];
  expect(happeningOf(aReport({ reasons }), 15_000).details).toEqual([
    'capped: 9 wanted',
    'scale down: created 9 to 4',
  ]);
});
