/**
 * Machines that were made to run and never ran. Who deploys while one of ours still starts gives it the state that it has,
 * and then it stays stopped; so does the green machine that stands in for it. Where nobody counts running machines, those
 * that people or the Fly proxy stopped are left as they are: these nobody stopped.
 */
import type { Member } from '../machines/census.js';
import {
  boundsOf,
  type DecisionInput,
  type MachineAction,
  type Proposal,
} from '../model/decision.js';
import { BLUE_GREEN_KEY, launchedAtMs, RUN_KEY } from '../machines/marks.js';
import { hasJustFailedToReturn } from '../memory/memory.js';
import { isInOtherHands, type PlanContext } from './plan-context.js';
import { reason, type Reason } from '../model/reason.js';

/** A green machine made so soon after its blue one was launched found it starting: later ones may have been stopped by somebody. */
const STARTS_WITHIN_MS = 2 * 60_000;
/** Fly's clock and ours may differ by so much. */
const SKEW_MS = 60_000;

/** Those of the members that are to be started, whatever speaks against it for now. */
export function neverRun(input: DecisionInput, members: readonly Member[]): readonly Member[] {
  const { created, started } = input.policy;
  if (created === null || started !== null) return [];
  return members.filter((member) => isAtRest(member) && wasToRun(input, member));
}

/** What keeps them from it; null: nothing. */
export function neverRunReason(members: readonly Member[], mayStart: boolean): Reason | null {
  if (members.length === 0) return null;
  const names = members.map((m) => `${m.machine.id} (${m.machine.state})`).join(', ');
  return reason('never-ran', mayStart ? names : `${names}; growing is held back`);
}

/** As many of them as are wanted: what is too many goes without having run. */
export function planFirstStarts(
  context: PlanContext,
  destroyed: ReadonlySet<string>,
): MachineAction[] {
  const { input, proposal, members } = context;
  if (proposal.mayStartNeverRun !== true) return [];
  const staying = neverRun(input, members).filter(({ machine }) => !destroyed.has(machine.id));
  const excess = tooMany(proposal) - destroyed.size;
  return staying
    .slice(Math.max(0, excess))
    .filter(
      (member) =>
        !isInOtherHands(context, member) &&
        !hasJustFailedToReturn(input.memory, member.machine.id, input.now),
    )
    .map(({ machine }) => ({
      kind: 'start',
      machineId: machine.id,
      region: machine.region,
      version: machine.version,
      steps: ['start'],
      reason: reason('never-ran', machine.id),
    }));
}

function tooMany({ created, counts }: Proposal): number {
  const most = boundsOf(created)?.max;
  return most === undefined ? 0 : Math.max(0, counts.created - most);
}

function isAtRest({ isHealthy, mark, heading, machine }: Member): boolean {
  const rests = heading === 'stopped' || heading === 'created';
  return isHealthy && mark === null && rests && machine.state === heading;
}

function wasToRun({ memory }: DecisionInput, { machine }: Member): boolean {
  const launchId = machine.metadata[RUN_KEY];
  if (launchId === undefined || machine.neverRan !== true) return false;
  if (launchId === machine.name) return true;
  // A green machine carries what its blue one carried; other copies are started or not as whoever made them wished.
  if (machine.metadata[BLUE_GREEN_KEY] === undefined) return false;
  const blue = memory.probation.find((create) => create.launchId === launchId);
  const atMs = launchedAtMs(launchId);
  if (atMs === null || blue?.seen === 'rested') return false;
  const afterMs = machine.createdAtMs - atMs;
  return afterMs >= -SKEW_MS && afterMs <= STARTS_WITHIN_MS;
}
