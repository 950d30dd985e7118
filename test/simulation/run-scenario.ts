/** One run: a world, its troubles and the autoscalers in virtual time, and everybody who watches. */
import type { FakeClock } from '../../src/testing/fake-clock.js';
import { createFakeClock } from '../../src/testing/fake-clock.js';
import { createSimulator, type Simulator } from '../../src/simulator/index.js';
import { Autoscalers } from './autoscalers.js';
import { buildApp } from './build-world.js';
import { calm } from './calm.js';
import { Chance } from './chance.js';
import { planFleet, REGIONS, type AppPlan, type FleetPlan } from './fleet-plan.js';
import { countOf, type Stats } from './stats.js';
import { KINDS_OF_ODD_ANSWERS, TROUBLE_KINDS } from './trouble-kinds.js';
import { drawTroubles } from './troubles.js';
import { Watch } from './watch.js';
import { tokenOf } from './autoscaler.js';
import type { Stage } from './stage.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Enough for most apps to settle; a run goes on for as long as one needs more. */
const SETTLING_MS = 45 * MINUTE_MS;
/** So long it is watched whether what has settled stays so. */
const REST_MS = 5 * MINUTE_MS;
const MOST_PROCESSES = 400;
/** Enough to see what is wrong; more is the same again. */
const MOST_VIOLATIONS = 20;

export interface ScenarioOptions {
  /** Simulated; 2 unless told. */
  readonly hours?: number;
  /** 20 unless told. */
  readonly apps?: number;
  /** The run ends with so many; 20 unless told. */
  readonly mostViolations?: number;
}

export interface ScenarioResult {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly stats: Stats;
  /** Of all that happened, in order: the same for the same run. */
  readonly digest: string;
}

export async function runScenario(
  seed: number,
  options: ScenarioOptions = {},
): Promise<ScenarioResult> {
  const totalMs = (options.hours ?? 2) * HOUR_MS;
  const most = options.mostViolations ?? MOST_VIOLATIONS;
  const calmAtMs = Math.max(totalMs / 2, totalMs - SETTLING_MS);
  const plan = planFleet(seed, options.apps ?? 20, calmAtMs);
  const clock = createFakeClock();
  const sim = createWorld(seed, plan, clock);
  const watch = new Watch(sim, clock, plan);
  const autoscalers = new Autoscalers({
    sim,
    clock,
    plan,
    seed,
    tapOf: (name) => watch.tapOf(name),
    onReport: (name, report) => watch.onReport(name, report),
    onFleet: (name, event) => watch.onFleet(name, event),
    onStart: (process) => watch.onStart(process),
    onCrash: (name, error) => watch.fail('survives', `${name} ended: ${String(error)}`),
  });
  watch.autoscalers = autoscalers;
  const script = new Script(seed, plan, sim, clock, autoscalers, watch, calmAtMs);
  autoscalers.start();
  for (;;) {
    const next = script.next();
    if (next === undefined || next.atMs > totalMs || watch.violations.length >= most) break;
    await clock.advance(next.atMs - clock.elapsedMs());
    sim.catchUp();
    next.run();
  }
  if (watch.violations.length < most) {
    await clock.advance(totalMs - clock.elapsedMs());
    // A deploy that runs into the end begins the time to settle anew.
    while (watch.neededUntilMs > clock.elapsedMs() - REST_MS) await clock.advance(MINUTE_MS);
    sim.catchUp();
    watch.onEnd();
  }
  for (const process of autoscalers.all) process.kill();
  const stats = countOf(sim, script.struck, options.apps ?? 20, clock.elapsedMs(), watch);
  return { seed, violations: watch.violations, stats, digest: watch.digest };
}

function createWorld(seed: number, plan: FleetPlan, clock: FakeClock): Simulator {
  const names = Array.from({ length: MOST_PROCESSES }, (_, i) => `process-${i + 1}`);
  const sim = createSimulator({
    clock,
    seed,
    config: {
      regions: REGIONS,
      hostsPerRegion: 6,
      logCapacity: 0,
      delaysMs: {
        latency: plan.latencyMs,
        destroying: plan.destroyingMs,
        orgListLag: plan.orgListLagMs,
      },
      orgListPageSize: plan.orgListPageSize,
      emptyPageRate: plan.emptyPageRate,
      tokens: [...names, 'flyctl'].map((name) => ({ name, value: tokenOf(name) })),
    },
  });
  for (const app of plan.apps) if (app.appearsAtMs === 0) buildApp(sim, app);
  return sim;
}

interface Scene {
  readonly atMs: number;
  readonly run: () => void;
}

/** What happens when, in order. */
class Script {
  /** Troubles that struck, by kind. */
  readonly struck = new Map<string, number>();
  readonly #scenes: Scene[] = [];

  constructor(
    seed: number,
    readonly plan: FleetPlan,
    readonly sim: Simulator,
    readonly clock: FakeClock,
    readonly autoscalers: Autoscalers,
    readonly watch: Watch,
    calmAtMs: number,
  ) {
    const ordinary = new Chance(seed, 'strikes');
    const apart = new Chance(seed, 'odd-strikes');
    for (const trouble of drawTroubles(seed, calmAtMs, plan)) {
      this.#at(trouble.atMs, () => {
        this.struck.set(trouble.kind, (this.struck.get(trouble.kind) ?? 0) + 1);
        const chance = KINDS_OF_ODD_ANSWERS.includes(trouble.kind) ? apart : ordinary;
        TROUBLE_KINDS[trouble.kind].strike(this.#stage(chance, trouble.atMs, trouble.untilMs));
      });
    }
    for (const app of plan.apps) this.#planComing(app);
    this.#at(calmAtMs, () => {
      calm({ sim, clock, plan, autoscalers });
      watch.onCalm();
    });
  }

  next(): Scene | undefined {
    return this.#scenes.shift();
  }

  #planComing(app: AppPlan): void {
    if (app.appearsAtMs > 0) this.#at(app.appearsAtMs, () => buildApp(this.sim, app));
    if (app.vanishesAtMs !== null) {
      this.#at(app.vanishesAtMs, () => this.sim.world.removeApp(app.name));
    }
  }

  /** Among those at the same time the earlier told comes first. */
  #at(atMs: number, run: () => void): void {
    let index = this.#scenes.length;
    while (index > 0 && (this.#scenes[index - 1]?.atMs ?? 0) > atMs) index -= 1;
    this.#scenes.splice(index, 0, { atMs, run });
  }

  #stage(chance: Chance, atMs: number, untilMs: number): Stage {
    const { sim, clock, plan, autoscalers, watch } = this;
    return {
      sim,
      clock,
      plan,
      autoscalers,
      chance,
      atMs,
      untilMs,
      app: () => {
        const there = plan.apps.filter(
          (app) => app.profile !== null && sim.world.apps.has(app.name),
        );
        return there.length === 0 ? undefined : chance.pick(there);
      },
      lie: (series, isLying) => {
        if (isLying) watch.lies.set(series, clock.elapsedMs());
        else watch.lies.delete(series);
      },
      pause: (app, mode) => watch.notePause(app, mode),
      at: (laterMs, run) => this.#at(laterMs, run),
      setTrap: (trap) => {
        watch.traps.add(trap);
        this.#at(untilMs, () => {
          watch.traps.delete(trap);
          if (autoscalers.alive.length === 0) autoscalers.start();
        });
      },
    };
  }
}
