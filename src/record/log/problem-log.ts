/**
 * Lines about problems, without a storm: a problem is told when it begins, app by app up to a few a minute;
 * further apps are counted and told together at a tick. Of a warning reminders follow, and its end is told once.
 * What is told once for each app waits for its turn when there are many.
 * That a metric fails waits for the tick: when its source is down for all apps, that is told instead.
 */
import type { Clock } from '../../seams/clock.js';
import type { Policy } from '../../core/model/policy.js';
import { meaningOf } from '../../core/model/reason.js';
import type { Logger } from './logger.js';
import { PerPolicy, shownPolicy } from '../report/per-policy.js';
import type { Problem } from '../report/problem.js';

const MINUTE_MS = 60_000;
const REMIND_AFTER_MS = 10 * MINUTE_MS;
const EXAMPLES = 5;

interface OpenProblem {
  readonly problem: Problem;
  readonly sinceMs: number;
  readonly apps: Set<string>;
  lines: number;
  linesSinceMs: number;
  /** Apps that have it and got no line. */
  untold: number;
  /** Lines that wait for a tick: until then it may turn out that somebody else tells of it. */
  waiting: {
    readonly app: string;
    readonly policy: string | undefined;
    readonly problem: Problem;
  }[];
  summaryAtMs: number;
  lastLineMs: number;
  /** When the last app lost it. Null while an app has it. */
  endedAtMs: number | null;
}

export interface ProblemLog {
  /** All problems that the app has now by that policy. */
  report(app: string, policy: Pick<Policy, 'name'>, problems: readonly Problem[]): void;
  forget(app: string): void;
  /** Drops problems whose keys begin so, without a word: somebody else tells of them. Returns the apps that have one. */
  dismiss(keyStart: string): readonly string[];
  /** Tells what has been counted; call it regularly. */
  tick(): void;
}

export function createProblemLog(log: Logger, clock: Clock): ProblemLog {
  const open = new Map<string, OpenProblem>();
  const keysOf = new PerPolicy<Set<string>>();

  const once = createOnceLog(log, clock);

  const begin = (app: string, policy: string | undefined, problem: Problem): void => {
    const nowMs = clock.elapsedMs();
    const entry = open.get(problem.key) ?? newEntry(problem, nowMs);
    open.set(problem.key, entry);
    entry.apps.add(app);
    entry.endedAtMs = null;
    if (nowMs - entry.linesSinceMs >= MINUTE_MS) {
      entry.linesSinceMs = nowMs;
      entry.lines = 0;
    }
    if (entry.lines >= problem.linesPerMinute) {
      entry.untold += 1;
      return;
    }
    entry.lines += 1;
    entry.lastLineMs = nowMs;
    if (problem.reason === 'metric-error') entry.waiting.push({ app, policy, problem });
    else tellOf(log, { app, policy, problem });
  };

  const end = (app: string, key: string): void => {
    const entry = open.get(key);
    if (entry === undefined || !entry.apps.delete(app)) return;
    if (entry.apps.size === 0) entry.endedAtMs = clock.elapsedMs();
  };

  /** What several policies of an app have in common is one problem of the app. */
  const report: ProblemLog['report'] = (app, policy, all) => {
    const { name } = policy;
    for (const problem of all)
      if (problem.isOnce === true) once.tell(app, shownPolicy(policy), problem);
    const problems = all.filter(({ isOnce }) => isOnce !== true);
    const before = keysOf.get(app, name);
    if (before === undefined && problems.length === 0) return;
    const had = new Set(keysOf.ofApp(app).flatMap((keys) => [...keys]));
    if (problems.length === 0) keysOf.delete(app, name);
    else keysOf.set(app, name, new Set(problems.map(({ key }) => key)));
    const has = new Set(keysOf.ofApp(app).flatMap((keys) => [...keys]));
    for (const problem of problems)
      if (!had.has(problem.key)) begin(app, shownPolicy(policy), problem);
    for (const key of had) if (!has.has(key)) end(app, key);
  };

  return {
    report,
    forget(app) {
      once.forget(app);
      const had = new Set(keysOf.ofApp(app).flatMap((keys) => [...keys]));
      keysOf.drop(app);
      for (const key of had) end(app, key);
    },
    dismiss(keyStart) {
      const had = new Set<string>();
      for (const [key, { apps }] of open) {
        if (!key.startsWith(keyStart)) continue;
        open.delete(key);
        for (const app of apps) {
          had.add(app);
          for (const keys of keysOf.ofApp(app)) keys.delete(key);
        }
      }
      return [...had];
    },
    tick() {
      for (const [key, entry] of open) if (settle(log, entry, clock.elapsedMs())) open.delete(key);
    },
  };
}

function newEntry(problem: Problem, nowMs: number): OpenProblem {
  return {
    problem,
    sinceMs: nowMs,
    apps: new Set(),
    lines: 0,
    linesSinceMs: nowMs,
    untold: 0,
    waiting: [],
    summaryAtMs: Number.NEGATIVE_INFINITY,
    lastLineMs: nowMs,
    endedAtMs: null,
  };
}

function tellOf(
  log: Logger,
  { app, policy, problem }: OpenProblem['waiting'][number],
  others: object = {},
): void {
  const { reason, level, fields } = problem;
  log[level]({ app, policy, reason, ...fields, ...others }, meaningOf(reason).says);
}

/** True when the problem is over and told to be. */
function settle(log: Logger, entry: OpenProblem, nowMs: number): boolean {
  const { problem, apps } = entry;
  const examples = [...apps].slice(0, EXAMPLES);
  for (const line of entry.waiting.splice(0)) {
    const isOfMany = entry.untold > 0;
    tellOf(log, line, isOfMany ? { apps: apps.size, examples } : {});
    if (!isOfMany) continue;
    entry.untold = 0;
    entry.summaryAtMs = nowMs;
  }
  const { reason, level } = problem;
  const seconds = Math.round((nowMs - entry.sinceMs) / 1000);
  if (entry.endedAtMs !== null) {
    // A problem that comes and goes is one problem.
    if (nowMs - entry.endedAtMs < MINUTE_MS) return false;
    if (level === 'warn') log.info({ reason, ...named(problem), seconds }, 'problem is over');
    return true;
  }
  const isGrowing = entry.untold > 0 && nowMs - entry.summaryAtMs >= MINUTE_MS;
  const isToRemind = level === 'warn' && nowMs - entry.lastLineMs >= REMIND_AFTER_MS;
  if (!isGrowing && !isToRemind) return false;
  const fields = { reason, ...named(problem), apps: apps.size, examples, seconds };
  log[level](fields, level === 'warn' ? 'problem goes on' : 'hold goes on');
  entry.untold = 0;
  entry.summaryAtMs = nowMs;
  entry.lastLineMs = nowMs;
  return false;
}

/** What tells problems of one reason apart; particulars of the first app stay out. */
function named({ fields }: Problem): Record<string, unknown> {
  return { metric: fields['metric'], code: fields['code'] };
}

interface OnceLog {
  tell(app: string, policy: string | undefined, problem: Problem): void;
  forget(app: string): void;
}

/** So many facts of an app are remembered as told; machines come and go. */
const MOST_TOLD = 200;

function createOnceLog(log: Logger, clock: Clock): OnceLog {
  /** App -> keys. */
  const told = new Map<string, Set<string>>();
  const lines = new Map<string, { count: number; sinceMs: number }>();

  const mayTell = ({ reason, linesPerMinute }: Problem): boolean => {
    const nowMs = clock.elapsedMs();
    const before = lines.get(reason);
    const recent =
      before === undefined || nowMs - before.sinceMs >= MINUTE_MS
        ? { count: 0, sinceMs: nowMs }
        : before;
    lines.set(reason, recent);
    if (recent.count >= linesPerMinute) return false;
    recent.count += 1;
    return true;
  };

  return {
    tell(app, policy, problem) {
      const known = told.get(app) ?? new Set<string>();
      if (known.has(problem.key) || !mayTell(problem)) return;
      if (known.size >= MOST_TOLD) known.clear();
      told.set(app, known.add(problem.key));
      const { reason, level, fields } = problem;
      log[level]({ app, policy, reason, ...fields }, meaningOf(reason).says);
    },
    forget: (app) => void told.delete(app),
  };
}
