/** How policies follow their expressions, in words that the judges of a run understand. */
import type { Behavior, StepLimit } from '../../src/core/model/behavior.js';
import type { Policy } from '../../src/core/model/policy.js';
import { aBehavior, aRecurrence } from '../../src/testing/behavior.js';

const MINUTE_MS = 60_000;

export interface Rules {
  /** Nothing shrinks below the highest recommendation of so long. */
  readonly windowMs?: number;
  /** Nothing grows above the lowest recommendation of so long. */
  readonly growthWindowMs?: number;
  /** Changes of at most that share of the count are not made. */
  readonly tolerance?: Directions;
  /** The least time since the last action. */
  readonly cooldownMs?: Directions;
  /** At most so many removed within the period, but for those that were added in it. */
  readonly down?: Limits;
  readonly up?: Limits;
  /** At most so many removed within the period, whatever was added, while the window is open. */
  readonly budgets?: readonly Budget[];
  /** While it is open, nothing is done: `in` is shrinking, `out` growing. */
  readonly freeze?: OpenWindow & { readonly what: 'in' | 'out' | 'all' };
}

export interface Directions {
  readonly down: number;
  readonly up: number;
}

/** At least one rate. */
export interface Limits {
  readonly rates: readonly Rate[];
  /** `max`: one of the rates must hold, `min`: all. */
  readonly select: 'max' | 'min';
}

/** `percent`: of the count at the beginning of the period. */
export type Rate = StepLimit;

export interface Budget extends Rate {
  /** Undefined: always. */
  readonly when?: OpenWindow;
}

/** In each hour, from this minute on, for so many minutes. */
export interface OpenWindow {
  readonly fromMinute: number;
  readonly minutes: number;
}

/** So many machines may change within the rate's period, of so many at its beginning. */
export function allowedBy({ kind, amount }: Rate, atStart: number): number {
  return kind === 'machines' ? amount : Math.ceil((atStart * amount) / 100 - 1e-9);
}

function behaviorOf({
  windowMs = 0,
  growthWindowMs = 0,
  tolerance,
  cooldownMs,
  down,
  up,
}: Rules): Behavior {
  const of = (direction: keyof Directions, stabilizationWindowMs: number, limits?: Limits) => ({
    stabilizationWindowMs,
    tolerance: tolerance?.[direction] ?? 0,
    cooldownMs: cooldownMs?.[direction] ?? 0,
    limits: limits?.rates ?? [],
    select: limits?.select ?? 'max',
  });
  return aBehavior(of('down', windowMs, down), of('up', growthWindowMs, up));
}

export function policyOf(rules: Rules): Partial<Policy> {
  const { budgets = [], freeze } = rules;
  const nothing = { min: null, max: null };
  return {
    behavior: behaviorOf(rules),
    budgets: budgets.map(({ when, ...budget }) => ({
      ...budget,
      when: when === undefined ? null : recurrenceOf(when),
    })),
    ...(freeze === undefined
      ? {}
      : {
          schedules: [
            {
              when: recurrenceOf(freeze),
              created: nothing,
              started: nothing,
              freeze: freeze.what,
            },
          ],
        }),
  };
}

function recurrenceOf({ fromMinute, minutes }: OpenWindow) {
  return aRecurrence(`${fromMinute} * * * *`, minutes * MINUTE_MS);
}
