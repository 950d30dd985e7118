import { Deeds, isForced, markedGoal } from '../deeds.js';
import type { Check, Ground, OwnEffect } from '../invariant.js';
import type { Rate, Rules, Wish } from '../profiles.js';
import { healthy, RUNS, type MachineSnapshot } from '../snapshots.js';

/** A decision and the last call that it leads to are not further apart. */
const PASS_MS = 90_000;

interface Change {
  readonly atMs: number;
  readonly machine: string;
}

interface Course {
  readonly removed: Change[];
  readonly added: Change[];
  readonly recommended: Recommendation[];
}

/** What a pass was made on, by process; null: no number. */
interface Recommendation {
  readonly by: string;
  readonly atMs: number;
  readonly created: number | null;
  readonly started: number | null;
}

/**
 * Limits and budgets are never exceeded, across crashes and restarts, with and without a durable state; nothing shrinks
 * below the highest recommendation of the window. Two processes at once know nothing of each other's history.
 */
export function keepsPace(ground: Ground): Check {
  const courses = new Map<string, Course>();
  const courseOf = (app: string): Course => {
    const course = courses.get(app) ?? { removed: [], added: [], recommended: [] };
    courses.set(app, course);
    return course;
  };
  return {
    onReport(by, { app, samples, proposal }) {
      const profile = ground.planOf(app)?.profile ?? null;
      // A pass that could not read the machines has recommended nothing.
      if (profile?.rules.windowMs === undefined || proposal === null) return;
      const countOf = (wish: Wish | null): number | null => {
        const sample = wish === null ? undefined : samples.get(wish.metric);
        return wish !== null && sample?.kind === 'value' ? wish.max(sample.value) : null;
      };
      const atMs = ground.clock.elapsedMs();
      const counts = { created: countOf(profile.created), started: countOf(profile.started) };
      courseOf(app).recommended.push({ by, atMs, ...counts });
    },
    onOwnEffect(effect) {
      const rules = effect.plan?.profile?.rules;
      const { entry, atMs } = effect;
      const machine = entry.machine ?? '';
      if (rules === undefined) return;
      const course = courseOf(entry.app);
      if (entry.effect === 'create') {
        course.added.push({ atMs, machine });
        judgeGrowth(ground, effect, rules, course);
      } else if (entry.effect === 'destroy' && isForced(effect)) {
        // A create that a release overtook is taken back: it has added nothing.
        takeOut(course.added, machine);
      } else if (entry.effect === 'metadata' && markedGoal(effect) === null) {
        takeOut(course.removed, machine);
      } else if (isNewRemoval(effect)) {
        course.removed.push({ atMs, machine });
        judgeRemoval(ground, effect, rules, course);
      }
      if (markedGoal(effect) !== null) judgeRunning(ground, effect, rules, course);
    },
  };
}

function takeOut(changes: Change[], machine: string): void {
  const index = changes.findIndex((change) => change.machine === machine);
  if (index >= 0) changes.splice(index, 1);
}

function isNewRemoval(effect: OwnEffect): boolean {
  const { entry, snapshot } = effect;
  if (markedGoal(effect) === 'destroy') return true;
  const seen = snapshot?.members.find(({ id }) => id === entry.machine);
  return entry.effect === 'destroy' && !isForced(effect) && seen?.mark === null;
}

function within(changes: readonly Change[], atMs: number, periodMs: number): number {
  return changes.filter((change) => change.atMs > atMs - periodMs && change.atMs <= atMs).length;
}

/** Whether two processes were alive at once at some moment of the span; a new one is, for a while, until its history counts. */
function hadTwins(ground: Ground, sinceMs: number, atMs: number): boolean {
  const alive = ground.autoscalers.all.filter(
    ({ startedAtMs, endedAtMs }) => startedAtMs <= atMs && (endedAtMs ?? atMs) >= sinceMs,
  );
  return alive.some((one, index) =>
    alive.slice(index + 1).some(({ startedAtMs }) => startedAtMs < (one.endedAtMs ?? atMs)),
  );
}

/** Whether one began within the span; without a durable state it knows nothing of what was added. */
function hasBegun(ground: Ground, sinceMs: number, atMs: number): boolean {
  return ground.autoscalers.all.some(
    ({ startedAtMs }) => startedAtMs > sinceMs && startedAtMs <= atMs,
  );
}

function judgeRemoval(ground: Ground, effect: OwnEffect, rules: Rules, course: Course): void {
  const { atMs, entry, by, snapshot } = effect;
  const what = `${by} removes ${entry.machine ?? ''} of ${entry.app}`;
  const exceeds = (name: string, rate: Rate, allowance: number): void => {
    if (hadTwins(ground, atMs - rate.periodMs - PASS_MS, atMs)) return;
    const removed = within(course.removed, atMs, rate.periodMs);
    if (removed <= rate.machines + allowance) return;
    const text = `${removed} within ${rate.periodMs / 1000} s, at most ${rate.machines} and ${allowance} that were added`;
    ground.fail('keeps-pace', `${what}: ${name}, ${text}`);
  };
  if (rules.budget !== undefined) exceeds('budget', rules.budget, 0);
  if (rules.down !== undefined) {
    exceeds('limit', rules.down, within(course.added, atMs, rules.down.periodMs + PASS_MS));
  }
  if (snapshot === null) return;
  const { removals } = new Deeds(ground, effect, snapshot);
  const left = healthy(snapshot).filter(({ id }) => !removals.has(id)).length;
  judgeWindow(ground, effect, rules, { course, name: 'created', left });
}

/** A running machine that is to be destroyed is one fewer that runs, like one that is to stop. */
function judgeRunning(ground: Ground, effect: OwnEffect, rules: Rules, course: Course): void {
  const { snapshot, plan, entry } = effect;
  const seen = snapshot?.members.find(({ id }) => id === entry.machine);
  if (snapshot === null || plan?.profile?.started == null) return;
  const runs = (m: MachineSnapshot): boolean => m.mark === null && RUNS.has(m.state);
  if (seen === undefined || !runs(seen)) return;
  const { stops } = new Deeds(ground, effect, snapshot);
  const left = healthy(snapshot).filter((m) => runs(m) && !stops.has(m.id)).length;
  judgeWindow(ground, effect, rules, { course, name: 'started', left });
}

interface Remainder {
  readonly course: Course;
  readonly name: 'created' | 'started';
  readonly left: number;
}

function judgeWindow(
  ground: Ground,
  { atMs, by, entry }: OwnEffect,
  { windowMs }: Rules,
  { course, name, left }: Remainder,
): void {
  if (windowMs === undefined) return;
  const what = `${by} removes ${entry.machine ?? ''} of ${entry.app}`;
  const own = course.recommended.filter((each) => each.by === by && each.atMs > atMs - windowMs);
  const most = Math.max(0, ...own.map((each) => each[name] ?? 0));
  if (left < most)
    ground.fail('keeps-pace', `${what}: ${left} ${name} left, ${most} recommended lately`);
  const process = ground.autoscalers.get(by);
  const isYoung = process !== undefined && atMs - process.startedAtMs < windowMs;
  if (isYoung && !process.state.isDurable) {
    ground.fail('keeps-pace', `${what}: it has not watched for a window yet`);
  }
}

function judgeGrowth(ground: Ground, effect: OwnEffect, { up }: Rules, course: Course): void {
  if (up === undefined) return;
  const { atMs, entry, by } = effect;
  const sinceMs = atMs - up.periodMs - PASS_MS;
  if (hadTwins(ground, sinceMs, atMs)) return;
  if (!ground.plan.hasDurableState && hasBegun(ground, sinceMs, atMs)) return;
  const added = within(course.added, atMs, up.periodMs);
  const removed = within(course.removed, atMs, up.periodMs + PASS_MS);
  if (added <= up.machines + removed) return;
  ground.fail(
    'keeps-pace',
    `${by} creates ${entry.machine ?? ''} of ${entry.app}: ${added} within ${up.periodMs / 1000} s, at most ${up.machines} and ${removed} that were removed`,
  );
}
