/** A stored decision as JSON shows it, for commands and the API. */
import type { CountProposal } from '../core/decision.js';
import type { Reason } from '../core/reason.js';
import type { DecisionOutline, RecordedKind, SampleJson } from '../ports.js';
import { samplesJson } from './sample-json.js';

export interface DecisionJson {
  readonly id: number;
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly app: string;
  readonly policy: string;
  readonly kind: RecordedKind;
  readonly engine: string;
  readonly config: string;
  readonly metrics: Readonly<Record<string, SampleJson>>;
  /** Null: the policy says nothing of that count, or it was not decided on. */
  readonly created: CountProposal | null;
  readonly started: CountProposal | null;
  readonly actions: readonly ActionJson[];
  readonly reasons: readonly Reason[];
  readonly error: { readonly code: string; readonly message: string } | null;
}

export interface ActionJson {
  readonly action: string;
  readonly result: string;
  /** Null when there is no machine. */
  readonly machine: string | null;
  readonly region: string;
  readonly steps: readonly string[];
  readonly reason: Reason;
  readonly detail: string | null;
  readonly errorCode: string | null;
}

export function decisionJson(decision: DecisionOutline): DecisionJson {
  const { id, atMs, app, policy, kind, engine, configHash, samples, proposal, error } = decision;
  return {
    id,
    at: new Date(atMs).toISOString(),
    app,
    policy,
    kind,
    engine,
    config: configHash,
    metrics: samplesJson(samples),
    created: proposal?.created ?? null,
    started: proposal?.started ?? null,
    actions: decision.outcomes.map(
      ({ action, result, machineId, stepsDone, detail, errorCode }): ActionJson => ({
        action: action.kind,
        result,
        machine: machineId,
        region: action.region,
        steps: stepsDone,
        reason: action.reason,
        detail: detail ?? null,
        errorCode: errorCode ?? null,
      }),
    ),
    reasons: decision.reasons,
    error: error && { code: error.code, message: error.message },
  };
}
