import { parseDurationMs } from '../time/duration.js';
import type { Machine } from '../model/machine.js';

const MINUTE_MS = 60_000;

/** Where a machine is going. `unclear`: nobody can tell yet whether it will run. */
export type Heading =
  | 'started'
  | 'stopped'
  | 'suspended'
  | 'created'
  | 'failed'
  | 'unclear'
  | 'gone';

const HEADINGS: Readonly<Record<string, Heading>> = {
  started: 'started',
  starting: 'started',
  restarting: 'started',
  stopped: 'stopped',
  stopping: 'stopped',
  suspended: 'suspended',
  suspending: 'suspended',
  failed: 'failed',
  created: 'created',
  destroying: 'gone',
  destroyed: 'gone',
  replaced: 'gone',
  migrated: 'gone',
  launch_failed: 'gone',
};

/** States in which a machine stays until somebody acts. A state that we do not know is a transit. */
const SETTLED = new Set(['started', 'stopped', 'suspended', 'failed']);

export function isGone(machine: Pick<Machine, 'state'>): boolean {
  return HEADINGS[machine.state] === 'gone';
}

/** Whether the state is one that ends by itself. `created` passes in seconds for most, so it counts among them. */
export function isInTransit(machine: Machine): boolean {
  return !SETTLED.has(machine.state) && !isGone(machine);
}

/**
 * Where a machine is going that has been in its state for `inStateMs`.
 * A `created` machine is about to start or to stop, which of them cannot be seen; after a while it is neither.
 */
export function headingOf(machine: Machine, inStateMs: number): Heading {
  const heading = HEADINGS[machine.state] ?? 'unclear';
  return heading === 'created' && inStateMs < 5 * MINUTE_MS ? 'unclear' : heading;
}

/**
 * How long a machine may stay in a state of transit before it counts as stuck.
 * Infinity for settled states, and for `created`, which is where a machine may rest.
 */
export function stuckAfterMs(machine: Machine): number {
  if (!isInTransit(machine) || machine.state === 'created') return Number.POSITIVE_INFINITY;
  if (machine.state === 'updating' || machine.state === 'replacing') return 10 * MINUTE_MS;
  if (machine.state === 'stopping') return stopTimeoutMs(machine) + MINUTE_MS;
  return 5 * MINUTE_MS;
}

/** The time a machine has between the signal and the kill; Fly's default is 5 s, its limit 300 s. */
export function stopTimeoutMs(machine: Machine): number {
  const timeout = machine.config?.stop_config?.timeout;
  if (typeof timeout === 'number') return timeout / 1e6;
  if (timeout === undefined) return 5000;
  try {
    return parseDurationMs(timeout);
  } catch {
    return 300_000;
  }
}
