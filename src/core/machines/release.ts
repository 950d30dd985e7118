import type { Release } from '../model/machine.js';
import { formatDurationMs } from '../time/duration.js';
import type { Instant } from '../time/instant.js';

/** What a release says of acting now. `overdue`: it has been running for too long to be believed. */
export type ReleasePhase = 'settled' | 'running' | 'overdue';

const RUNNING = new Set(['running', 'pending', 'in_progress', 'inProgress', 'started']);

export function isRunning(release: Release | null): boolean {
  return release !== null && RUNNING.has(release.status);
}

/**
 * `clockJumpedAtMs`: when the clocks were found apart. A wall clock that was set forward must not make a deploy that is
 * under way look overdue, so the age then counts anew, in monotonic time.
 */
export function releasePhase(
  release: Release | null,
  maxAgeMs: number,
  now: Instant,
  clockJumpedAtMs: number | null,
): ReleasePhase {
  if (release === null || !isRunning(release)) return 'settled';
  const sinceJumpMs = now.elapsedMs - (clockJumpedAtMs ?? Number.NEGATIVE_INFINITY);
  const ageMs = Math.min(now.wallMs - release.createdAtMs, sinceJumpMs);
  return ageMs >= maxAgeMs ? 'overdue' : 'running';
}

export function describeRelease(release: Release, now: Instant): string {
  const ageMs = Math.max(0, Math.round((now.wallMs - release.createdAtMs) / 1000) * 1000);
  return `release v${release.version} is ${release.status} for ${formatDurationMs(ageMs)}`;
}

/** True when another release has begun since the decision: what was decided is out of date. */
export function isOvertaken(decided: Release | null, current: Release | null): boolean {
  if (current === null) return false;
  return current.id !== decided?.id || (isRunning(current) && !isRunning(decided));
}
