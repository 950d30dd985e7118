/** What stands in for metrics without a value. */
import { z } from 'zod';
import type { MissingByMetric, MissingRule } from '../../core/model/missing.js';
import { PLAIN_POLICY } from '../../core/model/policy.js';
import { duration, setting } from '../../seams/schema.js';

const HOLD: MissingRule = { kind: 'hold' };

const standIn = z
  .strictObject({
    assume: setting(z.number().optional(), {
      description: 'The expression sees this number instead.',
    }),
    for: setting(duration({ allowZero: true }).optional(), {
      description: 'Once it has been missing for so long, the count is what `use` says.',
    }),
    use: setting(z.enum(['fallback', 'current', 'higher', 'lower']).default('fallback'), {
      description:
        'The count of `fallback`, the current count, or the higher or the lower of both.',
    }),
    fallback: setting(z.number().int().min(0).optional(), {
      description: 'A number of machines.',
    }),
  })
  .transform(({ assume, for: afterMs, use, fallback }, context): MissingRule => {
    const refuse = (message: string): MissingRule => {
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    };
    if (assume !== undefined) {
      const isMixed = afterMs !== undefined || fallback !== undefined || use !== 'fallback';
      return isMixed ? refuse('assume stands alone') : { kind: 'assume', value: assume };
    }
    if (afterMs === undefined) return refuse('must have either assume or for');
    if (use === 'current') {
      if (fallback !== undefined) return refuse('the current count needs no fallback');
    } else if (fallback === undefined) return refuse(`must have a fallback count, or use: current`);
    const kind = use === 'fallback' ? 'count' : use;
    return { kind: 'fallback', afterMs, use: kind, count: fallback ?? 0 };
  });

const rule = z.union([z.literal('hold').transform(() => HOLD), standIn]);

const perDirection = z.strictObject({
  'scale-up': setting(rule.optional(), {
    description: 'What growing does without the metric: `hold`, or what follows.',
    defaultText: 'hold',
  }),
  'scale-down': setting(rule.optional(), {
    description:
      'What shrinking does without it. Nothing else than what is said here shrinks without a value.',
    defaultText: 'hold',
  }),
});

export const missingShape = {
  'missing-data': setting(z.record(z.string(), perDirection).optional(), {
    description:
      'What stands in for metrics without a value, by the name of the metric; `*` is for those that are not named. Without it the expression sees nil, and the count may grow and not shrink.',
    isFileOnly: true,
    example:
      '{ queue_depth: { scale-up: { assume: 100 }, scale-down: { for: 3m, fallback: 6, use: higher } } }',
  }),
};

const shape = z.object(missingShape);
export type MissingSettings = z.output<typeof shape>;

export function missingOf({ 'missing-data': written }: MissingSettings): MissingByMetric {
  if (written === undefined) return PLAIN_POLICY.missing;
  return Object.fromEntries(
    Object.entries(written).map(([metric, rules]) => [
      metric,
      { scaleUp: rules['scale-up'] ?? HOLD, scaleDown: rules['scale-down'] ?? HOLD },
    ]),
  );
}
