/** How fast and how readily counts follow their expressions: nested as `behavior`, and flat for the environment. */
import { z } from 'zod';
import { PLAIN_BEHAVIOR } from '../../core/model/behavior.js';
import type { Behavior, DirectionRules, StepLimit } from '../../core/model/behavior.js';
import { duration, setting } from '../../seams/schema.js';
import { expressionSetting } from '../base/field.js';

const wait = duration({ allowZero: true }).optional();

const limit = z
  .strictObject({
    machines: setting(z.number().int().min(1).optional(), {
      description: 'At most so many machines within the period.',
    }),
    percent: setting(z.number().gt(0).optional(), {
      description:
        'Instead of `machines`: at most so many percent of the count at the beginning of the period.',
    }),
    period: setting(duration(), { description: 'Over how long changes are added up.' }),
  })
  .superRefine(({ machines, percent }, context) => {
    if ((machines === undefined) === (percent === undefined)) {
      context.addIssue({ code: 'custom', message: 'must have either machines or percent' });
    }
  });

function direction(which: { readonly most: string; readonly adverb: string }) {
  return z.strictObject({
    'stabilization-window': setting(wait, {
      description: `The ${which.most} recommendation of so long counts, the present one among them.`,
      defaultText: '0s',
    }),
    tolerance: setting(z.number().min(0).default(0), {
      description: 'Nothing is done while the change is at most this share of the current count.',
    }),
    cooldown: setting(wait, {
      description: 'The least time since the last action in either direction.',
      defaultText: '0s',
    }),
    limits: setting(z.array(limit).default([]), {
      description: `How many machines may be ${which.adverb} within a period.`,
    }),
    select: setting(z.enum(['max', 'min', 'disabled']).default('max'), {
      description:
        'Which of several limits holds: the one that allows the largest change, or the smallest; `disabled` forbids the direction.',
    }),
  });
}

const behavior = z.strictObject({
  'scale-up': setting(direction({ most: 'lowest', adverb: 'added' }).optional(), {
    description: 'What holds for growing.',
  }),
  'scale-down': setting(direction({ most: 'highest', adverb: 'removed' }).optional(), {
    description: 'What holds for shrinking.',
  }),
});

const stepSize = z.number().int().min(1).optional();

export const behaviorShape = {
  behavior: setting(behavior.optional(), {
    description:
      'How fast and how readily the counts follow their expressions, for each direction, in the words of the Kubernetes HPA.',
    isFileOnly: true,
    example:
      '{ scale-up: { limits: [{ percent: 100, period: 60s }, { machines: 4, period: 60s }], select: max }, scale-down: { stabilization-window: 5m, tolerance: 0.1, cooldown: 5m, limits: [{ machines: 1, period: 60s }], select: min } }',
  }),
  'scale-up-stabilization-window': setting(wait, {
    description: 'As `stabilization-window` of `behavior`, for growing.',
    defaultText: '0s',
    example: '30s',
  }),
  'scale-down-stabilization-window': setting(wait, {
    description:
      'As `stabilization-window` of `behavior`, for shrinking: only down to the highest recommendation of so long.',
    defaultText: '0s',
    example: '5m',
  }),
  'scale-down-cooldown': setting(wait, {
    description:
      'Another name for `scale-down-stabilization-window`. It is not the `cooldown` of `behavior`.',
    defaultText: '0s',
    example: '5m',
  }),
  'scale-up-step-size': setting(stepSize, {
    description:
      'At most so many machines are added within `scale-up-step-interval`; in each pass where that is not set.',
    defaultText: 'no limit',
    example: '4',
  }),
  'scale-up-step-interval': setting(duration().optional(), {
    description: 'The period of `scale-up-step-size`.',
    defaultText: 'half of `interval`, so many a pass',
    example: '1m',
  }),
  'scale-down-step-size': setting(stepSize, {
    description:
      'At most so many machines are removed within `scale-down-step-interval`; in each pass where that is not set.',
    defaultText: 'no limit',
    example: '1',
  }),
  'scale-down-step-interval': setting(duration().optional(), {
    description: 'The period of `scale-down-step-size`.',
    defaultText: 'half of `interval`, so many a pass',
    example: '1m',
  }),
  'scale-backoff-value': expressionSetting(
    'Expression for back-pressure: above zero, nothing is done in that pass. Without a value nothing shrinks.',
    'queue_depth > 1000 ? 1 : 0',
  ),
};

const shape = z.object(behaviorShape);
export type BehaviorSettings = z.output<typeof shape>;

type Written = NonNullable<NonNullable<BehaviorSettings['behavior']>['scale-up']>;

/** `intervalMs`: from one pass to the next. */
export function behaviorOf(settings: BehaviorSettings, intervalMs: number): Behavior {
  const nested = settings.behavior ?? {};
  return {
    scaleUp: rulesOf(
      nested['scale-up'],
      settings['scale-up-stabilization-window'],
      step(settings['scale-up-step-size'], settings['scale-up-step-interval'], intervalMs),
      PLAIN_BEHAVIOR.scaleUp,
    ),
    scaleDown: rulesOf(
      nested['scale-down'],
      settings['scale-down-stabilization-window'] ?? settings['scale-down-cooldown'],
      step(settings['scale-down-step-size'], settings['scale-down-step-interval'], intervalMs),
      PLAIN_BEHAVIOR.scaleDown,
    ),
  };
}

/**
 * Without a period it is so many a pass. A change counts from the end of what was done, so that with a period of the
 * whole interval the next pass would still see it.
 */
function step(
  size: number | undefined,
  periodMs: number | undefined,
  intervalMs: number,
): StepLimit[] {
  if (size === undefined) return [];
  return [{ kind: 'machines', amount: size, periodMs: periodMs ?? intervalMs / 2 }];
}

function rulesOf(
  nested: Written | undefined,
  windowMs: number | undefined,
  steps: readonly StepLimit[],
  plain: DirectionRules,
): DirectionRules {
  const limits = (nested?.limits ?? []).map(({ machines, percent, period }): StepLimit => {
    const isPercent = machines === undefined;
    const amount = (isPercent ? percent : machines) ?? 0;
    return { kind: isPercent ? 'percent' : 'machines', amount, periodMs: period };
  });
  return {
    stabilizationWindowMs:
      nested?.['stabilization-window'] ?? windowMs ?? plain.stabilizationWindowMs,
    tolerance: nested?.tolerance ?? plain.tolerance,
    cooldownMs: nested?.cooldown ?? plain.cooldownMs,
    limits: [...limits, ...steps],
    select: nested?.select ?? plain.select,
  };
}
