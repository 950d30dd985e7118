import { isLeasedByOthers, type Member } from '../machines/census.js';
import type { MachineAction } from '../model/decision.js';
import { hasJustFailedToReturn } from '../memory/memory.js';
import type { PlanContext } from './plan-context.js';
import { neediest, runsInRegion } from './regions.js';

/** Suspended machines are up soonest; a machine that rests in `created` may refuse. */
const RANK: Readonly<Record<string, number>> = { suspended: 0, stopped: 1, created: 2 };

/** Up to `wanted` machines to start, `destroyed` ones left out: those that are up soonest, then by id. */
export function planStarts(
  context: PlanContext,
  wanted: number,
  destroyed: ReadonlySet<string>,
): MachineAction[] {
  const { memory, now } = context.input;
  const hasFailed = ({ machine }: Member): boolean =>
    hasJustFailedToReturn(memory, machine.id, now);
  const order = (m: Member): number =>
    (hasFailed(m) ? 100 : 0) + (m.machine.isCordoned ? 10 : 0) + (RANK[m.heading] ?? 0);
  const candidates = context.members
    .filter(
      (m) =>
        m.isHealthy &&
        m.mark === null &&
        !destroyed.has(m.machine.id) &&
        // On its way to a stop it cannot be started yet.
        m.machine.state === m.heading &&
        RANK[m.heading] !== undefined &&
        !isLeasedByOthers(context.input, m),
    )
    .sort((a, b) => order(a) - order(b) || (a.machine.id < b.machine.id ? -1 : 1));
  // One that would not start just now is not waited for, wherever it stands.
  const rounds = [candidates.filter((m) => !hasFailed(m)), candidates.filter(hasFailed)];
  return inRegions(context, rounds, wanted).map(({ machine }) => ({
    kind: 'start',
    machineId: machine.id,
    region: machine.region,
    version: machine.version,
    steps: ['start'],
    reason: context.growth.started,
  }));
}

/**
 * The first so many. Where regions have limits and only running machines are counted, the limits are theirs: the region
 * that lacks most comes first, and within it the order given.
 */
function inRegions(
  { input: { policy }, members }: PlanContext,
  rounds: readonly (readonly Member[])[],
  wanted: number,
): readonly Member[] {
  const hasLimits = Object.keys(policy.regionLimits).length > 0;
  if (!hasLimits || policy.created !== null || policy.spare !== null)
    return rounds.flat().slice(0, Math.max(0, wanted));
  const running = new Map<string, number>();
  for (const { machine } of members.filter(runsInRegion))
    running.set(machine.region, (running.get(machine.region) ?? 0) + 1);
  const chosen: Member[] = [];
  for (const round of rounds) {
    const queues = queuesOf(round);
    while (chosen.length < wanted) {
      const open = new Map([...queues.keys()].map((region) => [region, running.get(region) ?? 0]));
      const region = neediest(open, policy.regionLimits);
      if (region === null) break;
      const next = queues.get(region)?.shift();
      if (next === undefined) queues.delete(region);
      else {
        chosen.push(next);
        running.set(region, (running.get(region) ?? 0) + 1);
      }
    }
  }
  return chosen;
}

/** By region, in the order given. */
function queuesOf(members: readonly Member[]): Map<string, Member[]> {
  const queues = new Map<string, Member[]>();
  for (const member of members) {
    const queue = queues.get(member.machine.region) ?? [];
    queue.push(member);
    queues.set(member.machine.region, queue);
  }
  return queues;
}
