import type { ActionOutcome, DecisionInput, Plan, Proposal } from '../../core/model/decision.js';
import { machinesByState } from '../../core/machines/census.js';
import type { AppError } from '../../core/model/errors.js';
import type { Grant } from '../../core/fleet-wide/grant.js';
import type { Instant } from '../../core/time/instant.js';
import type { Machine } from '../../core/model/machine.js';
import type { Policy } from '../../core/model/policy.js';
import { unique, type Reason } from '../../core/model/reason.js';
import type { Samples } from '../../core/model/sample.js';
import type { PassReport } from '../../seams/events.js';

/** What is known at the end of a pass; what is absent was not reached. */
export interface Findings {
  readonly samples?: Samples;
  readonly input?: DecisionInput;
  readonly grant?: Grant;
  readonly machines?: readonly Machine[];
  readonly proposal?: Proposal;
  readonly plan?: Plan;
  readonly outcomes?: readonly ActionOutcome[];
  /** Reasons beyond those of the proposal and the plan. */
  readonly after?: readonly Reason[];
  readonly error?: AppError;
}

export interface Beginning extends Instant {
  /** Between when the pass was due and its first decision, or where it was found that none can be made. */
  latenessMs: number;
}

export function reportOf(
  app: string,
  policy: Policy,
  started: Beginning,
  nowElapsedMs: number,
  findings: Findings,
): PassReport {
  const { samples, input, grant, machines, proposal, plan, outcomes, after, error } = findings;
  return {
    app,
    policy,
    startedAtMs: started.wallMs,
    durationMs: nowElapsedMs - started.elapsedMs,
    latenessMs: started.latenessMs,
    samples: samples ?? new Map(),
    input: input ?? null,
    grant: grant ?? null,
    proposal: proposal ?? null,
    plan: plan ?? null,
    outcomes: outcomes ?? [],
    reasons: unique([...(proposal?.reasons ?? []), ...(plan?.reasons ?? []), ...(after ?? [])]),
    machinesByState: machines === undefined ? null : machinesByState(machines, policy.group),
    error: error ?? null,
  };
}
