/** Which machines of an app are the policy's, and what each of them counts as. */
import type { Counts, DecisionInput, Look, RemovalMark } from '../model/decision.js';
import type { Instant } from '../time/instant.js';
import { processGroupOf, type Machine } from '../model/machine.js';
import { BLUE_GREEN_KEY, removalMark } from './marks.js';
import type { GroupSelector } from '../model/policy.js';
import { headingOf, isGone, type Heading } from './states.js';
import type { AppMemory } from '../model/app-memory.js';
import { inStateMs, isOnlyUnread, isUnseen } from './sight.js';

/** A machine of the policy's group. */
export interface Member {
  readonly machine: Machine;
  readonly group: string;
  readonly heading: Heading;
  /** False: its host, its configuration, its transit or its absence from the list keeps us from seeing it well; it is not touched. */
  readonly isHealthy: boolean;
  /** True when the list lacks it, and nobody has seen it go. */
  readonly isAbsent: boolean;
  /** True when it has been out of sight for too long to count as present. One that the list lacks counts until it is known to be gone. */
  readonly isLost: boolean;
  readonly mark: RemovalMark | null;
}

export interface Census {
  readonly members: readonly Member[];
  readonly counts: Counts;
  /** Process groups that the app's machines say they are in, for messages. */
  readonly groupsFound: readonly string[];
}

const RESERVED_GROUPS = new Set([
  'fly_app_release_command',
  'fly_app_test_machine_command',
  'fly_app_console',
  'release_command',
]);

/**
 * Machines that the platform, flyctl or a clock start and stop: neither counted, cloned nor removed.
 * A scheduled machine serves no load, and a clone of it would do its job twice.
 */
function isReserved(machine: Machine): boolean {
  return (
    RESERVED_GROUPS.has(processGroupOf(machine)) ||
    machine.metadata['process_group'] === 'release_command' ||
    machine.metadata['fly-managed-postgres'] !== undefined ||
    machine.metadata[BLUE_GREEN_KEY] === 'safe_to_destroy' ||
    (machine.config?.standbys ?? []).length > 0 ||
    (machine.config?.schedule ?? '') !== ''
  );
}

/** The group an unset process group stands for, in an app whose machines say groups or say none. */
const DEFAULT_GROUP = 'app';

function groupFilter(
  selector: GroupSelector,
  groupsFound: readonly string[],
): (machine: Machine) => boolean {
  if (selector.kind === 'all') return () => true;
  const wanted = selector.kind === 'named' ? selector.name : DEFAULT_GROUP;
  const takesUngrouped = selector.kind === 'unset' && groupsFound.length === 0;
  return (machine) => {
    const group = processGroupOf(machine);
    // With its configuration out of reach a machine cannot say its group: it might be ours, so it counts as present.
    const isUnknown = machine.config === null || machine.unread !== undefined;
    return group === wanted || (group === '' && (takesUngrouped || isUnknown));
  };
}

export function census(
  { machines, absent = [] }: Pick<Look, 'machines' | 'absent'>,
  selector: GroupSelector,
  memory: AppMemory,
  now: Instant,
  unreachableAfterMs: number,
): Census {
  const away = new Set(absent);
  const existing = [...machines, ...absent].filter((machine) => !isGone(machine));
  const candidates = existing.filter((machine) => !isReserved(machine));
  const groupsFound = [...new Set(candidates.map(processGroupOf))].filter((g) => g !== '').sort();
  const isOurs = groupFilter(selector, groupsFound);
  const members = candidates.filter(isOurs).map((machine): Member => {
    const isAbsent = away.has(machine);
    const isHealthy = !isAbsent && !isUnseen(memory, machine, now);
    const unseenSinceMs = memory.unseenSinceMs[machine.id] ?? now.elapsedMs;
    return {
      machine,
      group: processGroupOf(machine),
      heading: headingOf(machine, inStateMs(memory, machine, now)),
      isHealthy,
      isAbsent,
      isLost:
        !isHealthy &&
        !isAbsent &&
        !isOnlyUnread(machine) &&
        now.elapsedMs - unseenSinceMs >= unreachableAfterMs,
      mark: removalMark(machine),
    };
  });
  return { members, counts: count(members, existing.length), groupsFound };
}

function count(members: readonly Member[], existing: number): Counts {
  const tally = (is: (member: Member) => boolean): number => {
    let sum = 0;
    for (const member of members) if (is(member)) sum += 1;
    return sum;
  };
  const stays = (m: Member): boolean => m.mark?.goal !== 'destroy';
  const runs = (m: Member): boolean => m.mark === null && m.heading === 'started';
  const mayRun = (m: Member): boolean =>
    m.mark === null && (m.heading === 'started' || m.heading === 'unclear');
  const isUnseenNow = (m: Member): boolean => !m.isHealthy && !m.isLost;
  return {
    created: tally((m) => m.isHealthy && stays(m)),
    started: tally((m) => m.isHealthy && runs(m)),
    stopped: tally((m) => m.isHealthy && stays(m) && !mayRun(m) && m.heading !== 'failed'),
    unclear: tally((m) => m.isHealthy && m.mark === null && m.heading === 'unclear'),
    unseen: tally((m) => isUnseenNow(m) && stays(m)),
    unseenStarted: tally((m) => isUnseenNow(m) && mayRun(m)),
    lost: tally((m) => m.isLost && stays(m)),
    lostStarted: tally((m) => m.isLost && mayRun(m)),
    existing,
    leaving: tally((m) => m.mark !== null),
  };
}

/** How many machines of the group are in each state, as Fly names the states. */
export function machinesByState(
  machines: readonly Machine[],
  selector: GroupSelector,
): Readonly<Record<string, number>> {
  const candidates = machines.filter((machine) => !isGone(machine) && !isReserved(machine));
  const groupsFound = [...new Set(candidates.map(processGroupOf))].filter((g) => g !== '');
  const byState: Record<string, number> = {};
  for (const machine of candidates.filter(groupFilter(selector, groupsFound))) {
    byState[machine.state] = (byState[machine.state] ?? 0) + 1;
  }
  return byState;
}

/** A machine that can be destroyed as it is. */
export function isIdle({ machine, heading }: Member): boolean {
  return machine.state === heading && heading !== 'started';
}

/** True when somebody else holds the machine's lease. */
export function isLeasedByOthers({ look }: DecisionInput, { machine }: Member): boolean {
  return machine.lease !== undefined && look.leasedByUs?.includes(machine.id) !== true;
}
