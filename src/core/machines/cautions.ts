/** What of an app's own configuration works against the policy, or against what is made of it. Nothing is decided on it. */
import type { Member } from './census.js';
import type { DecisionInput } from '../model/decision.js';
import { formatDurationMs } from '../time/duration.js';
import { named } from '../model/named.js';
import { reason, type Reason } from '../model/reason.js';
import { isDraining } from '../model/removal-rules.js';
import { stopTimeoutMs } from './states.js';

/** Fly's limit of `kill_timeout`: more cannot be asked of anybody. */
const LONGEST_STOP_MS = 300_000;

export function cautions(input: DecisionInput, members: readonly Member[]): Reason[] {
  return [
    ...proxyAutostop(input, members),
    ...shortStops(input, members),
    ...unmanaged(input, members),
  ];
}

function proxyAutostop({ policy }: DecisionInput, members: readonly Member[]): Reason[] {
  if (policy.started === null || !members.some(isStoppedByProxy)) return [];
  return [reason('proxy-autostop', 'set autostop off, or scale the created count only')];
}

function isStoppedByProxy({ machine }: Member): boolean {
  return (machine.config?.services ?? []).some(
    ({ autostop }) => autostop === true || autostop === 'stop' || autostop === 'suspend',
  );
}

/** We wait for a machine's work; a deploy, or whoever else stops it, gives it only its own time. */
function shortStops({ policy }: DecisionInput, members: readonly Member[]): Reason[] {
  const { removal } = policy;
  if (!isDraining(removal)) return [];
  const dueMs = Math.min(removal.drainTimeoutMs, LONGEST_STOP_MS);
  const short = members.filter((m) => m.isHealthy && stopTimeoutMs(m.machine) < dueMs);
  const [first] = short;
  if (first === undefined) return [];
  const stopMs = formatDurationMs(stopTimeoutMs(first.machine));
  const ids = named(short.map(({ machine }) => machine.id));
  const detail = `kill_timeout ${stopMs}, drain-timeout ${formatDurationMs(removal.drainTimeoutMs)}: ${ids}`;
  return [reason('stop-timeout-short', detail)];
}

/** flyctl passes over machines without this key, and over their clones. An app without a release is not flyctl's. */
function unmanaged({ policy, look }: DecisionInput, members: readonly Member[]): Reason[] {
  const { release } = look;
  if (policy.created === null || release === null || release === 'unread') return [];
  const ids = members
    .filter(({ isHealthy, machine }) => isHealthy && machine.metadata[PLATFORM_KEY] === undefined)
    .map(({ machine }) => machine.id);
  return ids.length === 0 ? [] : [reason('not-flyctls', named(ids))];
}

const PLATFORM_KEY = 'fly_platform_version';
