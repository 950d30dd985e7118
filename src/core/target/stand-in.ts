/** What an expression says when metrics that it reads have no value, by the rules of the policy for that. */
import type { Program } from '../../expr/index.js';
import type { TargetRange } from '../model/decision.js';
import { formatDurationMs } from '../time/duration.js';
import { missingRules, type MissingByMetric, type MissingRule } from '../model/missing.js';
import type { CountRange } from '../model/policy.js';
import { isAmong, meaningOf, reason, type Reason } from '../model/reason.js';
import type { Sample } from '../model/sample.js';
import {
  evaluateNumber,
  evaluateTarget,
  type Target,
  type TargetInput,
  type Verdict,
} from './target.js';

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
  // Where nothing is said for growing, this is what the expression says without the metric.
  return up.range !== null ? chosen(plain, up, false) : plain;
}

function chosen(plain: Target, { range, reasons }: Target, isGoodToShrink: boolean): Target {
  const told = withoutFailure(plain.reasons);
  const added = reasons.filter(
    (each) => meaningOf(each.code).subject === 'metric' && !isAmong(told, each),
  );
  return { range, isGoodToShrink, missing: plain.missing, reasons: [...told, ...added] };
}

/** That an expression fails without a metric is no news once something stands in for it. */
function withoutFailure(reasons: readonly Reason[]): Reason[] {
  return reasons.filter(({ code }) => code !== 'expression-failed');
}

function inDirection(context: StandInContext, direction: Direction): Target {
  const { name, range, floor, evaluation, rules } = context;
  const { said, told } = whileAssuming(evaluation, rules, direction, (input) =>
    evaluateTarget(name, range, floor, input),
  );
  if (said.missing.length === 0) return { ...said, reasons: [...told, ...said.reasons] };
  return fallBack(context, direction, said, told);
}

function ruleOf(
  rules: MissingByMetric,
  { samples }: TargetInput,
  metric: string,
  direction: Direction,
): MissingRule {
  if (direction === 'scaleDown' && isSuspect(samples.get(metric))) return HOLD;
  return missingRules(rules, metric)?.[direction] ?? HOLD;
}

/** What many apps lost at once is not known to be missing, so what is said of missing data lowers nothing yet. */
function isSuspect(sample: Sample | undefined): boolean {
  return sample?.kind === 'error' && sample.code === 'source-suspect';
}

/** What is said when the numbers that are assumed for the direction stand in for metrics, and which those are. */
function whileAssuming<Said extends { readonly missing: readonly string[] }>(
  evaluation: TargetInput,
  rules: MissingByMetric,
  direction: Direction,
  evaluate: (input: TargetInput) => Said,
): { readonly said: Said; readonly told: readonly Reason[] } {
  const samples = new Map<string, Sample>(evaluation.samples);
  const told: Reason[] = [];
  let said = evaluate(evaluation);
  // With a number in place of one metric the expression may read another.
  for (;;) {
    const before = told.length;
    for (const metric of said.missing) {
      const rule = ruleOf(rules, evaluation, metric, direction);
      if (rule.kind !== 'assume') continue;
      samples.set(metric, { kind: 'value', value: rule.value, atMs: evaluation.now.wallMs });
      const text = `${metric}: ${rule.value} for ${words(direction)}`;
      told.push(reason('metric-assumed', text, metric));
    }
    if (told.length === before) return { said, told };
    said = evaluate({ ...evaluation, samples });
  }
}

/**
 * The number that an expression beside the counts says for each direction; the same one where nothing is missing that
 * there is a rule for. A fallback is a count of machines, and says nothing here.
 */
export function numberWithStandIns(
  name: string,
  program: Program,
  evaluation: TargetInput,
  rules: MissingByMetric,
): Readonly<Record<Direction, Verdict>> {
  const evaluate = (input: TargetInput): Verdict => evaluateNumber(name, program, input);
  const plain = evaluate(evaluation);
  if (plain.missing.length === 0) return { scaleUp: plain, scaleDown: plain };
  const verdict = (direction: Direction): Verdict => {
    const { said, told } = whileAssuming(evaluation, rules, direction, evaluate);
    if (told.length === 0) return plain;
    return { ...said, reasons: [...withoutFailure(plain.reasons), ...told, ...said.reasons] };
  };
  return { scaleUp: verdict('scaleUp'), scaleDown: verdict('scaleDown') };
}

/** The count that stands in once metrics have been missing for too long: the highest of several. */
function fallBack(
  context: StandInContext,
  direction: Direction,
  target: Target,
  told: readonly Reason[],
): Target {
  const due = target.missing.flatMap((metric) => {
    const rule = ruleOf(context.rules, context.evaluation, metric, direction);
    const forMs = missingForMs(context, metric);
    if (rule.kind !== 'fallback' || forMs === null || forMs < rule.afterMs) return [];
    const count = Math.max(context.floor, countOf(rule, context, direction));
    const text = `${metric}: missing for ${formatDurationMs(Math.round(forMs / 1000) * 1000)}, ${count} ${context.name}`;
    return [{ count, why: reason('metric-fallback', text, metric) }];
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
