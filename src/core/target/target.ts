/** From samples to the counts that the expressions want. The only place where a count is computed. */
import { ExprError, machineCount, type Program, type RunOptions } from '../../expr/index.js';
import type { Counts, TargetRange } from '../model/decision.js';
import { formatDurationMs } from '../time/duration.js';
import type { Instant } from '../time/instant.js';
import type { CountRange } from '../model/policy.js';
import { reason, type Reason } from '../model/reason.js';
import type { Sample, Samples } from '../model/sample.js';

/** A loop over a huge range must not stall the fleet. */
const MAX_STEPS = 100_000;

export interface Target {
  /** Null when there is no usable number: the count is held. */
  readonly range: TargetRange | null;
  /** False when an expression read a metric that is not good enough to shrink on. */
  readonly isGoodToShrink: boolean;
  /** Metrics that an expression read and that have no value that counts. */
  readonly missing: readonly string[];
  readonly reasons: readonly Reason[];
}

export interface TargetInput {
  readonly samples: Samples;
  readonly counts: Counts;
  readonly now: Instant;
  readonly zone: string;
}

/** The number an expression sees; null (nil in Expr) when there is none. */
function visible(sample: Sample): number | null {
  return sample.kind === 'value' || sample.kind === 'not-a-number' ? sample.value : null;
}

/** What expressions may read beside metrics. */
export const COUNT_VARIABLES = [
  'created_machine_count',
  'started_machine_count',
  'stopped_machine_count',
] as const;

function variables(input: TargetInput): ReadonlyMap<string, number | null> {
  const { counts } = input;
  const present = [
    counts.created + counts.unseen,
    counts.started + counts.unclear + counts.unseenStarted,
    counts.stopped,
  ];
  const map = new Map<string, number | null>(
    COUNT_VARIABLES.map((name, index) => [name, present[index] ?? null]),
  );
  // A metric of that name wins.
  for (const [name, sample] of input.samples) map.set(name, visible(sample));
  return map;
}

/** The least count there can be: an app keeps a machine that new ones are cloned from. */
export const LEAST = { created: 1, started: 0 } as const;

/** `floor` is the least count there can be. */
export function evaluateTarget(
  count: 'created' | 'started',
  range: CountRange,
  floor: number,
  input: TargetInput,
): Target {
  const values = variables(input);
  const read = new Set<string>();
  const options = optionsOf(input, read);
  try {
    const min = Math.max(floor, machineCount(range.min.run(values, options)));
    const max =
      range.max === range.min ? min : Math.max(floor, machineCount(range.max.run(values, options)));
    const reasons = metricReasons(read, input);
    const missing = missingIn(read, input);
    if (min > max) {
      reasons.push(reason('min-above-max', `${count}: min ${min} is above max ${max}`, count));
      return { range: null, isGoodToShrink: false, missing, reasons };
    }
    return { range: { min, max }, isGoodToShrink: missing.length === 0, missing, reasons };
  } catch (error) {
    if (!(error instanceof ExprError)) throw error;
    const failed = failedReason(count, error);
    const reasons = [...metricReasons(read, input), failed];
    return { range: null, isGoodToShrink: false, missing: missingIn(read, input), reasons };
  }
}

/** Whether the program says a number above zero. On one that is not good enough it does not, and nothing shrinks. */
export interface Verdict {
  readonly value: number;
  readonly isGoodToShrink: boolean;
  /** As in `Target`. */
  readonly missing: readonly string[];
  readonly reasons: readonly Reason[];
}

/** The number that an expression beside the counts says; 0 when there is none. */
export function evaluateNumber(name: string, program: Program, input: TargetInput): Verdict {
  const read = new Set<string>();
  try {
    const value = program.run(variables(input), optionsOf(input, read));
    const missing = missingIn(read, input);
    const number = typeof value === 'number' && Number.isFinite(value) ? value : 0;
    return {
      value: number,
      isGoodToShrink: missing.length === 0,
      missing,
      reasons: metricReasons(read, input),
    };
  } catch (error) {
    if (!(error instanceof ExprError)) throw error;
    const reasons = [...metricReasons(read, input), failedReason(name, error)];
    return { value: 0, isGoodToShrink: false, missing: missingIn(read, input), reasons };
  }
}

function optionsOf(input: TargetInput, read: Set<string>): RunOptions {
  return {
    now: () => input.now.wallMs,
    localZone: input.zone,
    maxSteps: MAX_STEPS,
    onRead: (name) => read.add(name),
  };
}

function failedReason(name: string, error: ExprError): Reason {
  const headline = error.message.split('\n', 1)[0] ?? error.message;
  return reason('expression-failed', `${name}: ${headline}`, name);
}

/** Read, and without a value that counts. */
function missingIn(read: ReadonlySet<string>, { samples }: TargetInput): string[] {
  return [...read].filter((name) => {
    const sample = samples.get(name);
    if (sample === undefined) return !COUNT_VARIABLES.some((known) => known === name);
    return sample.kind !== 'value';
  });
}

function metricReasons(read: ReadonlySet<string>, input: TargetInput): Reason[] {
  const reasons: Reason[] = [];
  for (const name of read) {
    const sample = input.samples.get(name);
    if (sample !== undefined) reasons.push(...metricReason(name, sample));
    else if (!COUNT_VARIABLES.some((known) => known === name)) {
      reasons.push(reason('metric-missing', `${name}: not collected`, name));
    }
  }
  return reasons;
}

function metricReason(name: string, sample: Sample): Reason[] {
  switch (sample.kind) {
    case 'value':
      return sample.warning === undefined
        ? []
        : [reason('metric-warning', `${name}: ${sample.warning}`, name)];
    case 'empty':
      return [reason('metric-missing', `${name}: the source has no value`, name)];
    case 'instances':
      return [reason('metric-missing', `${name}: it has a value per instance, not one`, name)];
    case 'stale':
      return [reason('metric-stale', `${name}: ${formatDurationMs(sample.ageMs)} old`, name)];
    case 'not-a-number':
      return [reason('metric-not-a-number', `${name}: ${sample.value}`, name)];
    case 'error': {
      const code = sample.code === 'source-suspect' ? 'source-suspect' : 'metric-error';
      return [reason(code, `${name}: ${sample.message}`, name)];
    }
  }
}
