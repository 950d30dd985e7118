/** What should change for one app, and why; not yet which machine. */
import { census as takeCensus } from '../machines/census.js';
import { clampCount, undoDue } from '../target/clamp.js';
import { boundsOf, changeOf, type DecisionInput, type Proposal } from '../model/decision.js';
import type { Draft, StepContext } from './draft.js';
import { crashedMachines, groupReasons, memberReasons } from '../machines/findings.js';
import { historyOf } from '../memory/history.js';
import type { Machine } from '../model/machine.js';
import { named } from '../model/named.js';
import { neverRun, neverRunReason } from '../plan/never-run.js';
import { isAtRest, screenPlan } from '../plan/plan.js';
import { meaningOf, reason, unique, type Reason } from '../model/reason.js';
import { leastRunning, mostRunning } from './running-range.js';
import { withSpares } from '../target/spares.js';
import { backOff } from './steps/back-off.js';
import { brake } from './steps/brake.js';
import { budgets } from './steps/budgets.js';
import { ceilings } from './steps/ceilings.js';
import { cooldown } from './steps/cooldown.js';
import { freezes } from './steps/freezes.js';
import { keepSpares } from './steps/keep-spares.js';
import { pauses } from './steps/pauses.js';
import { replaceLostSlowly } from './steps/replace-lost-slowly.js';
import { schedules } from './steps/schedules.js';
import { shrinkOnlyWhenAllowed } from './steps/shrink-only-when-allowed.js';
import { stabilization } from './steps/stabilization.js';
import { stayOutOfDeploys } from './steps/stay-out-of-deploys.js';
import { stepLimits } from './steps/step-limits.js';
import { tolerance } from './steps/tolerance.js';
import type { Target } from '../target/target.js';
import { targetOf } from '../target/target-of.js';
import { runSteps, type NamedStep } from './trace.js';
import type { CountName } from '../model/count.js';

/** In this order; bounds last, so that nothing passes them. What follows them only lowers a change further. */
const STEPS: readonly NamedStep[] = [
  { name: 'stay-out-of-deploys', run: stayOutOfDeploys },
  { name: 'back-off', run: backOff },
  { name: 'shrink-only-when-allowed', run: shrinkOnlyWhenAllowed },
  { name: 'tolerance', run: tolerance },
  { name: 'stabilization', run: stabilization },
  { name: 'cooldown', run: cooldown },
  { name: 'step-limits', run: stepLimits },
  { name: 'schedules', run: schedules },
  { name: 'pauses', run: pauses },
  { name: 'budgets', run: budgets },
  { name: 'freezes', run: freezes },
  { name: 'brake', run: brake },
  { name: 'replace-lost-slowly', run: replaceLostSlowly },
  { name: 'ceilings', run: ceilings },
  { name: 'keep-spares', run: keepSpares },
];

export function propose(input: DecisionInput): Proposal {
  const proposal = proposeOn(input);
  const { absent = [] } = input.look;
  if (absent.length === 0) return proposal;
  const without = proposeOn({ ...input, look: { ...input.look, absent: [] } });
  return growthOf(without) > growthOf(proposal) ? awaiting(absent, proposal) : proposal;
}

function growthOf({ created, started }: Proposal): number {
  return Math.max(0, changeOf(created)) + Math.max(0, changeOf(started));
}

/** What is proposed stands; that it is not more is for want of knowing. */
function awaiting(absent: readonly Machine[], proposal: Proposal): Proposal {
  const reasons = proposal.reasons.filter(({ code }) => code !== 'at-target');
  const why = reason('list-incomplete', `not listed: ${named(absent.map(({ id }) => id))}`);
  return { ...proposal, awaitsAbsent: true, reasons: [...reasons, why] };
}

function proposeOn(input: DecisionInput): Proposal {
  const { policy, look, memory, now } = input;
  const census = takeCensus(look, policy.group, memory, now, policy.unreachableAfterMs);
  const history = historyOf(input, census.counts);
  const context: StepContext = { input, census, history };
  const { draft: drafted, traces } = runSteps(STEPS, start(context), context);
  const undo = (name: CountName, mayGrow: boolean): number =>
    drafted.isHeld || !mayGrow ? 0 : undoDue(input, boundsOf(drafted[name]), name, census);
  const least = leastRunning(drafted, context);
  const most = mostRunning(drafted, context);
  const idle = neverRun(input, census.members);
  const mayStart = !drafted.isHeld && drafted.mayGrowCreated;
  const unused = neverRunReason(idle, mayStart);
  const proposal: Proposal = {
    counts: census.counts,
    created: drafted.created,
    started: drafted.started,
    ...(least === null ? {} : { leastRunning: least }),
    ...(most === null ? {} : { mostRunning: most }),
    undoCreated: undo('created', drafted.mayGrowCreated),
    undoStarted: undo('started', drafted.mayGrowStarted),
    mayShrinkCreated: drafted.mayShrinkCreated,
    mayShrinkStarted: drafted.mayShrinkStarted,
    ...(idle.length > 0 && mayStart ? ({ mayStartNeverRun: true } as const) : {}),
    isHeld: drafted.isHeld,
    steps: traces,
    reasons: unique([
      ...drafted.reasons,
      ...(unused === null ? [] : [unused]),
      ...direction(drafted),
    ]),
    crashed: crashedMachines(census.members),
    isWorthALook: false,
  };
  const worth = withWorth(input, proposal);
  if (look.isSecondList !== true) return worth;
  return { ...worth, reasons: [...worth.reasons, LISTED_TWICE] };
}

const LISTED_TWICE = reason('young-machines', 'the machines were listed twice');

/** The first draft: the current counts clamped into what the expressions say. */
function start(context: StepContext): Draft {
  const { input, census } = context;
  const started = target('started', context);
  const created = spareTarget(started, context) ?? target('created', context);
  const isGood = (each: Target | null): boolean =>
    each?.isGoodToShrink === true && each.range !== null;
  const unsure = new Set<CountName>();
  if (!isGood(created)) unsure.add('created');
  if (!isGood(started)) unsure.add('started');
  return {
    created: created && clampCount(input, created.range, 'created', census),
    started: started && clampCount(input, started.range, 'started', census),
    mayShrinkCreated: isGood(created),
    mayShrinkStarted: isGood(started),
    unsure,
    mayGrowCreated: true,
    mayGrowStarted: true,
    isReleaseOverdue: false,
    isHeld: false,
    reasons: [
      ...(created?.reasons ?? []),
      ...(started?.reasons ?? []),
      ...groupReasons(input, census),
      ...memberReasons(input, census.members),
    ],
  };
}

/** Null when there are no spares. */
function spareTarget(started: Target | null, { input, census }: StepContext): Target | null {
  const { spare } = input.policy;
  return spare === null || started === null ? null : withSpares(started, spare, census.counts);
}

/** Null when the policy leaves that count alone. */
function target(name: CountName, { input, census, history }: StepContext): Target | null {
  const missingSinceMs = history?.missingSinceMs ?? {};
  return targetOf(name, { input, counts: census.counts, missingSinceMs });
}

function direction(draft: Draft): Reason[] {
  const reasons: Reason[] = [];
  for (const name of ['created', 'started'] as const) {
    const count = draft[name];
    const change = changeOf(count);
    if (count === null || change === 0) continue;
    const detail = `${name} ${count.current} to ${count.wanted}`;
    reasons.push(reason(change > 0 ? 'scale-up' : 'scale-down', detail, name));
  }
  return reasons;
}

/**
 * An app is worth a lease and a second look when its plan would do something now.
 * What keeps the plan from doing anything is then part of the reasons.
 */
function withWorth(input: DecisionInput, proposal: Proposal): Proposal {
  if (isAtRest(proposal) || proposal.isHeld) return withQuiet(proposal);
  // What is proposed never depends on volumes.
  const screened = screenPlan(input, proposal);
  const actions =
    screened.undos.length +
    screened.starts.length +
    screened.creates.length +
    screened.removals.length;
  if (actions > 0) return { ...proposal, isWorthALook: true };
  return { ...proposal, reasons: unique([...proposal.reasons, ...screened.reasons]) };
}

function withQuiet(proposal: Proposal): Proposal {
  const hasTargets = [proposal.created, proposal.started].every(
    (c) => c === null || c.target !== null,
  );
  const isAtTarget =
    hasTargets &&
    !proposal.isHeld &&
    proposal.reasons.every(({ code }) => meaningOf(code).holds === 'no');
  if (!isAtTarget) return proposal;
  return {
    ...proposal,
    reasons: [...proposal.reasons, reason('at-target', describeTargets(proposal))],
  };
}

function describeTargets(proposal: Proposal): string {
  const parts = [];
  if (proposal.created !== null) parts.push(`${proposal.counts.created} created`);
  if (proposal.started !== null) parts.push(`${proposal.counts.started} started`);
  return parts.join(', ');
}
