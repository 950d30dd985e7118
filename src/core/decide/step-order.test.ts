import { describe, expect, it } from 'vitest';
import {
  aBehavior,
  aCountHistory,
  aHistory,
  createdOf,
  decideCase,
  MINUTE_MS,
} from '../../testing/behavior.js';

describe('the order', () => {
  it('tolerates before it looks back, and limits after that', () => {
    const behavior = aBehavior({
      tolerance: 0.5,
      stabilizationWindowMs: MINUTE_MS,
      limits: [{ kind: 'machines', amount: 1, periodMs: MINUTE_MS }],
    });
    const history = aHistory({ created: aCountHistory({ recommended: { count: 4, sinceMs: 0 } }) });
    const within = decideCase({ current: 10, wanted: 5, policy: { behavior }, history });
    expect(within.reasons.map(({ code }) => code)).toEqual(['within-tolerance']);
    const beyond = decideCase({ current: 10, wanted: 2, policy: { behavior }, history });
    expect(beyond.reasons.map(({ code }) => code)).toEqual([
      'stabilizing',
      'limited',
      'scale-down',
    ]);
    expect(createdOf(beyond)).toBe('10 -> 9');
  });
});
