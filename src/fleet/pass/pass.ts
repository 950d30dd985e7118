/** One pass over one app: a screen, and where that is worth it a second look under the lease, which is the one that counts. */
import { abortable, instant } from '../../seams/clock.js';
import { REMOVAL_GOALS, type ActionOutcome, type Proposal } from '../../core/model/decision.js';
import { AppError } from '../../core/model/errors.js';
import { grantRequest, type Grant, type GrantRequest } from '../../core/fleet-wide/grant.js';
import { isBeginning } from '../../core/plan/machine-action.js';
import type { Machine } from '../../core/model/machine.js';
import type { Policy } from '../../core/model/policy.js';
import { nextChangeAtMs } from '../../core/decide/next-change.js';
import { NO_ORDERS } from '../../core/model/orders.js';
import { isTimeless } from '../../core/decide/quiet.js';
import { reason, type Reason } from '../../core/model/reason.js';
import { settle } from '../../core/fleet-wide/settle.js';
import { flyError } from '../base/failure.js';
import { dropEndedHistories, inputOf, proposeAndNote } from './input.js';
import type { PassContext } from './pass-context.js';
import type { Done } from '../memory/grant-desk.js';
import { beginReading } from '../base/reading.js';
import { otherAutoscaler } from '../act/lease.js';
import { proposeKnowing, type Decided } from './knowing.js';
import { reportOf, type Beginning, type Findings } from './report.js';
import { Stage } from './stage.js';

/** Reports once for each policy of the app. Never rejects: what goes wrong is in the reports. `dueMs`: monotonic time at which it was due. */
export async function runPass(context: PassContext, app: string, dueMs: number): Promise<void> {
  const { options, inventory, board, life, quiet } = context;
  const started: Beginning = { ...instant(options.clock), latenessMs: 0 };
  const policies = context.apps.policiesOf(app);
  const stage = new Stage(context, app);
  const revision = board.revision(app);
  quiet.drop(app);
  dropEndedHistories(context, app, policies);
  /** Why no policy that follows need be tried. */
  let failed: Findings | null = null;
  const fail = (policy: Policy, findings: Findings): Findings => ({
    samples: context.board.samples(app, context.board.metricsOf([policy])),
    ...findings,
  });
  try {
    let machines: readonly Machine[] = [];
    try {
      machines = inventory.peek(app) ?? (await inventory.view(app, life.stopping));
    } catch (error) {
      failed = failure(context, app, error);
    }
    started.latenessMs = options.clock.elapsedMs() - dueMs;
    let quietUntilMs = Number.POSITIVE_INFINITY;
    for (const policy of policies) {
      const findings =
        failed === null
          ? await decide(context, app, policy, machines, stage).catch((error: unknown) =>
              fail(policy, failure(context, app, error)),
            )
          : fail(policy, failed);
      if (isForAll(findings)) failed = { error: findings.error, after: findings.after ?? [] };
      report(context, app, policy, started, findings);
      quietUntilMs = Math.min(quietUntilMs, staysTrueUntilMs(context, app, policy, findings));
    }
    if (quietUntilMs > options.clock.elapsedMs())
      quiet.mark(app, { machines, revision, untilMs: quietUntilMs });
  } finally {
    await stage.leave();
  }
}

/** The app is gone, the configuration is another, or the process stops: the next policy would only find the same. */
function isForAll(findings: Findings): findings is Findings & { readonly error: AppError } {
  const { code } = findings.error ?? {};
  return code === 'fly-not-found' || code === 'aborted';
}

async function decide(
  context: PassContext,
  app: string,
  policy: Policy,
  machines: readonly Machine[],
  stage: Stage,
): Promise<Findings> {
  context.over.throwIfAborted();
  const look = { machines, release: 'unread', volumes: 'unread' } as const;
  const see = (): Decided => {
    const input = inputOf(context, app, policy, look, { isOld: stage.hasActed });
    return { input, proposal: proposeAndNote(context, input) };
  };
  const known = await proposeKnowing(context, app, see);
  const { input, proposal } = await proposeWarily(context, app, known);
  context.brake?.note(input, proposal, context.life.stopping);
  const screen: Findings = { samples: input.samples, input, machines, proposal };
  if (!proposal.isWorthALook) {
    context.desk.withdraw(app, policy.name);
    return screen;
  }
  const request = grantRequest(input, proposal);
  const removalsHeld = await whyHeld(context, policy, request, proposal);
  const ticket = await context.desk.request({ ...request, removalsHeld });
  let done: Done = NOTHING_DONE;
  try {
    const { grant } = ticket;
    const granted = { ...screen, grant, proposal: settle(proposal, grant) };
    if (isPointless(proposal, grant)) return granted;
    const acted = await stage.act(policy, machines, grant);
    done = doneOf(acted.outcomes ?? []);
    context.wary.note(app, policy.name, (acted.outcomes ?? []).length === 0);
    return { ...granted, ...acted };
  } catch (error) {
    return { ...screen, ...failure(context, app, error) };
  } finally {
    ticket.giveBack(done);
  }
}

/**
 * A screen does without the release. Where the last look under the lease led to nothing, as in a deploy, it is read first:
 * the lease is not taken at each tick for nothing.
 */
async function proposeWarily(
  context: PassContext,
  app: string,
  { input, proposal }: Decided,
): Promise<Decided> {
  if (!proposal.isWorthALook || !context.wary.has(app, input.policy.name)) {
    return { input, proposal };
  }
  const { options, life } = context;
  const reading = beginReading(options.clock, options.timeoutMs, life.stopping);
  try {
    const release = await abortable(
      reading.signal,
      options.fly.currentRelease(app, reading.signal),
    ).catch((error: unknown) => {
      throw besideMachines(flyError(error));
    });
    const known = { ...input, look: { ...input.look, release } };
    return { input: known, proposal: proposeAndNote(context, known) };
  } finally {
    reading.end();
  }
}

/** The app's machines are listed: that its release cannot be found does not say that there is no such app. */
function besideMachines(error: AppError): AppError {
  if (error.code !== 'fly-not-found') return error;
  const { message, owner } = error;
  return new AppError('fly-bad-answer', message, { owner, cause: error });
}

const NOTHING_DONE: Done = { creates: 0, removals: 0 };

/** Machines made and removals begun; what may have been done counts as done. */
function doneOf(outcomes: readonly ActionOutcome[]): Done {
  const creates = outcomes.filter(
    ({ action, result }) => action.kind === 'create' && result !== 'held',
  );
  const begun = outcomes.filter(
    ({ action, stepsDone, failedStep }) =>
      action.kind !== 'create' &&
      REMOVING.has(action.kind) &&
      isBeginning(action) &&
      (stepsDone.length > 0 || failedStep !== undefined),
  );
  return { creates: creates.length, removals: begun.length };
}

const REMOVING: ReadonlySet<string> = new Set(REMOVAL_GOALS);

/** Why nothing may be taken of the app for what the fleet does; null: it may, or nothing is to be taken. */
async function whyHeld(
  { brake, board, life }: PassContext,
  policy: Policy,
  { app, removals, stops }: GrantRequest,
  { counts }: Proposal,
): Promise<Reason | null> {
  if (brake === null) return null;
  const sources = board.metricsOf([policy]);
  if (removals + stops > 0) return brake.whyHeld(app, sources, life.stopping);
  // What is under way waits for nobody to be heard, nor keeps growth waiting: a brake that comes on takes it back.
  return counts.leaving > 0 ? brake.whyUnjudged(sources) : null;
}

/** Nothing was granted, and nothing is to be done that needs no grant: removals under way, and first starts of what was granted. */
function isPointless(proposal: Proposal, { creates, removals, starts, stops }: Grant): boolean {
  const needsNone = proposal.counts.leaving > 0 || proposal.mayStartNeverRun === true;
  return creates + removals + starts + stops === 0 && !needsNone;
}

/**
 * Until when nothing more than a screen is needed, which would come out the same again; in monotonic time. Never for longer
 * than a quarter of an hour: the record is to show that the app was looked at.
 */
function staysTrueUntilMs(
  { memories, options }: PassContext,
  app: string,
  policy: Policy,
  { input, proposal, outcomes, plan, error }: Findings,
): number {
  const isScreen = outcomes === undefined && plan === undefined && error === undefined;
  if (!isScreen || proposal === undefined || input === undefined) return 0;
  if (input.orders !== NO_ORDERS || !isTimeless(policy, proposal, memories.get(app))) return 0;
  const { elapsedMs } = input.now;
  // Apps that became quiet together are not to wake together.
  const restMs = LONGEST_QUIET_MS * (0.75 + 0.25 * options.random.next());
  return Math.min(nextChangeAtMs(input, proposal) ?? Number.POSITIVE_INFINITY, elapsedMs + restMs);
}

const LONGEST_QUIET_MS = 15 * 60_000;

function failure(context: PassContext, app: string, thrown: unknown): Findings {
  const error = flyError(thrown);
  if (error.code === 'fly-not-found') {
    if (context.apps.has(app)) context.apps.markGone(app);
    return { error, after: [reason('app-gone', error.message)] };
  }
  return { error, after: [reason('pass-failed', error.message)] };
}

function report(
  context: PassContext,
  app: string,
  policy: Policy,
  started: Beginning,
  findings: Findings,
): void {
  // A pass that another configuration or the end of the process cut off before it acted has nothing to say.
  if (findings.error?.code === 'aborted' && findings.outcomes === undefined) return;
  const nowMs = context.options.clock.elapsedMs();
  const other = otherAutoscaler(findings.machines ?? [], context.options.ownApp);
  const after = [
    ...(findings.after ?? []),
    ...context.apps.notesOf(app, policy),
    ...(other === null ? [] : [reason('other-autoscaler', other)]),
  ];
  context.report(reportOf(app, policy, started, nowMs, { ...findings, after }));
}
