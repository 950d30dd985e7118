import { budgetsMs, settlingMs, workMs, type Distance } from '../bound.js';
import { facesOf, type AppPlan } from '../fleet-plan.js';
import { Holds } from '../holds.js';
import type { Check, Ground } from '../invariant.js';
import type { Directions } from '../rules.js';
import { SERIES } from '../metrics.js';
import type { Wish } from '../sketches.js';
import { healthy, RUNS, type AppSnapshot, type MachineSnapshot } from '../snapshots.js';

/** After the last trouble every app comes to rest within its counts in the time it needs, and stays there. */
export function settles(ground: Ground): Check {
  const holds = new Holds(ground);
  /** App -> monotonic time at which it must be at rest by all its policies; absent before the end of trouble. */
  const due = new Map<string, number>();
  const failed = new Set<string>();
  /** App -> what the newest report of it said. */
  const said = new Map<string, string>();
  let isCalm = false;
  let fleetBudgetsMs = 0;

  const fail = (app: string, detail: string): void => {
    // Once is enough for an app.
    if (!failed.has(app))
      ground.fail('settles', `${app}: ${detail}; told: ${said.get(app) ?? 'nothing'}`);
    failed.add(app);
  };

  const plan = (): void => {
    const there = ground.plan.apps.filter(
      (app) => app.profile !== null && ground.sim.world.apps.has(app.name),
    );
    const faces = there.flatMap(facesOf);
    const fleetWorkMs = faces.reduce((sum, face) => sum + workMs(distanceOf(ground, face)), 0);
    fleetBudgetsMs = budgetsMs(
      ground.plan,
      faces.flatMap((face) => distancesOf(ground, face)),
    );
    for (const app of there) due.set(app.name, dueAtMs(app, fleetWorkMs));
  };

  /** Policies of one app share its passes: one may have to wait for the other. */
  const dueAtMs = (app: AppPlan, fleetWorkMs: number): number => {
    const holdsMs = holds.leftMs(app.name);
    const inMs = facesOf(app).map((face) => {
      const distance = distanceOf(ground, face);
      return settlingMs({
        app: face,
        fleet: ground.plan,
        distance,
        fleetWorkMs,
        holdsMs,
        budgetsMs: fleetBudgetsMs,
      });
    });
    return ground.clock.elapsedMs() + inMs.reduce((sum, ms) => sum + ms, 0);
  };

  ground.sim.subscribe((entry) => {
    // Nothing is done while a release runs: the time begins anew with its end.
    if (!isCalm || entry.kind !== 'effect' || entry.effect !== 'release') return;
    const app = ground.planOf(entry.app);
    if (app === null || app.profile === null) return;
    due.set(app.name, Math.max(due.get(app.name) ?? 0, dueAtMs(app, 0)));
  });

  const examine = (): void => {
    const nowMs = ground.clock.elapsedMs();
    for (const app of ground.plan.apps) {
      const dueMs = due.get(app.name) ?? Number.POSITIVE_INFINITY;
      if (nowMs < dueMs || failed.has(app.name) || isDeploying(ground, app.name)) continue;
      const problem = facesOf(app)
        .map((face) => unsettled(ground, face))
        .find((text) => text !== null);
      if (problem !== undefined) fail(app.name, `${problem}, due at ${Math.round(dueMs / 1000)} s`);
    }
  };

  return {
    onOwnEffect({ entry, by }) {
      if (entry.effect === 'create') holds.made(entry.app, entry.machine ?? '');
      const dueMs = due.get(entry.app) ?? Number.POSITIVE_INFINITY;
      if (ground.clock.elapsedMs() >= dueMs && !isDeploying(ground, entry.app)) {
        fail(
          entry.app,
          `${by} still acts: ${entry.effect} ${entry.machine ?? ''}, due at ${Math.round(dueMs / 1000)} s`,
        );
      }
    },
    onReport(by, report) {
      holds.report(report);
      const reasons = report.reasons.map(({ code, detail }) => `${code} (${detail})`);
      said.set(report.app, `${by}: ${reasons.join(', ')}`);
    },
    onFleet: (_by, event) => {
      if (isCalm && event.kind === 'tick') examine();
    },
    onCalm() {
      isCalm = true;
      plan();
    },
    neededUntilMs: () => Math.max(0, ...due.values()),
    onEnd: examine,
  };
}

function isDeploying(ground: Ground, app: string): boolean {
  return ground.sim.deploys.running.some((deploy) => deploy.app === app);
}

interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** By the true load, which does not change any more. */
function boundsOf(wish: Wish | null, app: AppPlan, floor: number): Bounds | null {
  if (wish === null) return null;
  const level = SERIES[wish.metric] === '' ? null : app.finalLevel;
  const min = Math.max(floor, wish.min(level) ?? 0);
  return { min, max: Math.max(floor, wish.max(level) ?? min) };
}

/** The longer way of the two stands for both. */
function distanceOf(ground: Ground, app: AppPlan): Distance {
  return distancesOf(ground, app).reduce(
    (longest, each) =>
      Math.abs(each.wanted - each.current) > Math.abs(longest.wanted - longest.current)
        ? each
        : longest,
    { current: 1, wanted: 1 },
  );
}

function distancesOf(ground: Ground, app: AppPlan): readonly Distance[] {
  const snapshot = ground.snapshots.take(app);
  const { profile } = app;
  if (snapshot === null || profile === null) return [];
  const created = boundsOf(profile.created, app, 1);
  const started = boundsOf(profile.started, app, 0);
  const running = runningIn(snapshot);
  const counts: Distance[] = [];
  for (const [bounds, current] of [
    [created, healthy(snapshot).length],
    [started, running],
  ] as const) {
    if (bounds === null) continue;
    counts.push({ current, wanted: Math.min(bounds.max, Math.max(bounds.min, current)) });
  }
  return counts;
}

function runningIn(snapshot: AppSnapshot): number {
  return healthy(snapshot).filter((m) => m.mark === null && RUNS.has(m.state)).length;
}

/** What is not as it should be; null: all is well, or no autoscaler could mend it. */
function unsettled(ground: Ground, app: AppPlan): string | null {
  const snapshot = ground.snapshots.take(app);
  if (snapshot === null || app.profile === null) return null;
  const all = healthy(snapshot);
  // Without a machine that could be cloned there is nothing to be done.
  if (!all.some((m) => m.state !== 'failed')) return null;
  const marked = snapshot.members.filter((m) => m.mark !== null);
  const created = boundsOf(app.profile.created, app, 1);
  const started = boundsOf(app.profile.started, app, 0);
  // What others have set aside is theirs to clear away.
  const isOthers = (m: MachineSnapshot): boolean =>
    m.mark === null &&
    (m.isCordoned || (m.hasBlueGreenTag && snapshot.release?.status !== 'complete'));
  const others = all.filter(isOthers).length;
  // Each group of a pool keeps its last machine.
  const groups = new Set(all.map((m) => m.group)).size;
  if (created !== null) {
    const least = Math.min(created.min, all.length + freeVolumes(ground, app));
    const slack = tolerated(app, all.length);
    if (
      all.length < least - slack.up ||
      all.length > Math.max(created.max, groups) + others + slack.down
    ) {
      return `${all.length} created, wanted ${created.min} to ${created.max} (${describe(snapshot)})`;
    }
  }
  if (started !== null) {
    const running = runningIn(snapshot);
    const startable = all.filter((m) => m.state !== 'failed').length;
    const slack = tolerated(app, running);
    if (
      running < Math.min(started.min - slack.up, startable) ||
      running > started.max + others + slack.down
    ) {
      return `${running} started, wanted ${started.min} to ${started.max} (${describe(snapshot)})`;
    }
  }
  const idle = app.profile.started === null ? all.filter((m) => leftIdle(ground, app, m)) : [];
  if (idle.length > 0)
    return `${idle.map(({ id }) => id).join(', ')} never ran (${describe(snapshot)})`;
  return marked.length > 0 ? `${marked.length} on their way out (${describe(snapshot)})` : null;
}

/** Ours, made to run, and stopped by nobody but a deploy that came before it did. */
function leftIdle(ground: Ground, { name }: AppPlan, { id, state }: MachineSnapshot): boolean {
  const machine = ground.sim.world.machine(name, id);
  if (machine === null || state !== 'stopped' || !machine.name.startsWith('fas-')) return false;
  const isToRun = machine.config.metadata?.['fas-run'] === machine.name;
  return isToRun && machine.events.every(({ type }) => type === 'launch' || type === 'update');
}

/** What a policy leaves as it is. */
function tolerated({ profile }: AppPlan, count: number): Directions {
  const { down, up } = profile?.rules.tolerance ?? { down: 0, up: 0 };
  return { down: Math.floor(down * count + 1e-9), up: Math.floor(up * count + 1e-9) };
}

/** A group that reuses volumes cannot grow beyond them. */
function freeVolumes(ground: Ground, app: AppPlan): number {
  if (app.profile?.volumes !== 'reuse') return Number.POSITIVE_INFINITY;
  const volumes = [...ground.sim.world.app(app.name).volumes.values()];
  return volumes.filter((volume) => volume.attachedMachineId === null).length;
}

function describe({ members }: AppSnapshot): string {
  return members
    .map(
      (m) =>
        `${m.id} ${m.state}${m.mark === null ? '' : ` marked ${m.mark}`}${m.isCordoned ? ' cordoned' : ''}${m.isHealthy ? '' : ' unseen'}${m.leaseOwner === null ? '' : ` leased by ${m.leaseOwner}`}`,
    )
    .join(', ');
}
