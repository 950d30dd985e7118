/** A decision as JSON shows it, for commands and the API. */
import type { ActionOutcome, CountProposal, Proposal } from './decision.js';
import type { AppError } from './errors.js';
import type { Reason } from './reason.js';
import { samplesJson, type SampleJson } from './sample-json.js';
import type { Samples } from './sample.js';

/** What a decision was and what came of it. */
export interface Decided {
  readonly atMs: number;
  readonly app: string;
  readonly policy: string;
  readonly kind: 'acts' | 'changed' | 'regular';
  readonly samples: Samples;
  readonly proposal: Proposal | null;
  readonly outcomes: readonly ActionOutcome[];
  readonly reasons: readonly Reason[];
  readonly error: AppError | null;
}

export interface DecidedJson {
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly app: string;
  readonly policy: string;
  readonly kind: 'acts' | 'changed' | 'regular';
  readonly metrics: Readonly<Record<string, SampleJson>>;
  /** Null: the policy says nothing of that count, or it was not decided on. */
  readonly created: CountProposal | null;
  readonly started: CountProposal | null;
  readonly actions: readonly ActionJson[];
  readonly reasons: readonly Reason[];
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** One that was stored. */
export interface DecisionJson extends DecidedJson {
  readonly id: number;
  readonly engine: string;
  readonly config: string;
}

export interface ActionJson {
  readonly action: ActionOutcome['action']['kind'];
  readonly result: ActionOutcome['result'];
  /** Null when there is no machine. */
  readonly machine: string | null;
  readonly region: string;
  readonly steps: readonly string[];
  readonly reason: Reason;
  readonly detail: string | null;
  readonly errorCode: string | null;
}

export function decidedJson(decided: Decided): DecidedJson {
  const { atMs, app, policy, kind, samples, proposal, reasons, error } = decided;
  return {
    at: new Date(atMs).toISOString(),
    app,
    policy,
    kind,
    metrics: samplesJson(samples),
    created: proposal?.created ?? null,
    started: proposal?.started ?? null,
    actions: decided.outcomes.map(actionJson),
    reasons,
    error: error && { code: error.code, message: error.message },
  };
}

export function decisionJson(
  decision: Decided & {
    readonly id: number;
    readonly engine: string;
    readonly configHash: string;
  },
): DecisionJson {
  const { id, engine, configHash } = decision;
  return { id, engine, config: configHash, ...decidedJson(decision) };
}

function actionJson(outcome: ActionOutcome): ActionJson {
  const { action, result, machineId, stepsDone, detail, errorCode } = outcome;
  return {
    action: action.kind,
    result,
    machine: machineId,
    region: action.region,
    steps: stepsDone,
    reason: action.reason,
    detail: detail ?? null,
    errorCode: errorCode ?? null,
  };
}
