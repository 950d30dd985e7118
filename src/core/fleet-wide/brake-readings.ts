/** What the fleet brake is told of a decision. */
import { NO_VALUES, type BrakeReading, type Values } from './brake-unit.js';
import type { DecisionInput, Proposal } from '../model/decision.js';
import { collectorKey, type CountRange, type Policy } from '../model/policy.js';
import type { Sample, Samples } from '../model/sample.js';
import type { Target } from '../target/target.js';
import { targetOf } from '../target/target-of.js';
import { COUNT_NAMES, type CountName } from '../model/count.js';

export interface SourceReading {
  /** The metric, which stands for its source. */
  readonly metric: string;
  readonly reading: BrakeReading;
}

/**
 * One for each count and each metric that its expressions can read. For a count without a usable number only of those that
 * are missing: they say nothing of a fall, but that their source is not to be relied on.
 */
export function brakeReadings(input: DecisionInput, proposal: Proposal): readonly SourceReading[] {
  return COUNT_NAMES.flatMap((name) => {
    const range = input.policy[name];
    const count = proposal[name];
    if (range === null || count === null) return [];
    const asked: Asked = { input, proposal, name };
    const metrics = metricsOf(range, input);
    const values = metrics.map((metric) => valueOf(input.samples.get(metric)));
    const named = metrics.map((metric, index) => [metric, values[index] ?? null] as const);
    // Nearly every expression reads one metric: nothing is kept of others then.
    const others = metrics.length > 1 ? Object.fromEntries(named) : NO_VALUES;
    const isUsable = count.target !== null;
    const isStoodInFor =
      isUsable && values.includes(null) && targetIn(asked, input.samples)?.isGoodToShrink === true;
    const told = isUsable ? named : named.filter(([, value]) => value === null);
    return told.map(([metric, value]): SourceReading => {
      const reading = {
        app: input.app,
        policy: input.policy.name,
        count: name,
        value,
        others,
        isStoodInFor: value === null && isStoodInFor,
        recommended: count.recommended,
        present: count.current,
        recommendedAt: (own: number | null, rest = NO_VALUES) =>
          recommendedIf(asked, { ...rest, [metric]: own }),
      };
      return { metric, reading };
    });
  });
}

function valueOf(sample: Sample | undefined): number | null {
  return sample?.kind === 'value' ? sample.value : null;
}

function metricsOf({ min, max }: CountRange, { samples }: DecisionInput): readonly string[] {
  const read = min === max ? min.variables : new Set([...min.variables, ...max.variables]);
  return [...samples.keys()].filter((metric) => read.has(metric));
}

/** Whether what the policy asks for by that name can depend on what the collector gives. */
export function readsSource(policy: Policy, name: CountName, source: string): boolean {
  const range = policy[name];
  if (range === null) return false;
  return [...range.min.variables, ...range.max.variables].some(
    (metric) => collectorKey(policy, metric) === source,
  );
}

interface Asked {
  readonly input: DecisionInput;
  readonly proposal: Proposal;
  readonly name: CountName;
}

function targetIn({ input, proposal, name }: Asked, samples: Samples): Target | null {
  const { policy, memory } = input;
  const missingSinceMs = memory.histories[policy.name]?.missingSinceMs ?? {};
  return targetOf(name, { input: { ...input, samples }, counts: proposal.counts, missingSinceMs });
}

/** The raw recommendation if metrics had these values; the present one where the expressions then yield nothing. */
function recommendedIf(asked: Asked, values: Values): number {
  const { input, proposal, name } = asked;
  const samples = new Map(input.samples);
  for (const [metric, value] of Object.entries(values)) {
    // What is not read any more changes nothing.
    if (value !== null) samples.set(metric, { kind: 'value', value, atMs: input.now.wallMs });
  }
  const range = targetIn(asked, samples)?.range ?? null;
  const present = proposal[name]?.current ?? 0;
  if (range === null) return present;
  return Math.min(Math.max(present, range.min), range.max);
}
