import { expect, it } from 'vitest';
import { anInput, aPolicy, aRange, machines, samples } from '../../testing/builders.js';
import { aProposal } from '../../testing/reports.js';
import { askedBy } from './asked-by.js';
import { plan } from './plan.js';
import type { Policy } from '../model/policy.js';
import { propose } from '../decide/propose.js';
import { reason } from '../model/reason.js';

function actionsOf(policy: Partial<Policy>): readonly string[] {
  const input = anInput({
    policy: aPolicy(policy),
    samples: samples({ queue: 1 }),
    look: { machines: [...machines(3), ...machines(2, { state: 'stopped' }, 's')] },
  });
  const { starts, creates, removals } = plan(input, propose(input), () => 'fas-1');
  return [...starts, ...creates, ...removals].map(
    ({ kind, reason: why }) => `${kind}: ${why.detail}`,
  );
}

it('gives each action the count that asked for it', () => {
  const shrinking = { created: aRange('4'), started: aRange('2') };
  expect(actionsOf(shrinking)).toEqual(['destroy: created 5 to 4', 'stop: started 3 to 2']);
  const growing = { created: aRange('6'), started: aRange('5') };
  expect(actionsOf(growing)).toEqual([
    'start: started 3 to 5',
    'start: started 3 to 5',
    'create: created 5 to 6',
  ]);
  const both = { created: aRange('6'), started: aRange('2') };
  expect(actionsOf(both)).toEqual(['create: created 5 to 6', 'stop: started 3 to 2']);
});

it('names the rule that asked, where it was no expression', () => {
  const reasons = [
    reason('scale-up', 'created 2 to 5', 'created'),
    reason('scale-down', 'started 4 to 3', 'started'),
  ];
  const change = (before: number, after: number) => ({ before, after });
  const proposal = aProposal({
    created: { current: 2, target: { min: 1, max: 1 }, recommended: 2, wanted: 5 },
    started: { current: 4, target: { min: 1, max: 1 }, recommended: 1, wanted: 3 },
    reasons,
    steps: [
      { step: 'schedules', created: change(2, 6), started: null, reasons: [] },
      { step: 'ceilings', created: change(6, 5), started: change(1, 3), reasons: [] },
    ],
  });
  expect(askedBy(proposal, 'created', 'scale-up').detail).toBe('created 2 to 5 by schedules');
  expect(askedBy(proposal, 'started', 'scale-down').detail).toBe('started 4 to 3');
});
