import type { Member } from './census.js';
import type { MachineAction } from './decision.js';
import { hasJustFailedToStart } from './memory.js';
import { isLeasedByOthers, type PlanContext } from './plan-context.js';

/** Suspended machines are up soonest; a machine that rests in `created` may refuse. */
const RANK: Readonly<Record<string, number>> = { suspended: 0, stopped: 1, created: 2 };

/** Up to `wanted` machines to start, `destroyed` ones left out: those that are up soonest, then by id. */
export function planStarts(
  context: PlanContext,
  wanted: number,
  destroyed: ReadonlySet<string>,
): MachineAction[] {
  const { memory, now } = context.input;
  const hasFailed = ({ machine }: Member): boolean => hasJustFailedToStart(memory, machine.id, now);
  const order = (m: Member): number =>
    (hasFailed(m) ? 100 : 0) + (m.machine.isCordoned ? 10 : 0) + (RANK[m.heading] ?? 0);
  return context.members
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
    .sort((a, b) => order(a) - order(b) || (a.machine.id < b.machine.id ? -1 : 1))
    .slice(0, Math.max(0, wanted))
    .map(({ machine }) => ({
      kind: 'start',
      machineId: machine.id,
      region: machine.region,
      version: machine.version,
      steps: ['start'],
      reason: context.growth,
    }));
}
