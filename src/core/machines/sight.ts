/** How well a machine can be seen. */
import type { Instant } from '../time/instant.js';
import type { Machine } from '../model/machine.js';
import { stuckAfterMs } from './states.js';
import type { AppMemory } from '../model/app-memory.js';

/** How long the machine has been in its state, as far as we saw. */
export function inStateMs(memory: AppMemory, machine: Machine, now: Instant): number {
  const seen = memory.transit[machine.id];
  if (seen === undefined || seen.state !== machine.state || seen.version !== machine.version)
    return 0;
  return now.elapsedMs - seen.sinceMs;
}

/** A machine that cannot be seen well: its host, its configuration, what Fly says of it, or a transit that does not end. */
export function isUnseen(memory: AppMemory, machine: Machine, now: Instant): boolean {
  return (
    machine.hostStatus !== 'ok' ||
    machine.config === null ||
    machine.unread !== undefined ||
    inStateMs(memory, machine, now) >= stuckAfterMs(machine)
  );
}

/** Its host may be well: that we cannot read what Fly says of it is no sign that it is gone. */
export function isOnlyUnread({ unread, hostStatus }: Machine): boolean {
  return unread !== undefined && hostStatus !== 'unreachable';
}
