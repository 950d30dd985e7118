/** What machines are busy with, and when one that is on its way out has been waited for long enough. */
import type { RemovalMark } from '../model/decision.js';
import { formatDurationMs } from '../time/duration.js';
import type { Instant } from '../time/instant.js';
import type { RemovalRules } from '../model/removal-rules.js';
import type { Samples } from '../model/sample.js';
import type { AppMemory } from '../model/app-memory.js';

/**
 * A zero that comes sooner may be from before the cordon: sources look at machines every so often, Fly's own every 15 s,
 * and the cordon itself comes some seconds after the decision whose time the mark names.
 */
const SETTLE_MS = 20_000;

/** What the machine is busy with; null: not known, which counts as busy. */
export type BusyOf = (machineId: string) => number | null;

export function busyOf({ busyMetric }: RemovalRules, samples: Samples): BusyOf {
  const sample = busyMetric === null ? undefined : samples.get(busyMetric);
  if (sample?.kind !== 'instances') return () => null;
  const { values } = sample;
  return (id) => (Object.hasOwn(values, id) ? (values[id] ?? null) : null);
}

export interface Drain {
  readonly isOver: boolean;
  /** "busy 3, for 4m30s at most" */
  readonly detail: string;
}

export interface DrainContext {
  readonly rules: RemovalRules;
  readonly busy: BusyOf;
  readonly drains: AppMemory['drains'];
  readonly now: Instant;
}

/** How far the draining of a marked machine is: over at a busy metric of 0, or when its time is up. */
export function drainOf(mark: RemovalMark, context: DrainContext): Drain {
  const { rules, drains, now } = context;
  const busy = context.busy(mark.machine);
  const timeoutMs = rules.drainTimeoutMs;
  const ageMs = drainAgeMs(mark, timeoutMs, drains, now);
  const isIdle = busy !== null && busy <= 0 && ageMs >= SETTLE_MS;
  const leftMs = Math.ceil(Math.max(0, timeoutMs - ageMs) / 1000) * 1000;
  const what = busy === null ? 'busy with what nobody can tell' : `busy ${busy}`;
  return {
    isOver: isIdle || ageMs >= timeoutMs,
    detail: `${what}, for ${formatDurationMs(leftMs)} at most`,
  };
}

/**
 * How long the machine has been draining. Wall time is compared once, when this process first sees the mark, so that a
 * clock that is set later neither ends the wait nor makes it endless.
 */
function drainAgeMs(
  mark: RemovalMark,
  timeoutMs: number,
  drains: AppMemory['drains'],
  now: Instant,
): number {
  const seen = drains[mark.machine];
  if (seen === undefined || seen.deadline !== mark.deadline) return 0;
  const waitedMs = seen.leftMs === null ? 0 : timeoutMs - Math.min(timeoutMs, seen.leftMs);
  return waitedMs + (now.elapsedMs - seen.sinceMs);
}
