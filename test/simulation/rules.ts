/** How policies follow their expressions, in words that the judges of a run understand. */
import type { Behavior } from '../../src/core/behavior.js';
import type { Policy } from '../../src/core/policy.js';
import { aBehavior, aRecurrence } from '../../src/testing/behavior.js';

const MINUTE_MS = 60_000;

/** Rules that look back, in words that the judges of a run understand. */
export interface Rules {
  /** Nothing shrinks below the highest recommendation of so long. */
  readonly windowMs?: number;
  /** At most so many removed within the period, but for those that were added in it. */
  readonly down?: Rate;
  readonly up?: Rate;
  /** At most so many removed within the period, whatever was added. */
  readonly budget?: Rate;
  /** In each hour, nothing is done from this minute on, for so many minutes. */
  readonly freeze?: { readonly fromMinute: number; readonly minutes: number };
}

export interface Rate {
  readonly machines: number;
  readonly periodMs: number;
}

function behaviorOf({ windowMs = 0, down, up }: Rules): Behavior {
  const limits = (rate: Rate | undefined) =>
    rate === undefined
      ? []
      : [{ kind: 'machines', amount: rate.machines, periodMs: rate.periodMs } as const];
  return aBehavior(
    { stabilizationWindowMs: windowMs, limits: limits(down) },
    { limits: limits(up) },
  );
}

export function policyOf(rules: Rules): Partial<Policy> {
  const { budget, freeze } = rules;
  const nothing = { min: null, max: null };
  return {
    behavior: behaviorOf(rules),
    ...(budget === undefined
      ? {}
      : {
          budgets: [
            { kind: 'machines', amount: budget.machines, periodMs: budget.periodMs, when: null },
          ],
        }),
    ...(freeze === undefined
      ? {}
      : {
          schedules: [
            {
              when: aRecurrence(`${freeze.fromMinute} * * * *`, freeze.minutes * MINUTE_MS),
              created: nothing,
              started: nothing,
              freeze: 'all',
            },
          ],
        }),
  };
}
