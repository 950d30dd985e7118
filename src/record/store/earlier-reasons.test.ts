import { expect, it } from 'vitest';
import { propose } from '../../core/decide/propose.js';
import type { Reason } from '../../core/model/reason.js';
import { aPolicy, aRange, anInput, machines } from '../../testing/builders.js';
import { aProposal, aReport } from '../../testing/reports.js';
import { replay } from '../replay/replay.js';
import { decodePass, encodePass, unpackText } from './body.js';
import type { PassReport } from '../../seams/events.js';

/** As a build wrote it that knew no subjects, and read back by this one. */
function storedEarlier(report: PassReport): PassReport {
  const parts: string[] = [];
  const bare = (reasons: readonly Reason[]): Reason[] =>
    reasons.map(({ code, detail }) => ({ code, detail }));
  const proposal = report.proposal && {
    ...report.proposal,
    reasons: bare(report.proposal.reasons),
    steps: report.proposal.steps.map((step) => ({ ...step, reasons: bare(step.reasons) })),
  };
  const bytes = encodePass(
    { ...report, reasons: bare(report.reasons), proposal },
    { engine: '1.0.0', configHash: 'x' },
    (text) => parts.push(text) - 1,
  );
  const text = unpackText(bytes);
  expect(text).not.toContain('"subject"');
  return decodePass(text).report('my-app-1', (id) => parts[id] ?? '');
}

it.each<[string, Reason['code'], string]>([
  ['queue', 'metric-error', 'queue: no answer: refused'],
  ['queue', 'source-suspect', 'queue: 9 of 20 apps lost it'],
  ['created', 'expression-failed', 'created: interface conversion'],
  ['started', 'scale-down', 'started 4 to 2'],
  ['started', 'min-above-max', 'started: min 3 is above max 2'],
  ['at', 'paused', 'at 7, until resumed'],
  ['in', 'paused', 'shrinking, for 5m more: night'],
  ['out', 'paused', 'growing, until resumed'],
  ['all', 'paused', 'all, until resumed'],
])('finds the subject %s of a stored %s', (subject, code, detail) => {
  const bare = { code, detail };
  const read = storedEarlier(
    aReport({ reasons: [bare], proposal: aProposal({ reasons: [bare] }) }),
  );
  expect(read.reasons).toEqual([{ code, detail, subject }]);
  expect(read.proposal?.reasons).toEqual([{ code, detail, subject }]);
});

it('leaves alone what names no subject', () => {
  const reasons: Reason[] = [
    { code: 'metric-missing', detail: 'queue' },
    { code: 'capped', detail: 'a: b' },
    { code: 'of-a-later-build' as Reason['code'], detail: 'x: y' },
  ];
  expect(storedEarlier(aReport({ reasons })).reasons).toEqual(reasons);
});

it('computes a decision that was stored earlier again, bit for bit', () => {
  const input = anInput({
    app: 'my-app-1',
    policy: aPolicy({ created: aRange('queue ?? 1') }),
    look: { machines: machines(3) },
  });
  const proposal = propose(input);
  expect(proposal.reasons.map(({ subject }) => subject)).toContain('queue');
  const read = storedEarlier(aReport({ policy: input.policy, input, proposal }));
  expect(replay(read)).toEqual({ kind: 'same' });
});
