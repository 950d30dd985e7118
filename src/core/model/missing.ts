/** What stands in for a metric that has no value. */

/** What one direction does without the metric. */
export type MissingRule =
  /** The expression sees nil: the count may grow on it and not shrink. */
  | { readonly kind: 'hold' }
  /** The expression sees this number. */
  | { readonly kind: 'assume'; readonly value: number }
  /** Once it has been missing for so long, the count is this instead of what the expression says. */
  | {
      readonly kind: 'fallback';
      readonly afterMs: number;
      /** `count`, the present count, or the higher or the lower of both. */
      readonly use: 'count' | 'current' | 'higher' | 'lower';
      /** Not looked at with `current`. */
      readonly count: number;
    };

export interface MissingRules {
  readonly scaleUp: MissingRule;
  readonly scaleDown: MissingRule;
}

/** By metric; `*` is for those that are not named. */
export type MissingByMetric = Readonly<Record<string, MissingRules>>;

export const ANY_METRIC = '*';

export function missingRules(rules: MissingByMetric, metric: string): MissingRules | undefined {
  return Object.hasOwn(rules, metric) ? rules[metric] : rules[ANY_METRIC];
}
