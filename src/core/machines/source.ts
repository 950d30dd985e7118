/** Which machines are fit to be cloned, and so must not all go. */
import type { Member } from './census.js';
import type { Release } from '../model/machine.js';

export interface Standing {
  /** Healthy host, full configuration, usable release: the last such machine of a group is never removed. */
  isFit(member: Member): boolean;
  /** Fit, and of the release that new machines should run. */
  isSource(member: Member): boolean;
}

function releaseKey({ machine }: Member): string {
  return machine.metadata['fly_release_id'] ?? machine.metadata['fly_release_version'] ?? '';
}

function isOf({ machine }: Member, release: Release): boolean {
  return (
    machine.metadata['fly_release_id'] === release.id ||
    machine.metadata['fly_release_version'] === String(release.version)
  );
}

/** The release that most started machines run; among equals the greater key, which is the same on every look. */
function mostStarted(members: readonly Member[]): string | null {
  const started = members.filter((m) => m.heading === 'started');
  const tally = new Map<string, number>();
  for (const member of started.length > 0 ? started : members) {
    const key = releaseKey(member);
    tally.set(key, (tally.get(key) ?? 0) + 1);
  }
  let best: string | null = null;
  for (const [key, count] of tally) {
    const most = best === null ? 0 : (tally.get(best) ?? 0);
    if (best === null || count > most || (count === most && key > best)) best = key;
  }
  return best;
}

/**
 * A usable release is the newest when it is complete, and the one that most started machines run;
 * an app without any release has nothing to compare with. New machines are of the former if a machine has it,
 * else of the latter.
 */
export function standing(members: readonly Member[], release: Release | null | 'unread'): Standing {
  const isWhole = (m: Member): boolean => m.isHealthy && m.machine.config !== null;
  if (release === null || release === 'unread') return { isFit: isWhole, isSource: isWhole };
  const most = mostStarted(members.filter((m) => m.isHealthy));
  const runsMost = (m: Member): boolean => releaseKey(m) === most;
  const runsComplete = (m: Member): boolean => release.status === 'complete' && isOf(m, release);
  const hasComplete = members.some((m) => isWhole(m) && runsComplete(m));
  return {
    isFit: (m) => isWhole(m) && (runsComplete(m) || runsMost(m)),
    isSource: (m) => isWhole(m) && (hasComplete ? runsComplete(m) : runsMost(m)),
  };
}
