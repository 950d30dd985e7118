/** What the fleet brake is told of a decision. */
import type { BrakeReading } from './brake.js';
import type { DecisionInput, Proposal } from './decision.js';
import { COUNT_NAMES, type CountName } from './draft.js';
import type { CountRange } from './policy.js';
import { evaluateTarget, LEAST } from './target.js';

export interface SourceReading {
  /** The metric, which stands for its source. */
  readonly metric: string;
  readonly reading: BrakeReading;
}

/** One for each count and each metric that its expressions can read; none for a count without a usable number. */
export function brakeReadings(input: DecisionInput, proposal: Proposal): readonly SourceReading[] {
  return COUNT_NAMES.flatMap((name) => {
    const range = input.policy[name];
    const count = proposal[name];
    if (range === null || count === null || count.target === null) return [];
    return metricsOf(range, input).map((metric): SourceReading => {
      const sample = input.samples.get(metric);
      const reading = {
        app: input.app,
        unit: `${input.policy.name} ${name}`,
        value: sample?.kind === 'value' ? sample.value : null,
        recommended: count.recommended,
        present: count.current,
        recommendedAt: (value: number) =>
          recommendedIf({ input, proposal, name, range }, metric, value),
      };
      return { metric, reading };
    });
  });
}

function metricsOf({ min, max }: CountRange, { samples }: DecisionInput): readonly string[] {
  const read = min === max ? min.variables : new Set([...min.variables, ...max.variables]);
  return [...samples.keys()].filter((metric) => read.has(metric));
}

interface Asked {
  readonly input: DecisionInput;
  readonly proposal: Proposal;
  readonly name: CountName;
  readonly range: CountRange;
}

/** The raw recommendation if the metric had that value; the present one where the expressions then yield nothing. */
function recommendedIf(asked: Asked, metric: string, value: number): number {
  const { input, proposal, name, range } = asked;
  const samples = new Map(input.samples);
  samples.set(metric, { kind: 'value', value, atMs: input.now.wallMs });
  const { counts } = proposal;
  const { now, zone } = input;
  const target = evaluateTarget(name, range, LEAST[name], { samples, counts, now, zone }).range;
  const present = proposal[name]?.current ?? 0;
  if (target === null) return present;
  return Math.min(Math.max(present, target.min), target.max);
}
