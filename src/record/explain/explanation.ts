/** Why a stored decision came out as it did, and what would have changed it. */
import type {
  CountProposal,
  DecisionInput,
  Proposal,
  StepTrace,
} from '../../core/model/decision.js';
import { grantRequest, type Grant } from '../../core/fleet-wide/grant.js';
import { rangeBehind, type Policy } from '../../core/model/policy.js';
import { propose } from '../../core/decide/propose.js';
import { meaningOf, type Reason } from '../../core/model/reason.js';
import type { Sample } from '../../core/model/sample.js';
import { settle } from '../../core/fleet-wide/settle.js';
import type { RecordedDecision } from '../../seams/views.js';
import { decisionJson, type DecisionJson } from '../../core/model/decision-json.js';
import { nearestTurns, type Turn } from './nearest.js';
import { windowsOf } from './windows.js';
import type { EndingWindow } from './periods.js';

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
  const { input, policy, grant, proposal } = report;
  const explained = (name: CountName): CountExplanation | null => {
    const count = proposal?.[name] ?? null;
    if (proposal === null || count === null) return null;
    return explainCount(name, count, { proposal, policy, input, grant });
  };
  return {
    decision: decisionJson(decision),
    counts: proposal?.counts ?? null,
    created: explained('created'),
    started: explained('started'),
    windows: input === null || proposal === null ? [] : windowsOf(input, proposal),
  };
}

interface Circumstances {
  readonly proposal: Proposal;
  readonly policy: Policy;
  readonly input: DecisionInput | null;
  readonly grant: Grant | null;
}

function explainCount(
  name: CountName,
  count: CountProposal,
  { proposal, policy, input, grant }: Circumstances,
): CountExplanation {
  const steps = proposal.steps.flatMap((trace) => stepOf(name, trace, proposal, policy));
  const decidedBy = steps.at(-1)?.step ?? 'expressions';
  const range = policy[name];
  const sources = range === null ? [] : [range.min.source, range.max.source];
  return {
    ...count,
    expressions: [...new Set(sources)],
    steps,
    decidedBy,
    turns: input === null ? [] : turnsOf(name, input, grant, decidedBy !== 'expressions'),
  };
}

function stepOf(
  name: CountName,
  { step, [name]: change, reasons: said }: StepTrace,
  proposal: Proposal,
  policy: Policy,
): StepExplanation[] {
  if (change === null) return [];
  const reasons = said.length > 0 ? said : whyNotToShrink(name, proposal, policy);
  return [{ step, ...change, reasons }];
}

/** The step that takes shrinking back says nothing itself: the reasons of before do. */
function whyNotToShrink(name: CountName, { reasons }: Proposal, policy: Policy): Reason[] {
  const range = rangeBehind(policy, name);
  const subjects = new Set<string>([
    name,
    ...(range?.min.variables ?? []),
    ...(range?.max.variables ?? []),
  ]);
  const isUnsure = ({ code, subject }: Reason): boolean =>
    subject !== undefined && subjects.has(subject) && meaningOf(code).holds === 'forbids';
  return reasons.filter((each) => each.code === 'release-overdue' || isUnsure(each));
}

/** For each metric with a value that the expressions can read; of the outcome also for those of the back-off. */
function turnsOf(
  name: CountName,
  input: DecisionInput,
  grant: Grant | null,
  isLimited: boolean,
): MetricTurn[] {
  const range = input.policy[name];
  if (range === null) return [];
  const forTarget = new Set([...range.min.variables, ...range.max.variables]);
  const forOutcome = new Set([...forTarget, ...(input.policy.backoff?.variables ?? [])]);
  const room = grant && roomWith(grant, input);
  const turns: MetricTurn[] = [];
  for (const [metric, sample] of input.samples) {
    if (sample.kind !== 'value') continue;
    const { value } = sample;
    const proposalAt = (other: number): Proposal =>
      propose(withValue(input, metric, sample, other));
    const targetAt = (other: number): string => {
      const target = proposalAt(other)[name]?.target;
      if (target == null) return 'no count';
      return target.min === target.max ? `${target.min}` : `${target.min} to ${target.max}`;
    };
    if (forTarget.has(metric)) {
      turns.push({ metric, value, of: 'target', ...nearestTurns(value, targetAt) });
    }
    if (!isLimited || !forOutcome.has(metric)) continue;
    const wantedAt = (other: number): string => {
      const fresh = proposalAt(other);
      const allowed = room === null ? fresh : settle(fresh, room);
      return String(allowed[name]?.wanted ?? 'no count');
    };
    turns.push({ metric, value, of: 'wanted', ...nearestTurns(value, wantedAt) });
  }
  return turns;
}

/** What the fleet cut stays cut for other values; of what it gave in full there may have been more. */
function roomWith(grant: Grant, input: DecisionInput): Grant {
  const asked = grantRequest(input, propose(input));
  const room = (kind: 'creates' | 'removals' | 'starts' | 'stops'): number =>
    grant[kind] < asked[kind] ? grant[kind] : Number.POSITIVE_INFINITY;
  return {
    creates: room('creates'),
    removals: room('removals'),
    starts: room('starts'),
    stops: room('stops'),
    reasons: grant.reasons,
  };
}

function withValue(
  input: DecisionInput,
  metric: string,
  sample: Extract<Sample, { kind: 'value' }>,
  value: number,
): DecisionInput {
  return { ...input, samples: new Map([...input.samples, [metric, { ...sample, value }]]) };
}
