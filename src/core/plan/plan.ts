/** From a proposal and the machines that exist to a finite list of actions. */
import { askedBy } from './asked-by.js';
import { census } from '../machines/census.js';
import {
  boundsOf,
  changeOf,
  type DecisionInput,
  type Plan,
  type Proposal,
} from '../model/decision.js';
import { planCreates } from './creates.js';
import { busyOf } from '../machines/drain.js';
import { advanceRemovals } from './leaving.js';
import { planFirstStarts } from './never-run.js';
import type { PlanContext } from './plan-context.js';
import { reason, type Reason } from '../model/reason.js';
import { planDestroys, planStops } from './removals.js';
import { standing } from '../machines/source.js';
import { planStarts } from './starts.js';

const NOTHING: Plan = { undos: [], starts: [], creates: [], removals: [], reasons: [] };

/** No count is to change, no machine is on its way out, and none that never ran is to be started. */
export function isAtRest({ created, started, counts, mayStartNeverRun }: Proposal): boolean {
  const isAtCount = changeOf(created) === 0 && changeOf(started) === 0;
  return isAtCount && counts.leaving === 0 && mayStartNeverRun !== true;
}

/** `launchIds` gives a new id at each call; ids become machine names. */
export function plan(input: DecisionInput, proposal: Proposal, launchIds: () => string): Plan {
  if (proposal.isHeld || isAtRest(proposal)) return NOTHING;
  const context = planContext(input, proposal);
  const { undos, going, reasons: underWay } = advanceRemovals(context);

  const destroys = planDestroys(
    context,
    Math.max(0, -changeOf(proposal.created)),
    startedToSpare(input, proposal),
  );
  const destroyed = new Set(destroys.actions.map((action) => action.machineId));
  // Those that run begin with their mark, whether they stop at once or are waited for.
  const runningDestroyed = destroys.actions.filter((a) => a.steps.includes('mark')).length;
  const stops = planStops(
    context,
    Math.max(0, -changeOf(proposal.started) - runningDestroyed),
    destroyed,
  );

  const growth = Math.max(0, changeOf(proposal.created));
  // What is taken back from its destruction runs again, and no other is started for it.
  const revived = undos.filter(({ mark }) => mark?.goal === 'destroy').length;
  const startGrowth = Math.max(0, changeOf(proposal.started) - revived);
  const starts = planStarts(context, startGrowth, destroyed);
  const launches = launchesAllowed(input, proposal, starts.length + revived, startGrowth + revived);
  const { creates, reasons: createReasons } =
    growth === 0 ? { creates: [], reasons: [] } : planCreates(context, growth, launches, launchIds);
  const launched = creates.filter((create) => create.isLaunched).length;

  const reasons: Reason[] = [...underWay, ...createReasons, ...destroys.reasons, ...stops.reasons];
  const missing = startGrowth - starts.length - launched;
  if (missing > 0) {
    reasons.push(
      reason('no-start-candidate', `${startGrowth} wanted, ${startGrowth - missing} possible`),
    );
  }
  return {
    undos,
    starts: [...starts, ...planFirstStarts(context, destroyed)],
    creates,
    removals: [...going, ...destroys.actions, ...stops.actions],
    reasons,
  };
}

/** What could be done, as far as a screen tells. Volumes are read once it is known that creates are wanted. */
export function screenPlan(input: DecisionInput, proposal: Proposal): Plan {
  const unread: DecisionInput = { ...input, look: { ...input.look, volumes: 'unread' } };
  return plan(unread, proposal, () => 'fas-screen');
}

/** True when the plan depends on the app's volumes, so that they must be read first. */
export function needsVolumes(input: DecisionInput, proposal: Proposal): boolean {
  if (changeOf(proposal.created) <= 0) return false;
  const { members } = planContext(input, proposal);
  return members.some((m) => (m.machine.config?.mounts ?? []).length > 0);
}

function planContext(input: DecisionInput, proposal: Proposal): PlanContext {
  const { policy, look, memory, now } = input;
  const { members } = census(look, policy.group, memory, now, policy.unreachableAfterMs);
  const why = (code: 'scale-up' | 'scale-down'): PlanContext['growth'] => ({
    created: askedBy(proposal, 'created', code),
    started: askedBy(proposal, 'started', code),
  });
  return {
    input,
    proposal,
    members,
    standing: standing(members, look.release),
    busy: busyOf(policy.removal, input.samples),
    growth: why('scale-up'),
    shrink: why('scale-down'),
  };
}

/** How many of the new machines may start at once without passing the most that should run, or may by now. */
function launchesAllowed(
  input: DecisionInput,
  proposal: Proposal,
  starts: number,
  startGrowth: number,
): number {
  if (input.policy.initialState === 'stopped') return 0;
  if (input.policy.started === null) return Number.POSITIVE_INFINITY;
  // Spares are made to rest: only those start that are missing beside them.
  if (input.policy.spare !== null) return Math.max(0, startGrowth - starts);
  const { started, unclear, unseenStarted } = proposal.counts;
  const most = proposal.mostRunning ?? boundsOf(proposal.started)?.max;
  // Without a usable started count nothing grows on it.
  if (most === undefined) return 0;
  return Math.max(0, most - (started + unclear + unseenStarted) - starts - proposal.undoStarted);
}

/**
 * How many started machines may be destroyed without falling below the least that should run, or below what the rules of
 * the started count leave in this pass: none when that number is not good enough to stop machines on.
 */
function startedToSpare(input: DecisionInput, proposal: Proposal): number {
  if (input.policy.started === null) return Number.POSITIVE_INFINITY;
  if (!proposal.mayShrinkStarted) return 0;
  const least = proposal.leastRunning ?? boundsOf(proposal.started)?.min;
  return least === undefined ? 0 : Math.max(0, proposal.counts.started - least);
}
