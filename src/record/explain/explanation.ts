/** Why a stored decision came out as it did, and what would have changed it. */
import type { CountProposal, DecisionInput, Proposal, StepTrace } from '../../core/decision.js';
import type { Policy } from '../../core/policy.js';
import { propose } from '../../core/propose.js';
import type { Reason } from '../../core/reason.js';
import type { Sample } from '../../core/sample.js';
import type { RecordedDecision } from '../../views.js';
import { decisionJson, type DecisionJson } from '../../core/decision-json.js';
import { nearestTurns, type Turn } from './nearest.js';
import { windowsOf, type EndingWindow } from './windows.js';

export interface Explanation {
  readonly decision: DecisionJson;
  /** Healthy machines and all others, as they were counted; null when they could not be read. */
  readonly counts: Proposal['counts'] | null;
  readonly created: CountExplanation | null;
  readonly started: CountExplanation | null;
  readonly windows: readonly EndingWindow[];
}

export interface CountExplanation extends CountProposal {
  /** The expressions; one when both are the same. */
  readonly expressions: readonly string[];
  readonly steps: readonly StepExplanation[];
  /** The step that had the last word: `expressions`, or a step's name. */
  readonly decidedBy: string;
  readonly turns: readonly MetricTurn[];
}

export interface StepExplanation {
  readonly step: string;
  readonly before: number;
  readonly after: number;
  readonly reasons: readonly Reason[];
}

/** What another value of one metric would have changed, all others as they were. */
export interface MetricTurn {
  readonly metric: string;
  readonly value: number;
  /** What changes: the target of the expressions, or what is wanted after all steps. */
  readonly of: 'target' | 'wanted';
  readonly below: Turn | null;
  readonly above: Turn | null;
}

type CountName = 'created' | 'started';

export function explain(decision: RecordedDecision): Explanation {
  const { report } = decision;
  const { proposal, input, policy } = report;
  const explained = (name: CountName): CountExplanation | null => {
    const count = proposal?.[name] ?? null;
    if (proposal === null || count === null) return null;
    return explainCount(name, count, proposal, policy, input);
  };
  return {
    decision: decisionJson(decision),
    counts: proposal?.counts ?? null,
    created: explained('created'),
    started: explained('started'),
    windows: input === null || proposal === null ? [] : windowsOf(input, proposal),
  };
}

function explainCount(
  name: CountName,
  count: CountProposal,
  proposal: Proposal,
  policy: Policy,
  input: DecisionInput | null,
): CountExplanation {
  const steps = proposal.steps.flatMap((trace) => stepOf(name, trace));
  const decidedBy = steps.at(-1)?.step ?? 'expressions';
  const range = policy[name];
  const sources = range === null ? [] : [range.min.source, range.max.source];
  return {
    ...count,
    expressions: [...new Set(sources)],
    steps,
    decidedBy,
    turns: input === null ? [] : turnsOf(name, input, decidedBy !== 'expressions'),
  };
}

function stepOf(name: CountName, trace: StepTrace): StepExplanation[] {
  const change = trace[name];
  return change === null ? [] : [{ step: trace.step, ...change, reasons: trace.reasons }];
}

/** For each metric that the expressions can read and that had a value. */
function turnsOf(name: CountName, input: DecisionInput, isLimited: boolean): MetricTurn[] {
  const range = input.policy[name];
  if (range === null) return [];
  const read = new Set([...range.min.variables, ...range.max.variables]);
  const turns: MetricTurn[] = [];
  for (const [metric, sample] of input.samples) {
    if (!read.has(metric) || sample.kind !== 'value') continue;
    const { value } = sample;
    const countAt = (other: number): CountProposal | null =>
      propose(withValue(input, metric, sample, other))[name];
    const targetAt = (other: number): string => {
      const target = countAt(other)?.target;
      if (target == null) return 'no count';
      return target.min === target.max ? `${target.min}` : `${target.min} to ${target.max}`;
    };
    turns.push({ metric, value, of: 'target', ...nearestTurns(value, targetAt) });
    if (!isLimited) continue;
    const wantedAt = (other: number): string => String(countAt(other)?.wanted ?? 'no count');
    turns.push({ metric, value, of: 'wanted', ...nearestTurns(value, wantedAt) });
  }
  return turns;
}

function withValue(
  input: DecisionInput,
  metric: string,
  sample: Extract<Sample, { kind: 'value' }>,
  value: number,
): DecisionInput {
  return { ...input, samples: new Map([...input.samples, [metric, { ...sample, value }]]) };
}
