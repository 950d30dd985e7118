/** The control loop: a tick every interval, one pass per app and tick, and an orderly end. */
import { instant, type Clock } from '../clock.js';
import type { BrakeSettings } from '../core/brake.js';
import { toAppError } from '../core/errors.js';
import type { Json, Operator, PassReport } from '../ports.js';
import { sharedController } from './abort.js';
import { BrakeDesk } from './brake-desk.js';
import { ClockWatch } from './clock-watch.js';
import { endedPolicies, Epoch, stillReads } from './epoch.js';
import { aborted } from './failure.js';
import { GrantDesk } from './grant-desk.js';
import { FirstCounts } from './first-counts.js';
import { HistoryDesk } from './history-desk.js';
import { createInventory, inventoryKey, type Inventory } from './inventory/index.js';
import { createLaunchIds } from './launch-id.js';
import { Memories } from './memories.js';
import type { FleetOptions } from './options.js';
import type { PassContext } from './pass-context.js';
import { runPass } from './pass.js';
import { PauseDesk } from './pause-desk.js';
import { Rounds } from './rounds.js';
import { Slots } from './slots.js';
import type { Life } from './turn.js';
import { Wary } from './wary.js';

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

export function createFleet(options: FleetOptions, inventory?: Inventory): Fleet {
  return new Loop(options, inventory ?? createInventory(options));
}

/** What is measured while it is off, and nobody asks. */
const BRAKE_OFF: BrakeSettings = { share: 1, windowMs: 60_000, letGoAfterMs: 600_000 };

class Loop implements Fleet {
  #epoch: Epoch;
  #inventory: Inventory;
  /** Ends what keeps the inventory up to date. */
  #inventoryEnds = new AbortController();
  /** What keeps inventories up to date. */
  readonly #keeping = new Set<Promise<void>>();
  readonly #memories: Memories;
  readonly #histories: HistoryDesk;
  readonly #desk: GrantDesk;
  readonly #slots: Slots;
  readonly #pauses: PauseDesk;
  readonly #brake: BrakeDesk;
  /** True while the brake may know more than what the apps of the fleet read. */
  #isBrakeStale = false;
  readonly #watch: ClockWatch;
  readonly #startedAtMs: number;
  readonly #launchIds: () => string;
  /** Since `run` began. */
  #rounds: Rounds | null = null;
  readonly #counts = new FirstCounts(() => this.#inventory);
  readonly #wary = new Wary();
  /** Since `run` began. */
  #life: Life | null = null;
  /** Earlier configurations that something still uses. */
  readonly #retiring = new Set<Promise<void>>();

  constructor(options: FleetOptions, inventory: Inventory) {
    const { clock, intervalMs } = options;
    this.#inventory = inventory;
    this.#histories = new HistoryDesk(clock, options.state);
    this.#memories = new Memories((app) => this.#histories.of(app));
    this.#epoch = this.#begin(options);
    this.#desk = new GrantDesk({
      clock,
      maxMachines: () => this.#options.maxMachines,
      maxCreatesPerMinute: () => this.#options.maxCreatesPerMinute,
      maxRemovalsPerMinute: () => this.#options.maxRemovalsPerMinute,
      store: options.state,
      knownMachines: () => this.#inventory.knownMachines,
      uncountedApps: () => this.#counts.open,
    });
    this.#slots = new Slots(options.concurrency);
    this.#pauses = new PauseDesk(options.state, clock, options.random);
    this.#brake = this.#openBrake(options);
    this.#watch = new ClockWatch(clock, intervalMs);
    this.#startedAtMs = clock.elapsedMs();
    this.#launchIds = createLaunchIds(clock, options.random);
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
    this.#keepInventory(life);
    try {
      await this.#restore();
      await this.#loadHistories();
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
    this.#replaceInventory(earlier.options, options);
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
    if (this.#options.brake === null) this.#brake.switchOff();
    this.#forgetUnread();
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

  /** Where machines are seen may be another with the configuration; what was known of them is then read anew. */
  #replaceInventory(earlier: FleetOptions, options: FleetOptions): void {
    if (inventoryKey(earlier) === inventoryKey(options)) return;
    this.#inventoryEnds.abort(aborted('the configuration is another'));
    this.#inventory = createInventory(options);
    if (this.#life !== null) this.#keepInventory(this.#life);
  }

  #keepInventory({ stopping }: Life): void {
    const ends = sharedController();
    this.#inventoryEnds = ends;
    stopping.addEventListener('abort', () => ends.abort(stopping.reason), {
      once: true,
      signal: ends.signal,
    });
    if (stopping.aborted) ends.abort(stopping.reason);
    const keeping = this.#inventory.keep(ends.signal).finally(() => this.#keeping.delete(keeping));
    this.#keeping.add(keeping);
  }

  get operator(): Operator {
    const brake = this.#brake;
    const pauses = this.#pauses;
    return {
      pauses: () => pauses.all(),
      pause: (order) => pauses.pause(order),
      resume: (app, policy) => pauses.resume(app, policy),
      brakes: () => brake.statuses(),
      releaseBrake: async (source) => brake.release(source),
    };
  }

  #openBrake({ clock, intervalMs, recorder, state }: FleetOptions): BrakeDesk {
    return new BrakeDesk({
      clock,
      recorder,
      store: state,
      settings: () => this.#options.brake ?? BRAKE_OFF,
      patienceMs: intervalMs / 2,
      addressOf: (source) => this.#options.addressOf?.(source) ?? null,
      appsOf: (source) => this.#appsThatRead(source),
      comingApps: (source) => this.#rounds?.busyThatRead(source) ?? [],
    });
  }

  *#appsThatRead(source: string): Iterable<string> {
    for (const app of this.#epoch.apps.current()) {
      if (this.#epoch.board.metricsOf(this.#epoch.apps.policiesOf(app)).has(source)) yield app;
    }
  }

  /** What an earlier process left. Without it the loop begins as after a first start. */
  async #restore(): Promise<void> {
    const { state, recorder } = this.#options;
    let stored: ReadonlyMap<string, Json>;
    try {
      stored = await state.load();
    } catch (error) {
      recorder.fleet({ kind: 'state-failed', error: toAppError(error) });
      return;
    }
    this.#pauses.restore(stored);
    this.#desk.restore(stored);
    if (this.#options.brake === null) this.#brake.switchOff(stored);
    else this.#brake.restore(stored);
    this.#isBrakeStale = true;
  }

  /** A policy that is not there any more, and may come back, is to know nothing. To a dry run that says nothing. */
  #loadHistories(): Promise<void> {
    const { isDryRun, policies } = this.#options;
    const names = new Set(policies.map(({ name }) => name));
    return this.#histories.load((policy) => isDryRun || names.has(policy));
  }

  get #options(): FleetOptions {
    return this.#epoch.options;
  }

  #begin(options: FleetOptions): Epoch {
    return new Epoch(options, this.#inventory, (app) => this.#forget(app));
  }

  #context(life: Life, { options, apps, board, quiet, over }: Epoch): PassContext {
    const { clock, recorder, isDryRun } = options;
    return {
      options,
      isDryRun,
      apps,
      board,
      inventory: this.#inventory,
      desk: this.#desk,
      brake: options.brake === null ? null : this.#brake,
      pauses: this.#pauses,
      slots: this.#slots,
      memories: this.#memories,
      quiet,
      histories: this.#histories,
      wary: this.#wary,
      life,
      over,
      launchIds: this.#launchIds,
      isYoungProcess: () => clock.elapsedMs() - this.#startedAtMs < YOUNG_PROCESS_MS,
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
      this.#memories.forgetHistories(instant(this.#options.clock));
      this.#epoch.board.forget();
      this.#epoch.quiet.clear();
      this.#brake.forget();
      this.#histories.rewrite();
      this.#desk.rewrite();
      recorder.fleet({ kind: 'clock-jumped', ...jump });
    }
    if (this.#isBrakeStale) this.#forgetUnread();
    if (this.#options.brake !== null) this.#brake.tick();
    const { wanted, busyApps: stillBusy } = rounds;
    recorder.fleet({ kind: 'tick', latenessMs, apps: wanted.size, stillBusy });
    if (this.#options.maxMachines !== null) this.#counts.begin(wanted.keys(), stopping);
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

  /** Of apps, policies and metrics that are gone the brake would never hear that they are well again. */
  #forgetUnread(): void {
    const epoch = this.#epoch;
    this.#isBrakeStale = !epoch.apps.areKnown;
    this.#brake.keepOnly((source, count) => stillReads(epoch, source, count));
  }

  #forget(app: string): void {
    this.#memories.drop(app);
    this.#histories.drop(app);
    this.#epoch.board.drop(app);
    this.#brake.drop(app);
    this.#inventory.drop(app);
    this.#counts.drop(app);
    this.#wary.drop(app);
    this.#epoch.quiet.drop(app);
  }

  /** Passes under way end by themselves: their reads are aborted already, their calls when time is up. */
  async #drain(cutOff: AbortController, rounds: Rounds): Promise<void> {
    const drained = new AbortController();
    this.#options.clock.sleep(CUT_OFF_MS, drained.signal).then(
      () => cutOff.abort(aborted('the process stops', true)),
      () => undefined,
    );
    const keeping = [...this.#retiring, ...this.#keeping];
    await Promise.all([this.#epoch.idle(), ...keeping, ...rounds.passes]);
    await this.#histories.secure();
    drained.abort();
  }
}

/** Resolves early when the signal aborts. */
async function sleepUntil(clock: Clock, atMs: number, signal: AbortSignal): Promise<void> {
  await clock.sleep(atMs - clock.elapsedMs(), signal).catch(() => undefined);
}
