import { Deeds, isForced, markedGoal } from '../deeds.js';
import type { Check, Ground, OwnEffect } from '../invariant.js';
import { facesOf } from '../fleet-plan.js';
import type { Profile } from '../profiles.js';
import { allowedBy, type Rate, type Rules } from '../rules.js';
import type { Wish } from '../sketches.js';
import { FirstSeen, type Counted } from '../first-seen.js';
import { healthy, RUNS } from '../snapshots.js';
import { WallClock } from '../wall-clock.js';

/** A decision and the last call that it leads to are not further apart. */
const PASS_MS = 90_000;
/** What was decided before a window opened has come to its end. */
const DECIDED_MS = 90_000;

interface Change {
  readonly atMs: number;
  readonly machine: string;
}

interface Moves {
  readonly removed: Change[];
  readonly added: Change[];
}

interface Course {
  readonly created: Moves;
  /** Of machines that run, whatever is to become of them. */
  readonly started: Moves;
  /** What passes must have recommended at the least, by process. */
  readonly recommended: Recommendation[];
  readonly firstSeen: FirstSeen;
}

interface Recommendation extends Counted {
  readonly by: string;
  readonly atMs: number;
}

/**
 * Limits and budgets are never exceeded, across crashes and restarts, with and without a durable state; nothing shrinks
 * below the highest recommendation of the window. Two processes at once know nothing of each other's history.
 */
export function keepsPace(ground: Ground): Check {
  const courses = new Map<string, Course>();
  const wall = new WallClock(ground);
  const courseOf = (app: string, profile: Profile): Course => {
    const key = `${app} ${profile.name}`;
    const course = courses.get(key) ?? {
      created: { removed: [], added: [] },
      started: { removed: [], added: [] },
      recommended: [],
      firstSeen: new FirstSeen(),
    };
    courses.set(key, course);
    return course;
  };
  return {
    onOwnRequest({ action, app, status, isAnswerLost }, by) {
      const plan = action === 'list-machines' && app !== null ? ground.planOf(app) : null;
      if (plan === null || status !== 200 || isAnswerLost) return;
      for (const face of facesOf(plan)) {
        if (face.profile?.rules.windowMs === undefined) continue;
        const { firstSeen } = courseOf(plan.name, face.profile);
        firstSeen.note(by, ground.snapshots.take(face, by), false);
      }
    },
    onReport(by, { app, policy, samples, proposal }) {
      const plan = ground.planOf(app);
      const profile = (plan === null ? [] : facesOf(plan)).find(
        (face) => face.profile?.name === policy.name,
      )?.profile;
      // A pass that could not read the machines has recommended nothing.
      if (profile?.rules.windowMs === undefined || proposal === null) return;
      const { firstSeen } = courseOf(app, profile);
      for (const face of plan === null ? [] : facesOf(plan)) {
        if (face.profile === profile) firstSeen.note(by, ground.snapshots.take(face, by), true);
      }
      const leastOf = (wish: Wish | null): number => {
        const sample = wish === null ? undefined : samples.get(wish.metric);
        return (sample?.kind === 'value' ? wish?.min(sample.value) : null) ?? 0;
      };
      courseOf(app, profile).recommended.push({
        by,
        atMs: ground.clock.elapsedMs(),
        created: profile.policy.created === null ? 0 : leastOf(profile.created),
        started: leastOf(profile.started),
      });
    },
    onOwnEffect(effect) {
      wall.look();
      const profile = effect.plan?.profile ?? null;
      const { entry, atMs } = effect;
      const machine = entry.machine ?? '';
      if (profile === null) return;
      const { rules } = profile;
      const course = courseOf(entry.app, profile);
      const { created, started } = course;
      if (entry.effect === 'create') {
        created.added.push({ atMs, machine });
        started.added.push({ atMs, machine });
        judgeGrowth(ground, wall, effect, rules, created);
      } else if (entry.effect === 'start') {
        started.added.push({ atMs, machine });
      } else if (entry.effect === 'destroy' && isForced(effect)) {
        // A create that a release overtook is taken back: it has added nothing.
        takeOut(created.added, machine);
      } else if (entry.effect === 'metadata' && markedGoal(effect) === null) {
        takeOut(created.removed, machine);
        takeOut(started.removed, machine);
      } else if (isNewRemoval(effect)) {
        created.removed.push({ atMs, machine });
        judgeRemoval(ground, wall, effect, rules, created);
        judgeWindow(ground, effect, 'created', rules, course);
      }
      if (takesRunning(effect)) {
        started.removed.push({ atMs, machine });
        if (profile.policy.started !== null) judgeRemoval(ground, wall, effect, rules, started);
        judgeWindow(ground, effect, 'started', rules, course);
      }
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

/** A running machine that is to be destroyed is one fewer that runs, like one that is to stop. */
function takesRunning(effect: OwnEffect): boolean {
  const { entry, snapshot } = effect;
  const seen = snapshot?.members.find(({ id }) => id === entry.machine);
  return markedGoal(effect) !== null && seen?.mark === null && RUNS.has(seen.state);
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

function judgeRemoval(
  ground: Ground,
  wall: WallClock,
  effect: OwnEffect,
  rules: Rules,
  moves: Moves,
): void {
  const { atMs, entry, by } = effect;
  const what = `${by} removes ${entry.machine ?? ''} of ${entry.app}`;
  const { snapshot } = effect;
  const sees = (rate: Rate, addedMs: number | null): string | null => {
    const { periodMs } = rate;
    if (hadTwins(ground, atMs - periodMs - PASS_MS, atMs)) return null;
    const removed = within(moves.removed, atMs, periodMs);
    const added = addedMs === null ? 0 : within(moves.added, atMs, addedMs);
    const there = snapshot === null ? Number.POSITIVE_INFINITY : healthy(snapshot).length;
    const most = allowedBy(rate, there + within(moves.removed, atMs, periodMs + PASS_MS));
    if (removed <= most + added) return null;
    return `${removed} within ${periodMs / 1000} s, at most ${most} and ${added} that were added`;
  };
  for (const budget of rules.budgets ?? []) {
    if (budget.when !== undefined && !wall.hasBeenOpen(budget.when, DECIDED_MS)) continue;
    const text = sees(budget, null);
    if (text !== null) ground.fail('keeps-pace', `${what}: budget, ${text}`);
  }
  const texts = (rules.down?.rates ?? []).map((rate) => sees(rate, rate.periodMs + PASS_MS));
  const isBroken = rules.down?.select === 'min' ? texts.some(isText) : texts.every(isText);
  if (texts.length > 0 && isBroken)
    ground.fail('keeps-pace', `${what}: limit, ${texts.filter(isText).join('; ')}`);
}

const isText = (text: string | null): text is string => text !== null;

function judgeWindow(
  ground: Ground,
  effect: OwnEffect,
  count: 'created' | 'started',
  { windowMs, tolerance }: Rules,
  course: Course,
): void {
  const { atMs, entry, by, snapshot } = effect;
  if (windowMs === undefined || snapshot === null) return;
  const what = `${by} takes ${entry.machine ?? ''} of ${entry.app}`;
  const own = course.recommended.filter((each) => each.by === by && each.atMs > atMs - windowMs);
  const { removals, stops } = new Deeds(ground, effect, snapshot);
  const stay = healthy(snapshot).filter((m) =>
    count === 'created'
      ? !removals.has(m.id)
      : m.mark === null && RUNS.has(m.state) && !stops.has(m.id),
  ).length;
  // Within a tolerance the count that is there is the recommendation.
  const share = 1 + (tolerance?.up ?? 0);
  const most = Math.max(0, ...own.map((each) => Math.floor(each[count] / share)));
  if (stay < most)
    ground.fail('keeps-pace', `${what}: ${stay} ${count} left, ${most} recommended lately`);
  const process = ground.autoscalers.get(by);
  const isYoung = process !== undefined && atMs - process.startedAtMs < windowMs;
  if (!isYoung || effect.plan?.profile?.policy[count] === null) return;
  // Who has the state of one before it goes on with its window.
  const isFirst = ground.autoscalers.all.find(({ state }) => state === process.state) === process;
  const first = course.firstSeen.of(by)?.[count] ?? Number.POSITIVE_INFINITY;
  if (isFirst && stay < first)
    ground.fail(
      'keeps-pace',
      `${what}: ${stay} ${count} left, ${first} were there ${Math.round((atMs - process.startedAtMs) / 1000)} s ago when it began`,
    );
}

function judgeGrowth(
  ground: Ground,
  wall: WallClock,
  effect: OwnEffect,
  { up }: Rules,
  moves: Moves,
): void {
  if (up === undefined) return;
  const { atMs, entry, by, snapshot } = effect;
  // One that is out of sight counts until the process has missed it for long, which it may do later than we; those that
  // were taken back had never left.
  const there =
    snapshot === null
      ? Number.POSITIVE_INFINITY
      : snapshot.members.filter(({ mark }) => mark !== 'destroy').length +
        new Deeds(ground, effect, snapshot).undone.size;
  const texts = up.rates.map((rate) => {
    const { periodMs } = rate;
    const sinceMs = atMs - periodMs - PASS_MS;
    if (hadTwins(ground, sinceMs, atMs) || wall.hasDeceived(periodMs + PASS_MS)) return null;
    if (!ground.plan.hasDurableState && hasBegun(ground, sinceMs, atMs)) return null;
    const added = within(moves.added, atMs, periodMs);
    const removed = within(moves.removed, atMs, periodMs + PASS_MS);
    const most = allowedBy(rate, there + removed);
    if (added <= most + removed) return null;
    return `${added} within ${periodMs / 1000} s, at most ${most} and ${removed} that were removed`;
  });
  const isBroken = up.select === 'min' ? texts.some(isText) : texts.every(isText);
  if (isBroken)
    ground.fail(
      'keeps-pace',
      `${by} creates ${entry.machine ?? ''} of ${entry.app}: ${texts.filter(isText).join('; ')}`,
    );
}
