import { describe, expect, it } from 'vitest';
import type { DecisionInput } from '../core/decision.js';
import {
  aBehavior,
  aCase,
  aCountHistory,
  aHistory,
  MINUTE_MS,
  NOW_MS,
} from '../testing/behavior.js';
import { aReport } from '../testing/reports.js';
import type { RecordedDecision } from '../views.js';
import { WhatIfs } from './what-if.js';

function recorded(input: DecisionInput): RecordedDecision {
  const { app, policy, samples } = input;
  return {
    id: 1,
    atMs: input.now.wallMs,
    app,
    policy: policy.name,
    kind: 'acts',
    engine: '1.0.0',
    configHash: '',
    samples,
    proposal: null,
    outcomes: [],
    reasons: [],
    error: null,
    report: aReport({ app, policy, input }),
  };
}

describe('another configuration whose rules look further back', () => {
  const limited = (periodMs: number) => ({
    behavior: aBehavior({ limits: [{ kind: 'machines', amount: 2, periodMs }] }),
  });
  const kept = { upWindowMs: 0, downWindowMs: 0, periodMs: MINUTE_MS, isSpending: true };
  const changes = [{ atMs: NOW_MS - 30_000, change: -1 }];
  const history = aHistory({ created: aCountHistory({ changes }), kept });
  const given = (periodMs: number) =>
    aCase({ current: 9, wanted: 3, policy: limited(periodMs), history });

  it.each([
    ['goes by what was recorded', MINUTE_MS, 60 * MINUTE_MS],
    ['fares the same as itself while it begins carefully', 60 * MINUTE_MS, 60 * MINUTE_MS],
  ])('%s', (_name, before, after) => {
    const input = given(before);
    const policies = [given(after).policy];
    const whatIfs = new WhatIfs(policies);
    whatIfs.add(recorded(input));
    expect(whatIfs.results()).toMatchObject([{ outcome: 'same', compared: 1 }]);
  });
});
