/** From samples to the counts that the expressions want. The only place where a count is computed. */
import { ExprError, machineCount } from '../expr/index.js';
import type { Counts, TargetRange } from './decision.js';
import { formatDurationMs } from './duration.js';
import type { Instant } from './instant.js';
import type { CountRange } from './policy.js';
import { reason, type Reason } from './reason.js';
import type { Sample, Samples } from './sample.js';

/** A loop over a huge range must not stall the fleet. */
const MAX_STEPS = 100_000;

export interface Target {
  /** Null when there is no usable number: the count is held. */
  readonly range: TargetRange | null;
  /** False when an expression read a metric that is not good enough to shrink on. */
  readonly isGoodToShrink: boolean;
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
  const options = {
    now: () => input.now.wallMs,
    localZone: input.zone,
    maxSteps: MAX_STEPS,
    onRead: (name: string) => read.add(name),
  };
  try {
    const min = Math.max(floor, machineCount(range.min.run(values, options)));
    const max =
      range.max === range.min ? min : Math.max(floor, machineCount(range.max.run(values, options)));
    const reasons = metricReasons(read, input);
    const isGoodToShrink = !reasons.some((r) => r.code !== 'metric-warning');
    if (min > max) {
      reasons.push(reason('min-above-max', `${count}: min ${min} is above max ${max}`));
      return { range: null, isGoodToShrink: false, reasons };
    }
    return { range: { min, max }, isGoodToShrink, reasons };
  } catch (error) {
    if (!(error instanceof ExprError)) throw error;
    const headline = error.message.split('\n', 1)[0] ?? error.message;
    const failed = reason('expression-failed', `${count}: ${headline}`);
    return { range: null, isGoodToShrink: false, reasons: [...metricReasons(read, input), failed] };
  }
}

function metricReasons(read: ReadonlySet<string>, input: TargetInput): Reason[] {
  const reasons: Reason[] = [];
  for (const name of read) {
    const sample = input.samples.get(name);
    if (sample !== undefined) reasons.push(...metricReason(name, sample));
    else if (!COUNT_VARIABLES.some((known) => known === name)) {
      reasons.push(reason('metric-missing', `${name}: not collected`));
    }
  }
  return reasons;
}

function metricReason(name: string, sample: Sample): Reason[] {
  switch (sample.kind) {
    case 'value':
      return sample.warning === undefined
        ? []
        : [reason('metric-warning', `${name}: ${sample.warning}`)];
    case 'empty':
      return [reason('metric-missing', `${name}: the source has no value`)];
    case 'instances':
      return [reason('metric-missing', `${name}: it has a value per instance, not one`)];
    case 'stale':
      return [reason('metric-stale', `${name}: ${formatDurationMs(sample.ageMs)} old`)];
    case 'not-a-number':
      return [reason('metric-not-a-number', `${name}: ${sample.value}`)];
    case 'error': {
      const isSuspect = sample.code === 'source-suspect';
      return [reason(isSuspect ? 'source-suspect' : 'metric-error', `${name}: ${sample.message}`)];
    }
  }
}
