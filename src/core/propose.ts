/** What should change for one app, and why; not yet which machine. */
import { census as takeCensus, type Census } from './census.js';
import type { CountProposal, DecisionInput, Proposal, TargetRange } from './decision.js';
import { changeOf, type DecisionStep, type Draft } from './draft.js';
import { crashedMachines, groupReasons, memberReasons } from './findings.js';
import { plan } from './plan.js';
import { reason, type Reason } from './reason.js';
import { ceilings } from './steps/ceilings.js';
import { replaceLostSlowly } from './steps/replace-lost-slowly.js';
import { shrinkOnlyWhenAllowed } from './steps/shrink-only-when-allowed.js';
import { stayOutOfDeploys } from './steps/stay-out-of-deploys.js';
import { evaluateTarget, type Target } from './target.js';

/** In this order; bounds last, so that nothing passes them. */
const STEPS: readonly DecisionStep[] = [
  stayOutOfDeploys,
  shrinkOnlyWhenAllowed,
  replaceLostSlowly,
  ceilings,
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
    undoCreated: drafted.isHeld ? 0 : undoDue(drafted.created, census.counts.created),
    undoStarted: drafted.isHeld ? 0 : undoDue(drafted.started, census.counts.started),
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
  const created = policy.created && evaluateTarget('created', policy.created, 1, evaluation);
  const started = policy.started && evaluateTarget('started', policy.started, 0, evaluation);
  const marked = (goalIsDestroy: boolean): number =>
    census.members.filter(
      (m) => m.isHealthy && m.mark && (m.mark.goal === 'destroy') === goalIsDestroy,
    ).length;
  const hasMachines = census.members.length > 0;
  return {
    created:
      created &&
      clamp(created, counts.created, counts.created + counts.unseen, marked(true), hasMachines),
    started:
      started &&
      clamp(
        started,
        counts.started,
        counts.started + counts.unclear + counts.unseenStarted,
        marked(false),
        hasMachines,
      ),
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
  target: Target,
  healthy: number,
  present: number,
  marked: number,
  hasMachines: boolean,
): CountProposal {
  const { range } = target;
  if (range === null || !hasMachines) {
    return { current: present, target: range, recommended: present, wanted: present };
  }
  const undone = Math.min(marked, Math.max(0, range.min - healthy));
  const base = present + undone;
  if (base < range.min) {
    return { current: base, target: range, recommended: range.min, wanted: range.min };
  }
  const recommended = Math.min(healthy, Math.max(range.max, range.min));
  return { current: healthy, target: range, recommended, wanted: recommended };
}

function undoDue(count: CountProposal | null, healthy: number): number {
  const range: TargetRange | null | undefined = count?.target;
  return range == null ? 0 : Math.max(0, range.min - healthy);
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
