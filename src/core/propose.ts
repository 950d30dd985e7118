/** What should change for one app, and why; not yet which machine. */
import { census as takeCensus, type Census } from './census.js';
import type { CountProposal, DecisionInput, Proposal, TargetRange } from './decision.js';
import { changeOf, type CountName, type DecisionStep, type Draft } from './draft.js';
import { crashedMachines, groupReasons, memberReasons } from './findings.js';
import { plan } from './plan.js';
import { reason, type Reason } from './reason.js';
import { withSpares } from './spares.js';
import { ceilings } from './steps/ceilings.js';
import { keepSpares } from './steps/keep-spares.js';
import { replaceLostSlowly } from './steps/replace-lost-slowly.js';
import { shrinkOnlyWhenAllowed } from './steps/shrink-only-when-allowed.js';
import { stayOutOfDeploys } from './steps/stay-out-of-deploys.js';
import { evaluateTarget, LEAST } from './target.js';
import { undoable } from './undoable.js';

/** In this order; bounds last, so that nothing passes them. What follows them only lowers a change further. */
const STEPS: readonly DecisionStep[] = [
  stayOutOfDeploys,
  shrinkOnlyWhenAllowed,
  replaceLostSlowly,
  ceilings,
  keepSpares,
];

export function propose(input: DecisionInput): Proposal {
  const { policy, look, memory, now } = input;
  const census = takeCensus(look.machines, policy.group, memory, now, policy.unreachableAfterMs);
  const drafted = STEPS.reduce(
    (draft, step) => step(draft, { input, census }),
    start(input, census),
  );
  const proposal: Proposal = {
    counts: census.counts,
    created: drafted.created,
    started: drafted.started,
    undoCreated: drafted.isHeld ? 0 : undoDue(input, drafted.created?.target, 'created', census),
    undoStarted: drafted.isHeld ? 0 : undoDue(input, drafted.started?.target, 'started', census),
    mayShrinkCreated: drafted.mayShrinkCreated,
    mayShrinkStarted: drafted.mayShrinkStarted,
    isHeld: drafted.isHeld,
    reasons: unique([...drafted.reasons, ...direction(drafted)]),
    crashed: crashedMachines(census.members),
    isWorthALook: false,
  };
  return withWorth(input, proposal);
}

/** The first draft: the current counts clamped into what the expressions say. */
function start(input: DecisionInput, census: Census): Draft {
  const { policy, samples, now, zone } = input;
  const { counts } = census;
  const evaluation = { samples, counts, now, zone };
  const started =
    policy.started && evaluateTarget('started', policy.started, LEAST.started, evaluation);
  const spares =
    started === null || policy.spare === null ? null : withSpares(started, policy.spare, counts);
  const created =
    policy.created === null
      ? spares
      : evaluateTarget('created', policy.created, LEAST.created, evaluation);
  const createdPresent = counts.created + counts.unseen;
  const startedPresent = counts.started + counts.unclear + counts.unseenStarted;
  return {
    created: created && clamp(input, created.range, 'created', createdPresent, census),
    started: started && clamp(input, started.range, 'started', startedPresent, census),
    mayShrinkCreated: created?.isGoodToShrink === true && created.range !== null,
    mayShrinkStarted: started?.isGoodToShrink === true && started.range !== null,
    isHeld: false,
    reasons: [
      ...(created?.reasons ?? []),
      ...(started?.reasons ?? []),
      ...groupReasons(input, census),
      ...memberReasons(input, census.members),
    ],
  };
}

/**
 * Growing starts from all that is present, removals that will be undone among it; shrinking from healthy machines only,
 * so that a machine that we cannot see well never justifies removing another.
 */
function clamp(
  input: DecisionInput,
  range: TargetRange | null,
  name: CountName,
  present: number,
  census: Census,
): CountProposal {
  const healthy = census.counts[name];
  if (range === null || census.members.length === 0) {
    return { current: present, target: range, recommended: present, wanted: present };
  }
  const base = present + undoDue(input, range, name, census);
  if (base < range.min) {
    return { current: base, target: range, recommended: range.min, wanted: range.min };
  }
  const recommended = Math.min(healthy, range.max);
  return { current: healthy, target: range, recommended, wanted: recommended };
}

/** How many removals under way must be taken back so that the machines that stay meet the least that is wanted. */
function undoDue(
  input: DecisionInput,
  range: TargetRange | null | undefined,
  name: CountName,
  census: Census,
): number {
  if (range == null) return 0;
  const leaving = undoable(input, census.members, name);
  return Math.min(leaving.length, Math.max(0, range.min - census.counts[name]));
}

function direction(draft: Draft): Reason[] {
  const reasons: Reason[] = [];
  for (const name of ['created', 'started'] as const) {
    const count = draft[name];
    const change = changeOf(count);
    if (count === null || change === 0) continue;
    const detail = `${name} ${count.current} to ${count.wanted}`;
    reasons.push(reason(change > 0 ? 'scale-up' : 'scale-down', detail));
  }
  return reasons;
}

/** Two counts may say the same of one metric. */
function unique(reasons: readonly Reason[]): Reason[] {
  const seen = new Set<string>();
  return reasons.filter(({ code, detail }) => {
    const key = `${code} ${detail}`;
    return !seen.has(key) && seen.add(key);
  });
}

/**
 * An app is worth a lease and a second look when its plan would do something now.
 * What keeps the plan from doing anything is then part of the reasons.
 */
function withWorth(input: DecisionInput, proposal: Proposal): Proposal {
  const isQuiet =
    changeOf(proposal.created) === 0 &&
    changeOf(proposal.started) === 0 &&
    proposal.counts.leaving === 0;
  if (isQuiet || proposal.isHeld) return withQuiet(proposal);
  const screened = plan(input, proposal, () => 'fas-screen');
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
    hasTargets && !proposal.isHeld && proposal.reasons.every((r) => !HOLDS.has(r.code));
  if (!isAtTarget) return proposal;
  return {
    ...proposal,
    reasons: [...proposal.reasons, reason('at-target', describeTargets(proposal))],
  };
}

/** Codes that say that a count is not, or may not be, what the expressions want. */
const HOLDS: ReadonlySet<string> = new Set([
  'metric-missing',
  'metric-stale',
  'metric-error',
  'metric-not-a-number',
  'capped',
  'no-machines',
  'no-such-group',
  'replacing-unreachable',
]);

function describeTargets(proposal: Proposal): string {
  const parts = [];
  if (proposal.created !== null) parts.push(`${proposal.counts.created} created`);
  if (proposal.started !== null) parts.push(`${proposal.counts.started} started`);
  return parts.join(', ');
}
