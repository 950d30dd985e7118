/** What one look at an app says, as `eval` shows it. */
import { instant, type Clock } from '../seams/clock.js';
import type { CountProposal, Proposal } from '../core/model/decision.js';
import { NO_ORDERS } from '../core/model/orders.js';
import { propose } from '../core/decide/propose.js';
import { meaningOf, reason, type Reason } from '../core/model/reason.js';
import type { Sample } from '../core/model/sample.js';
import { samplesJson, type SampleJson } from '../core/model/sample-json.js';
import { COUNT_VARIABLES } from '../core/target/target.js';
import { shownPolicy } from '../record/report/per-policy.js';
import { EMPTY_MEMORY } from '../core/model/app-memory.js';
import type { PassReport } from '../seams/events.js';

interface RangeJson {
  readonly min: number | null;
  readonly max: number | null;
}

/** `created` and `started` are the keys of fly-autoscaler 0.3.2; null: no such expression, or no usable number. */
export interface Evaluation {
  readonly created: RangeJson;
  readonly started: RangeJson;
  readonly app: string;
  /** Absent for the policy that flat settings make. */
  readonly policy?: string;
  readonly metrics: Readonly<Record<string, SampleJson>>;
  readonly reasons: readonly Reason[];
}

/** True when an expression that is configured yields no usable number. */
export function hasFailed({ policy }: PassReport, evaluation: Evaluation): boolean {
  const { created, started } = evaluation;
  return (
    (policy.created !== null && created.min === null) ||
    (policy.started !== null && started.min === null)
  );
}

export function evaluationOf(report: PassReport, clock: Clock, zone: string): Evaluation {
  const { app, samples, error } = report;
  const policy = shownPolicy(report.policy);
  const proposal = report.proposal ?? proposeBlind(report, clock, zone);
  const problem = error === null ? [] : [reason('pass-failed', error.message)];
  const reasons = report.proposal === null ? proposal.reasons : report.reasons;
  return {
    created: rangeOf(proposal.created),
    started: rangeOf(proposal.started),
    app,
    ...(policy === undefined ? {} : { policy }),
    metrics: samplesJson(samples),
    // How the pass was made is always the same here, and a failed one shows by its error.
    reasons: [...problem, ...reasons.filter(({ code }) => meaningOf(code).scope !== 'pass')],
  };
}

function rangeOf(count: CountProposal | null): RangeJson {
  return { min: count?.target?.min ?? null, max: count?.target?.max ?? null };
}

/** Without machines the expressions can still be shown; what they read of the counts is nil. */
function proposeBlind(
  { app, policy, samples, error }: PassReport,
  clock: Clock,
  zone: string,
): Proposal {
  const unread: Sample = {
    kind: 'error',
    code: error?.code ?? 'internal',
    message: 'the machines could not be read',
    atMs: clock.now(),
  };
  const counts = COUNT_VARIABLES.map((name) => [name, unread] as const);
  const proposal = propose({
    app,
    policy,
    // A metric of that name still wins.
    samples: new Map([...counts, ...samples]),
    look: { machines: [], release: 'unread', volumes: 'unread' },
    memory: EMPTY_MEMORY,
    orders: NO_ORDERS,
    now: instant(clock),
    zone,
  });
  // That there are no machines is not known.
  const reasons = proposal.reasons.filter(({ code }) => code !== 'no-machines');
  return { ...proposal, reasons };
}
