/** What a policy's decisions need of those before, as plain data; it survives a restart where there is a place for it. */
import type { Counts, DecisionInput } from '../model/decision.js';
import type { Instant } from '../time/instant.js';
import type { Policy } from '../model/policy.js';
import type { CountHistory, PolicyHistory, Reach } from '../model/app-memory.js';

/** What of the past a policy's rules look at; null: nothing. */
export interface Horizons {
  readonly reach: Reach;
  /** Metrics with a fallback after some time; `*`: all. */
  readonly awaited: readonly string[];
}

const known = new WeakMap<Policy, Horizons | null>();

export function horizonsOf(policy: Policy): Horizons | null {
  const found = known.get(policy);
  if (found !== undefined) return found;
  const horizons = findHorizons(policy);
  known.set(policy, horizons);
  return horizons;
}

function findHorizons({ behavior, budgets, missing }: Policy): Horizons | null {
  const { scaleUp, scaleDown } = behavior;
  const limits = [...scaleUp.limits, ...scaleDown.limits];
  const periodMs = Math.max(0, ...[...limits, ...budgets].map((each) => each.periodMs));
  const hasCooldown = scaleUp.cooldownMs > 0 || scaleDown.cooldownMs > 0;
  const awaited = Object.entries(missing).flatMap(([metric, { scaleUp: up, scaleDown: down }]) =>
    up.kind === 'fallback' || down.kind === 'fallback' ? [metric] : [],
  );
  const windows = scaleUp.stabilizationWindowMs + scaleDown.stabilizationWindowMs;
  if (windows === 0 && periodMs === 0 && !hasCooldown && awaited.length === 0) return null;
  const reach = {
    upWindowMs: scaleUp.stabilizationWindowMs,
    downWindowMs: scaleDown.stabilizationWindowMs,
    periodMs,
    isSpending: periodMs > 0 || hasCooldown,
  };
  return { reach, awaited };
}

/** What the rules of a policy look back on; null: they do not. */
export function historyOf(
  { policy, memory, now }: Pick<DecisionInput, 'policy' | 'memory' | 'now'>,
  counts: Counts,
): PolicyHistory | null {
  const horizons = horizonsOf(policy);
  if (horizons === null) return null;
  const history = memory.histories[policy.name];
  return history === undefined
    ? beginHistory(counts, horizons.reach, now)
    : reaching(history, horizons.reach, counts, now);
}

/** Nothing is known of before: the count that is there is the first recommendation. */
function beginHistory(counts: Counts, kept: Reach, now: Instant): PolicyHistory {
  const sinceMs = now.elapsedMs;
  const first = (count: number): CountHistory => ({
    recommended: { count, sinceMs },
    higher: [],
    lower: [],
    changes: [],
  });
  return {
    created: first(counts.created + counts.unseen),
    started: first(counts.started + counts.unclear + counts.unseenStarted),
    lastActionAtMs: null,
    missingSinceMs: {},
    beganAtMs: sinceMs,
    kept,
  };
}

/** For rules that look further back than it was kept for, a history begins as carefully there as one without a past. */
function reaching(
  history: PolicyHistory,
  reach: Reach,
  counts: Counts,
  now: Instant,
): PolicyHistory {
  const { kept } = history;
  if (kept === undefined) return { ...history, kept: reach };
  if (isSame(kept, reach)) return history;
  const { created, started } = beginHistory(counts, reach, now);
  const isUsedFurther = reach.periodMs > kept.periodMs || (reach.isSpending && !kept.isSpending);
  const wholeSinceMs = now.elapsedMs - kept.periodMs;
  const { beganAtMs, lastActionAtMs } = history;
  return {
    ...history,
    created: recalling(history.created, created, kept, reach, now),
    started: recalling(history.started, started, kept, reach, now),
    lastActionAtMs: kept.isSpending ? lastActionAtMs : null,
    beganAtMs: isUsedFurther ? Math.max(beganAtMs ?? wholeSinceMs, wholeSinceMs) : beganAtMs,
    kept: reach,
  };
}

function isSame(a: Reach, b: Reach): boolean {
  return (
    a.upWindowMs === b.upWindowMs &&
    a.downWindowMs === b.downWindowMs &&
    a.periodMs === b.periodMs &&
    a.isSpending === b.isSpending
  );
}

/** Where a window is longer than before, the count that is there was recommended until now. */
function recalling(
  history: CountHistory,
  first: CountHistory,
  kept: Reach,
  reach: Reach,
  now: Instant,
): CountHistory {
  const present = first.recommended?.count ?? 0;
  const newest = history.recommended?.count ?? present;
  const ended = { count: present, untilMs: now.elapsedMs };
  const isHigher = reach.downWindowMs > kept.downWindowMs && present > newest;
  const isLower = reach.upWindowMs > kept.upWindowMs && present < newest;
  const { higher, lower } = history;
  return {
    ...history,
    higher: isHigher ? [...higher.filter(({ count }) => count > present), ended] : higher,
    lower: isLower ? [...lower.filter(({ count }) => count < present), ended] : lower,
  };
}

/** A recommendation and how long ago it ended; 0: it holds until now. */
export interface Extreme {
  readonly count: number;
  readonly agoMs: number;
}

/** The highest recommendation within the window, or the lowest; null when there was none. */
export function extremeWithin(
  history: CountHistory,
  which: 'highest' | 'lowest',
  windowMs: number,
  now: Instant,
): Extreme | null {
  const past = which === 'highest' ? history.higher : history.lower;
  const sinceMs = now.elapsedMs - windowMs;
  // Oldest first, and so the most extreme first.
  const found = past.find(({ untilMs }) => untilMs > sinceMs);
  if (found !== undefined) return { count: found.count, agoMs: now.elapsedMs - found.untilMs };
  return history.recommended && { count: history.recommended.count, agoMs: 0 };
}

export interface Moved {
  /** Machines; certain ones, and those in doubt beside them. */
  readonly added: number;
  readonly perhapsAdded: number;
  readonly removed: number;
  readonly perhapsRemoved: number;
}

/** What was added and taken within the period. */
export function movedWithin(history: CountHistory, periodMs: number, now: Instant): Moved {
  const moved = { added: 0, perhapsAdded: 0, removed: 0, perhapsRemoved: 0 };
  for (const { atMs, change, isInDoubt } of history.changes) {
    if (atMs <= now.elapsedMs - periodMs) continue;
    if (change > 0 && isInDoubt === true) moved.perhapsAdded += change;
    else if (change > 0) moved.added += change;
    else if (isInDoubt === true) moved.perhapsRemoved -= change;
    else moved.removed -= change;
  }
  return moved;
}

/** The count at the beginning of the period in which so many were added and taken. */
export function countBefore(
  current: number,
  { added, removed }: Pick<Moved, 'added' | 'removed'>,
): number {
  return current - added + removed;
}

/** How long it still is until a period has passed since the history began; 0: it has. */
export function unknownForMs(history: PolicyHistory, periodMs: number, now: Instant): number {
  if (history.beganAtMs === null) return 0;
  return Math.max(0, history.beganAtMs + periodMs - now.elapsedMs);
}
