/** What an expression says when metrics that it reads have no value, by the rules of the policy for that. */
import type { TargetRange } from './decision.js';
import { formatDurationMs } from './duration.js';
import { missingRules, type MissingByMetric, type MissingRule } from './missing.js';
import type { CountRange } from './policy.js';
import { reason, type Reason } from './reason.js';
import type { Sample } from './sample.js';
import { evaluateTarget, type Target, type TargetInput } from './target.js';

export interface StandInContext {
  readonly name: 'created' | 'started';
  readonly range: CountRange;
  /** As for `evaluateTarget`. */
  readonly floor: number;
  readonly evaluation: TargetInput;
  readonly rules: MissingByMetric;
  readonly missingSinceMs: Readonly<Record<string, number>>;
  /** What growing and shrinking start from. */
  readonly present: number;
  readonly healthy: number;
}

const HOLD: MissingRule = { kind: 'hold' };

type Direction = 'scaleUp' | 'scaleDown';

/** As `evaluateTarget`; up beats hold beats down, and only what is said for scale-down lowers the count. */
export function targetWithStandIns(context: StandInContext): Target {
  const { name, range, floor, evaluation, rules, present, healthy } = context;
  const plain = evaluateTarget(name, range, floor, evaluation);
  const hasRule = plain.missing.some((metric) => missingRules(rules, metric) !== undefined);
  if (!hasRule) return plain;
  const up = inDirection(context, 'scaleUp');
  if (up.range !== null && up.range.min > present) return chosen(plain, up, false);
  const down = inDirection(context, 'scaleDown');
  // Where there is nothing to shrink, nothing speaks against what is under way; but it makes nothing grow.
  // Nor does it shrink below what growing would ask for in the next pass.
  if (down.isGoodToShrink && down.range !== null) {
    const { min, max } = down.range;
    const range = { min: Math.min(min, healthy), max: Math.max(max, up.range?.min ?? 0) };
    return chosen(plain, { ...down, range }, true);
  }
  return plain.range === null && up.range !== null ? chosen(plain, up, false) : plain;
}

function chosen(plain: Target, { range, reasons }: Target, isGoodToShrink: boolean): Target {
  // That the expression fails without the metric is no news once something stands in for it.
  const told = plain.reasons.filter(({ code }) => code !== 'expression-failed');
  const added = reasons.filter((each) => each.code.startsWith('metric-') && !isAmong(told, each));
  return { range, isGoodToShrink, missing: plain.missing, reasons: [...told, ...added] };
}

function isAmong(reasons: readonly Reason[], { code, detail }: Reason): boolean {
  return reasons.some((each) => each.code === code && each.detail === detail);
}

function inDirection(context: StandInContext, direction: Direction): Target {
  const { name, range, floor, evaluation, rules } = context;
  const ruleOf = (metric: string): MissingRule =>
    direction === 'scaleDown' && isSuspect(evaluation.samples.get(metric))
      ? HOLD
      : (missingRules(rules, metric)?.[direction] ?? HOLD);
  const assumed = new Map<string, Sample>(evaluation.samples);
  const told: Reason[] = [];
  let target = evaluateTarget(name, range, floor, evaluation);
  // With a number in place of one metric the expression may read another.
  for (;;) {
    const next = target.missing.filter((metric) => ruleOf(metric).kind === 'assume');
    if (next.length === 0) break;
    for (const metric of next) {
      const rule = ruleOf(metric);
      if (rule.kind !== 'assume') continue;
      assumed.set(metric, { kind: 'value', value: rule.value, atMs: evaluation.now.wallMs });
      told.push(reason('metric-assumed', `${metric}: ${rule.value} for ${words(direction)}`));
    }
    target = evaluateTarget(name, range, floor, { ...evaluation, samples: assumed });
  }
  if (target.missing.length === 0) return { ...target, reasons: [...told, ...target.reasons] };
  return fallBack(context, direction, target, told, ruleOf);
}

/** What many apps lost at once is not known to be missing, so what is said of missing data lowers nothing yet. */
function isSuspect(sample: Sample | undefined): boolean {
  return sample?.kind === 'error' && sample.code === 'source-suspect';
}

/** The count that stands in once metrics have been missing for too long: the highest of several. */
function fallBack(
  context: StandInContext,
  direction: Direction,
  target: Target,
  told: Reason[],
  ruleOf: (metric: string) => MissingRule,
): Target {
  const due = target.missing.flatMap((metric) => {
    const rule = ruleOf(metric);
    const forMs = missingForMs(context, metric);
    if (rule.kind !== 'fallback' || forMs === null || forMs < rule.afterMs) return [];
    const count = Math.max(context.floor, countOf(rule, context, direction));
    const text = `${metric}: missing for ${formatDurationMs(Math.round(forMs / 1000) * 1000)}, ${count} ${context.name}`;
    return [{ count, why: reason('metric-fallback', text) }];
  });
  const reasons = [...told, ...target.reasons, ...due.map(({ why }) => why)];
  if (due.length === 0) return { ...target, reasons };
  const count = Math.max(...due.map((each) => each.count));
  if (due.length === target.missing.length) {
    return { ...target, range: { min: count, max: count }, isGoodToShrink: true, reasons };
  }
  // Others are missing for which nothing is said: what is known may only raise.
  return { ...target, range: raised(target.range, count), isGoodToShrink: false, reasons };
}

function raised(range: TargetRange | null, count: number): TargetRange {
  if (range === null) return { min: count, max: count };
  return { min: Math.max(range.min, count), max: Math.max(range.max, count) };
}

function countOf(
  { use, count }: Extract<MissingRule, { kind: 'fallback' }>,
  { present, healthy }: StandInContext,
  direction: Direction,
): number {
  const current = direction === 'scaleUp' ? present : healthy;
  switch (use) {
    case 'count':
      return count;
    case 'current':
      return current;
    case 'higher':
      return Math.max(count, current);
    case 'lower':
      return Math.min(count, current);
  }
}

function missingForMs({ missingSinceMs, evaluation }: StandInContext, metric: string) {
  const sinceMs = missingSinceMs[metric];
  return sinceMs === undefined ? null : evaluation.now.elapsedMs - sinceMs;
}

function words(direction: Direction): string {
  return direction === 'scaleUp' ? 'growing' : 'shrinking';
}
