/** The control loop: a tick every interval, one pass per app and tick, and an orderly end. */
import type { Clock } from '../../seams/clock.js';
import { sharedController } from '../base/abort.js';
import { Absences } from '../pass/absences.js';
import { ClockWatch } from './clock-watch.js';
import { Desks } from './desks.js';
import { endedPolicies, Epoch } from './epoch.js';
import { aborted } from '../base/failure.js';
import { InventoryKeeper } from '../inventory/keeper.js';
import { createLaunchIds } from './launch-id.js';
import type { FleetOptions } from '../base/options.js';
import type { PassContext } from '../pass/pass-context.js';
import { runPass } from '../pass/pass.js';
import { Rounds } from './rounds.js';
import { Slots } from '../base/slots.js';
import { SeenMachines } from '../inventory/seen.js';
import type { Life } from '../act/turn.js';
import type { Operator } from '../../seams/operator.js';
import type { PassReport } from '../../seams/events.js';

/** Calls under way get this long when the process stops; giving back leases takes up to two seconds more, and Fly kills after five. */
const CUT_OFF_MS = 1500;
/** Creates of an earlier process show in every list by then. */
const YOUNG_PROCESS_MS = 120_000;

export interface Fleet {
  /** Runs until the signal aborts, then begins nothing new and resolves within 4 seconds. Call it once. */
  run(signal: AbortSignal): Promise<void>;
  /**
   * From now on it works by these; Fly, clock, chance and recorder stay. A policy that acts on an app ends with what it began
   * with, passes that only wait give up: it resolves when nothing uses the earlier ones any more. What is remembered of apps
   * that stay is kept.
   */
  reconfigure(options: FleetOptions): Promise<void>;
  /**
   * One dry pass over the named apps, or over all that the policies match; one report for each app and policy.
   * Rejects with `AppError` when the app list cannot be read.
   */
  passOnce(apps: readonly string[] | null, signal: AbortSignal): Promise<readonly PassReport[]>;
  readonly operator: Operator;
}

export function createFleet(options: FleetOptions): Fleet {
  return new Loop(options);
}

class Loop implements Fleet {
  #epoch: Epoch;
  readonly #inventory: InventoryKeeper;
  readonly #desks: Desks;
  readonly #seen: SeenMachines;
  readonly #absences: Absences;
  readonly #slots: Slots;
  readonly #watch: ClockWatch;
  readonly #startedAtMs: number;
  readonly #launchIds: () => string;
  /** Since `run` began. */
  #rounds: Rounds | null = null;
  /** Since `run` began. */
  #life: Life | null = null;
  /** Earlier configurations that something still uses. */
  readonly #retiring = new Set<Promise<void>>();

  constructor(options: FleetOptions) {
    const { clock, intervalMs, fly } = options;
    this.#seen = new SeenMachines(clock);
    this.#absences = new Absences({
      fly,
      clock,
      seen: this.#seen,
      timeoutMs: () => this.#options.timeoutMs,
      onNews: (app) => this.#epoch.quiet.drop(app),
    });
    this.#inventory = new InventoryKeeper(options, this.#seen);
    this.#epoch = this.#begin(options);
    this.#desks = new Desks(options, {
      epoch: () => this.#epoch,
      inventory: () => this.#inventory.current,
      absentMachines: () => this.#seen.absentMachines,
      comingApps: (source) => this.#rounds?.busyThatRead(source) ?? [],
    });
    this.#slots = new Slots(options.concurrency);
    this.#watch = new ClockWatch(clock, intervalMs);
    this.#startedAtMs = clock.elapsedMs();
    this.#launchIds = createLaunchIds(clock, options.random);
  }

  get operator(): Operator {
    return this.#desks.operator;
  }

  async run(signal: AbortSignal): Promise<void> {
    const stopping = sharedController();
    const cutOff = sharedController();
    const stop = (): void => stopping.abort(aborted('the process stops'));
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    const life: Life = { stopping: stopping.signal, cutOff: cutOff.signal };
    this.#life = life;
    const context = this.#context(life, this.#epoch);
    const rounds = new Rounds(context, (app) => this.#forget(app));
    this.#rounds = rounds;
    this.#epoch.begin(life.stopping);
    this.#inventory.begin(life.stopping);
    try {
      await this.#desks.restore();
      await this.#tickUntil(life, rounds);
    } catch (error) {
      if (!life.stopping.aborted) throw error;
    } finally {
      stop();
      signal.removeEventListener('abort', stop);
      await this.#drain(cutOff, rounds);
    }
  }

  async reconfigure(options: FleetOptions): Promise<void> {
    const earlier = this.#epoch;
    const passes = this.#rounds?.passes ?? [];
    this.#inventory.reconfigure(earlier.options, options);
    const next = this.#begin(options);
    next.apps.succeed(earlier.apps);
    this.#epoch = next;
    this.#slots.resize(options.concurrency);
    this.#watch.setInterval(options.intervalMs);
    for (const app of earlier.apps.current()) if (!next.apps.has(app)) this.#forget(app);
    const collectors = options.collectors.map(({ name, key = name }) => key);
    options.recorder.fleet({ kind: 'reconfigured', collectors });
    if (this.#life !== null) {
      next.begin(this.#life.stopping);
      this.#rounds?.follow(this.#context(this.#life, next));
    }
    // Only now: whoever waits for its end finds the next one in place.
    earlier.end();
    // Those before it too: whoever asks may close what any of them used.
    const retiring = Promise.all([...passes, earlier.idle(), ...this.#retiring])
      .then(() => undefined)
      .finally(() => this.#retiring.delete(retiring));
    this.#retiring.add(retiring);
    await retiring;
    const ended = endedPolicies(earlier.apps, this.#epoch.apps);
    this.#desks.reconfigured();
    if (ended.length > 0) options.recorder.fleet({ kind: 'policies-ended', ended });
  }

  async passOnce(
    named: readonly string[] | null,
    signal: AbortSignal,
  ): Promise<readonly PassReport[]> {
    const reports: PassReport[] = [];
    const ending = sharedController();
    signal.addEventListener('abort', () => ending.abort(signal.reason), { once: true });
    const life: Life = { stopping: ending.signal, cutOff: ending.signal };
    const context: PassContext = {
      ...this.#context(life, this.#epoch),
      isDryRun: true,
      over: ending.signal,
      // Nothing keeps up with the organization's list.
      comparesLists: false,
      // One look says nothing of a fall.
      brake: null,
      report: (report) => reports.push(report),
    };
    const apps = named ?? (await this.#epoch.apps.readOnce(signal));
    const { board, apps: fleet } = this.#epoch;
    const metricsOf = (app: string): ReadonlySet<string> => board.metricsOf(fleet.policiesOf(app));
    board.collect(new Map(apps.map((app) => [app, metricsOf(app)])), ending.signal);
    await Promise.all(apps.map((app) => this.#passAlone(context, app)));
    signal.throwIfAborted();
    return reports;
  }

  get #options(): FleetOptions {
    return this.#epoch.options;
  }

  #begin(options: FleetOptions): Epoch {
    return new Epoch(options, this.#inventory.current, (app) => this.#forget(app));
  }

  #context(life: Life, { options, apps, board, quiet, over }: Epoch): PassContext {
    const { clock, recorder, isDryRun } = options;
    return {
      ...this.#desks.forPasses(options),
      options,
      isDryRun,
      apps,
      board,
      inventory: this.#inventory.current,
      seen: this.#seen,
      absences: this.#absences,
      slots: this.#slots,
      quiet,
      life,
      over,
      launchIds: this.#launchIds,
      startedAtMs: this.#startedAtMs,
      isYoungProcess: () => clock.elapsedMs() - this.#startedAtMs < YOUNG_PROCESS_MS,
      comparesLists: true,
      report: (report) => recorder.pass(report),
    };
  }

  async #tickUntil(life: Life, rounds: Rounds): Promise<void> {
    while (!life.stopping.aborted) await this.#tickThrough(life, this.#epoch, rounds);
  }

  /** Until the epoch is over; the next one begins with a tick at once. */
  async #tickThrough(life: Life, epoch: Epoch, rounds: Rounds): Promise<void> {
    const { clock, intervalMs } = epoch.options;
    // It rejects only when the epoch is over, and then there is nothing to tick for.
    await epoch.apps.begin(epoch.over).catch(() => undefined);
    let dueMs = clock.elapsedMs();
    while (!epoch.over.aborted) {
      const latenessMs = clock.elapsedMs() - dueMs;
      this.#tick(rounds, dueMs, latenessMs, life.stopping);
      // After standing still for longer than an interval there is nothing to catch up on: state is what counts.
      dueMs = latenessMs < intervalMs ? dueMs + intervalMs : clock.elapsedMs() + intervalMs;
      await sleepUntil(clock, dueMs, epoch.over);
    }
  }

  /** Begins all that is due, and waits for nothing. */
  #tick(rounds: Rounds, dueMs: number, latenessMs: number, stopping: AbortSignal): void {
    const { recorder } = this.#options;
    const jump = this.#watch.check(latenessMs);
    if (jump !== null) {
      this.#desks.clockJumped();
      this.#epoch.board.forget();
      this.#epoch.quiet.clear();
      recorder.fleet({ kind: 'clock-jumped', ...jump });
    }
    const { wanted, busyApps: stillBusy } = rounds;
    this.#desks.tick(wanted.keys(), stopping);
    this.#absences.sweep(stopping);
    recorder.fleet({ kind: 'tick', latenessMs, apps: wanted.size, stillBusy });
    // Apps in a queue or in work are collected too: when their turn comes, the newest samples count.
    this.#epoch.board.collect(wanted, stopping);
    rounds.begin(dueMs);
  }

  /** Of those that are asked for by name, in no fleet. */
  async #passAlone(context: PassContext, app: string): Promise<void> {
    const dueMs = context.options.clock.elapsedMs();
    const metrics = context.board.metricsOf(context.apps.policiesOf(app));
    try {
      await context.board.arrived(app, metrics, context.life.stopping);
    } catch {
      return;
    }
    await runPass(context, app, dueMs);
    if (!this.#epoch.apps.has(app)) this.#forget(app);
  }

  #forget(app: string): void {
    this.#desks.drop(app);
    this.#inventory.current.drop(app);
    this.#seen.drop(app);
    this.#epoch.board.drop(app);
    this.#epoch.quiet.drop(app);
  }

  /** Passes under way end by themselves: their reads are aborted already, their calls when time is up. */
  async #drain(cutOff: AbortController, rounds: Rounds): Promise<void> {
    const drained = new AbortController();
    this.#options.clock.sleep(CUT_OFF_MS, drained.signal).then(
      () => cutOff.abort(aborted('the process stops', true)),
      () => undefined,
    );
    const idle = [this.#epoch.idle(), this.#inventory.idle()];
    await Promise.all([...idle, ...this.#retiring, ...rounds.passes]);
    await this.#desks.secure();
    drained.abort();
  }
}

/** Resolves early when the signal aborts. */
async function sleepUntil(clock: Clock, atMs: number, signal: AbortSignal): Promise<void> {
  await clock.sleep(atMs - clock.elapsedMs(), signal).catch(() => undefined);
}
