import type { RemovalMark } from '../model/decision.js';
import type { Instant } from '../time/instant.js';
import type { Machine, Release } from '../model/machine.js';
import { removalMark } from '../machines/marks.js';
import { judge } from './probation.js';
import { noteProtects } from '../machines/protect.js';
import { isGone, isInTransit } from '../machines/states.js';
import type { AppMemory, TriedCreate } from '../model/app-memory.js';
import { inStateMs, isOnlyUnread, isUnseen } from '../machines/sight.js';

const MINUTE_MS = 60_000;
const CREATE_BACKOFF_MS = { first: MINUTE_MS, longest: 30 * MINUTE_MS };
const REGION_BACKOFF_MS = 5 * MINUTE_MS;

/** Takes in a fresh and complete list of the app's machines, and the newest release where it was read beside. */
export function observe(
  memory: AppMemory,
  machines: readonly Machine[],
  now: Instant,
  release: Release | null | 'unread' = 'unread',
): AppMemory {
  const present = machines.filter((machine) => !isGone(machine));
  const transit: Record<string, AppMemory['transit'][string]> = {};
  for (const machine of present.filter(isInTransit)) {
    transit[machine.id] = {
      state: machine.state,
      version: machine.version,
      sinceMs: now.elapsedMs - inStateMs(memory, machine, now),
    };
  }
  const seen = { ...memory, transit };
  const unseenSinceMs: Record<string, number> = {};
  const returnFailedAtMs: Record<string, number> = {};
  for (const machine of present) {
    if (isUnseen(seen, machine, now)) {
      // What goes by while it only cannot be read says nothing of its host.
      const earlierMs = isOnlyUnread(machine) ? undefined : memory.unseenSinceMs[machine.id];
      unseenSinceMs[machine.id] = earlierMs ?? now.elapsedMs;
    }
    const failedAtMs = memory.returnFailedAtMs[machine.id];
    const isBack = machine.state === 'started' && removalMark(machine) === null;
    if (failedAtMs !== undefined && isRecent(failedAtMs, now) && !isBack) {
      returnFailedAtMs[machine.id] = failedAtMs;
    }
  }
  const replacedAtMs = memory.replacedAtMs.filter((atMs) => now.elapsedMs - atMs < MINUTE_MS);
  const { oldProtects: before, ...rest } = seen;
  const oldProtects = noteProtects(before, present, now);
  const observed = {
    ...rest,
    ...(oldProtects === undefined ? {} : { oldProtects }),
    unseenSinceMs,
    returnFailedAtMs,
    replacedAtMs,
    drains: drainsOf(memory, present, now),
    suspendRefused: refusedStill(memory, present),
  };
  return judgeCreates(observed, machines, release, now);
}

function drainsOf(
  memory: AppMemory,
  present: readonly Machine[],
  now: Instant,
): AppMemory['drains'] {
  const drains: Record<string, AppMemory['drains'][string]> = {};
  for (const machine of present) {
    const mark = removalMark(machine);
    const known = memory.drains[machine.id];
    // The mark may be what cannot be read: its time runs on.
    if (mark === null && machine.unread !== undefined && known !== undefined)
      drains[machine.id] = known;
    if (mark === null) continue;
    const leftMs = Math.max(0, Date.parse(mark.deadline) - now.wallMs);
    drains[machine.id] =
      known?.deadline === mark.deadline
        ? known
        : {
            deadline: mark.deadline,
            sinceMs: now.elapsedMs,
            leftMs: Number.isNaN(leftMs) ? null : leftMs,
          };
  }
  return drains;
}

function refusedStill(
  { suspendRefused }: AppMemory,
  present: readonly Machine[],
): AppMemory['suspendRefused'] {
  const still = present.filter(({ id, version }) => suspendRefused[id] === version);
  return Object.fromEntries(still.map(({ id, version }) => [id, version]));
}

/** Ends the probation of creates that lasted, and backs off the groups of those that failed by themselves. */
function judgeCreates(
  memory: AppMemory,
  machines: readonly Machine[],
  release: Release | null | 'unread',
  now: Instant,
): AppMemory {
  if (memory.probation.length === 0) return memory;
  const { open, failed, lasted } = judge(memory.probation, machines, release, now);
  let next: AppMemory = { ...memory, probation: open };
  for (const [group, atMs] of lasted) {
    // An old success says nothing against a newer failure.
    const failedAtMs = next.createBackoff[group]?.failedAtMs ?? Number.NEGATIVE_INFINITY;
    if (atMs > failedAtMs) next = { ...next, createBackoff: without(next.createBackoff, group) };
  }
  for (const group of failed) next = afterCreateFailed(next, group, now);
  return next;
}

/** A machine of ours was created. */
export function afterCreate(
  memory: AppMemory,
  machine: { readonly id: string },
  group: string,
  now: Instant,
  more: Pick<TriedCreate, 'launchId' | 'releaseId' | 'destroysItself'> = {},
): AppMemory {
  const create = { machineId: machine.id, group, atMs: now.elapsedMs, ...more };
  return { ...memory, probation: [...memory.probation, create] };
}

/** A create failed for a reason of its own: the group waits, from 1 minute doubling to 30. */
export function afterCreateFailed(memory: AppMemory, group: string, now: Instant): AppMemory {
  const earlier = memory.createBackoff[group];
  // Several creates of one pass that fail together are one failure.
  if (earlier !== undefined && now.elapsedMs < earlier.untilMs) return memory;
  const waitMs =
    earlier === undefined
      ? CREATE_BACKOFF_MS.first
      : Math.min(earlier.waitMs * 2, CREATE_BACKOFF_MS.longest);
  const createBackoff = {
    ...memory.createBackoff,
    [group]: { failedAtMs: now.elapsedMs, untilMs: now.elapsedMs + waitMs, waitMs },
  };
  return { ...memory, createBackoff };
}

/** A region had no room; it is left out for five minutes. */
export function afterNoCapacity(memory: AppMemory, region: string, now: Instant): AppMemory {
  const untilMs = now.elapsedMs + REGION_BACKOFF_MS;
  return { ...memory, regionBackoff: { ...memory.regionBackoff, [region]: untilMs } };
}

/** So many machines were created in place of machines that could not be seen. */
export function afterReplacement(memory: AppMemory, count: number, now: Instant): AppMemory {
  const added = Array.from({ length: count }, () => now.elapsedMs);
  return { ...memory, replacedAtMs: [...memory.replacedAtMs, ...added] };
}

export function afterReturnFailed(memory: AppMemory, machineId: string, now: Instant): AppMemory {
  const returnFailedAtMs = { ...memory.returnFailedAtMs, [machineId]: now.elapsedMs };
  return { ...memory, returnFailedAtMs };
}

/** We marked a machine: from now on its time runs, whatever becomes of the wall clock. */
export function afterMark(memory: AppMemory, mark: RemovalMark, now: Instant): AppMemory {
  const { machine, deadline } = mark;
  const drain = { deadline, sinceMs: now.elapsedMs, leftMs: null };
  return { ...memory, drains: { ...memory.drains, [machine]: drain } };
}

/** Fly refused to suspend the machine: as long as nobody updates it, it is stopped instead. */
export function afterSuspendRefused(
  memory: AppMemory,
  machineId: string,
  version: string,
): AppMemory {
  return { ...memory, suspendRefused: { ...memory.suspendRefused, [machineId]: version } };
}

/** We destroyed a machine: that it vanishes says nothing against its create. */
export function afterDestroy(memory: AppMemory, machineId: string): AppMemory {
  const probation = memory.probation.filter((create) => create.machineId !== machineId);
  return { ...memory, probation };
}

/** The clocks jumped: what was observed starts anew; back-offs and used limits stay. */
export function forgetHistory(memory: AppMemory, now: Instant): AppMemory {
  return { ...memory, transit: {}, unseenSinceMs: {}, clockJumpedAtMs: now.elapsedMs };
}

const RETURN_RETRY_MS = MINUTE_MS;

/** True for a minute after the machine could not be brought back: a full host, for one, stays full for a while. */
export function hasJustFailedToReturn(memory: AppMemory, machineId: string, now: Instant): boolean {
  const atMs = memory.returnFailedAtMs[machineId];
  return atMs !== undefined && isRecent(atMs, now);
}

function isRecent(failedAtMs: number, now: Instant): boolean {
  return now.elapsedMs - failedAtMs < RETURN_RETRY_MS;
}

function without<T>(record: Readonly<Record<string, T>>, key: string): Readonly<Record<string, T>> {
  const { [key]: _, ...rest } = record;
  return rest;
}
