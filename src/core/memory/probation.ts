/** What becomes of machines that we made in their first minutes: only what failed by itself speaks against creates. */
import type { Instant } from '../time/instant.js';
import type { Machine, Release } from '../model/machine.js';
import { BLUE_GREEN_KEY, removalMark } from '../machines/marks.js';
import { isGone } from '../machines/states.js';
import type { TriedCreate } from '../model/app-memory.js';

/** A create has proved itself when its machine is still there and not failed after so long. */
export const PROBATION_MS = 5 * 60_000;

export interface Trial {
  /** Those that are still to be watched, or remembered. */
  readonly open: readonly TriedCreate[];
  /** Groups of which a create failed by itself. */
  readonly failed: ReadonlySet<string>;
  /** Group -> when the newest create that lasted was made. */
  readonly lasted: ReadonlyMap<string, number>;
}

/** `machines`: a fresh and complete list of the app's; gone ones may be among them. */
export function judge(
  creates: readonly TriedCreate[],
  machines: readonly Machine[],
  release: Release | null | 'unread',
  now: Instant,
): Trial {
  const byId = new Map(machines.map((machine) => [machine.id, machine]));
  const open: TriedCreate[] = [];
  const failed = new Set<string>();
  const lasted = new Map<string, number>();
  for (const create of creates) {
    const machine = byId.get(create.machineId);
    const isOld = now.elapsedMs - create.atMs >= PROBATION_MS;
    if (machine === undefined || isGone(machine)) {
      const fate = create.isRemoved === true ? 'removed' : fateOf(create, machine, release);
      if (fate === 'failed') failed.add(create.group);
      // Its name is remembered for as long: machines that copy it may come.
      else if (!isOld) open.push(fate === 'removed' ? { ...create, isRemoved: true } : create);
    } else if (machine.state === 'failed') failed.add(create.group);
    else if (removalMark(machine) !== null) continue;
    else if (isOld) lasted.set(create.group, create.atMs);
    else open.push(withSeen(create, machine));
  }
  return { open, failed, lasted };
}

/**
 * Of one that is gone. `open`: only the release tells whether a deploy replaced it. One that was never seen to stand, under
 * the same release, counts as failed: Fly reaps what it cannot launch.
 */
function fateOf(
  create: TriedCreate,
  machine: Machine | undefined,
  release: Release | null | 'unread',
): 'failed' | 'removed' | 'open' {
  const { seen, releaseId } = machine === undefined ? create : withSeen(create, machine);
  if (machine?.state === 'launch_failed' || seen === 'ended') return 'failed';
  if (seen !== undefined && create.destroysItself !== true) return 'removed';
  if (releaseId === undefined) return 'failed';
  if (release === 'unread') return 'open';
  return (release?.id ?? null) === releaseId ? 'failed' : 'removed';
}

/** States that a machine comes to only when its create has worked, or when others have taken it over. */
const SEEN: Readonly<Record<string, 'ran' | 'rested'>> = {
  started: 'ran',
  stopping: 'ran',
  restarting: 'ran',
  suspending: 'ran',
  updating: 'ran',
  replacing: 'ran',
  stopped: 'rested',
  suspended: 'rested',
};

function withSeen(create: TriedCreate, { state, lastExit, metadata }: Machine): TriedCreate {
  const isBad =
    lastExit !== undefined &&
    !lastExit.wasRequested &&
    (lastExit.exitCode !== 0 || lastExit.isOomKilled);
  // A deploy stops what it has replaced: that says nothing of before.
  if (metadata[BLUE_GREEN_KEY] === 'safe_to_destroy') return { ...create, seen: 'ran' };
  const seen = isBad && state !== 'started' ? 'ended' : (SEEN[state] ?? create.seen);
  return seen === undefined || seen === create.seen ? create : { ...create, seen };
}
