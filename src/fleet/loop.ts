/** The control loop: a tick every interval, one pass per app and tick, and an orderly end. */
import { instant, type Clock } from '../clock.js';
import type { PassReport } from '../ports.js';
import { sharedController } from './abort.js';
import { Apps } from './apps.js';
import { ClockWatch } from './clock-watch.js';
import { aborted } from './failure.js';
import { GrantDesk } from './grant-desk.js';
import { createInventory, type Inventory } from './inventory/index.js';
import { createLaunchIds } from './launch-id.js';
import { Memories } from './memories.js';
import type { FleetOptions } from './options.js';
import type { PassContext } from './pass-context.js';
import { runPass } from './pass.js';
import { QuietApps } from './quiet.js';
import { SampleBoard } from './samples.js';
import { Slots } from './slots.js';
import type { Life } from './turn.js';

/** Calls under way get this long when the process stops; giving back leases takes up to two seconds more, and Fly kills after five. */
const CUT_OFF_MS = 1500;
/** Creates of an earlier process show in every list by then. */
const YOUNG_PROCESS_MS = 120_000;

const NOTHING: ReadonlySet<string> = new Set();

/** One for the whole run: with thousands of apps a closure for each would be made anew at every tick. */
interface LoopContext extends PassContext {
  readonly onSamples: (app: string) => void;
}

type Wanted = ReadonlyMap<string, ReadonlySet<string>>;

export interface Fleet {
  /** Runs until the signal aborts, then begins nothing new and resolves within 4 seconds. Call it once. */
  run(signal: AbortSignal): Promise<void>;
  /**
   * One dry pass over the named apps, or over all that the policies match; one report for each app and policy.
   * Rejects with `AppError` when the app list cannot be read.
   */
  passOnce(apps: readonly string[] | null, signal: AbortSignal): Promise<readonly PassReport[]>;
}

export function createFleet(options: FleetOptions, inventory?: Inventory): Fleet {
  return new Loop(options, inventory ?? createInventory(options));
}

class Loop implements Fleet {
  readonly #options: FleetOptions;
  readonly #inventory: Inventory;
  readonly #memories = new Memories();
  readonly #apps: Apps;
  readonly #board: SampleBoard;
  readonly #desk: GrantDesk;
  readonly #slots: Slots;
  readonly #watch: ClockWatch;
  readonly #startedAtMs: number;
  readonly #quiet: QuietApps;
  /** App -> when its pass was due, in monotonic time; from the wait for its metrics to its report. */
  readonly #busy = new Map<string, number>();
  /** App -> its pass, once that has begun. */
  readonly #passes = new Map<string, Promise<void>>();
  /** App -> when a pass was due that the one before is in the way of. */
  readonly #overdue = new Map<string, number>();
  /** What the apps of the fleet read, until the fleet changes. */
  #wanted: { readonly revision: number; readonly metrics: Wanted } | null = null;
  /** Found to be as they were, not told yet. */
  #unchanged: string[] = [];
  /** Apps of which a first count was begun, or was not needed. */
  readonly #uncounted = new Set<string>();
  /** Of these, the ones that are being counted now. */
  readonly #counting = new Set<string>();
  readonly #wary = new Set<string>();

  constructor(options: FleetOptions, inventory: Inventory) {
    const { clock, intervalMs } = options;
    this.#options = options;
    this.#inventory = inventory;
    this.#apps = new Apps(options, (app) => this.#forget(app));
    this.#board = new SampleBoard(options);
    this.#desk = new GrantDesk({
      clock,
      maxMachines: options.maxMachines,
      knownMachines: () => inventory.knownMachines,
      uncountedApps: () => [...this.#uncounted],
    });
    this.#quiet = new QuietApps(inventory, this.#board);
    this.#slots = new Slots(options.concurrency);
    this.#watch = new ClockWatch(clock, intervalMs);
    this.#startedAtMs = clock.elapsedMs();
  }

  async run(signal: AbortSignal): Promise<void> {
    const stopping = sharedController();
    const cutOff = sharedController();
    const stop = (): void => stopping.abort(aborted('the process stops'));
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    const life: Life = { stopping: stopping.signal, cutOff: cutOff.signal };
    const listing = Promise.all([
      this.#apps.keepListing(life.stopping),
      this.#inventory.keep(life.stopping),
    ]);
    try {
      await this.#apps.begin(life.stopping);
      const context: LoopContext = {
        ...this.#context(life),
        onSamples: (app) => this.#go(context, app),
      };
      await this.#tickUntil(context);
    } catch (error) {
      if (!life.stopping.aborted) throw error;
    } finally {
      stop();
      signal.removeEventListener('abort', stop);
      await this.#drain(cutOff, listing);
    }
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
      ...this.#context(life),
      isDryRun: true,
      report: (report) => reports.push(report),
    };
    const apps = named ?? (await this.#apps.readOnce(signal));
    this.#board.collect(this.#metricsOf(apps), ending.signal);
    await Promise.all(apps.map((app) => this.#passAlone(context, app)));
    signal.throwIfAborted();
    return reports;
  }

  #context(life: Life): PassContext {
    const { clock, random, recorder, isDryRun } = this.#options;
    return {
      options: this.#options,
      isDryRun,
      apps: this.#apps,
      board: this.#board,
      inventory: this.#inventory,
      desk: this.#desk,
      slots: this.#slots,
      memories: this.#memories,
      quiet: this.#quiet,
      wary: this.#wary,
      life,
      launchIds: createLaunchIds(clock, random),
      isYoungProcess: () => clock.elapsedMs() - this.#startedAtMs < YOUNG_PROCESS_MS,
      report: (report) => recorder.pass(report),
    };
  }

  async #tickUntil(context: LoopContext): Promise<void> {
    const { clock, intervalMs } = this.#options;
    const { stopping } = context.life;
    let dueMs = clock.elapsedMs();
    while (!stopping.aborted) {
      const latenessMs = clock.elapsedMs() - dueMs;
      this.#tick(context, dueMs, latenessMs);
      // After standing still for longer than an interval there is nothing to catch up on: state is what counts.
      dueMs = latenessMs < intervalMs ? dueMs + intervalMs : clock.elapsedMs() + intervalMs;
      await sleepUntil(clock, dueMs, stopping);
    }
  }

  /** Begins all that is due, and waits for nothing. */
  #tick(context: LoopContext, dueMs: number, latenessMs: number): void {
    const { recorder } = this.#options;
    const jump = this.#watch.check(latenessMs);
    if (jump !== null) {
      this.#memories.forgetHistories(instant(this.#options.clock));
      this.#board.forget();
      this.#quiet.clear();
      recorder.fleet({ kind: 'clock-jumped', ...jump });
    }
    const wanted = this.#wantedNow();
    const stillBusy = this.#busy.size;
    recorder.fleet({ kind: 'tick', latenessMs, apps: wanted.size, stillBusy });
    this.#countFirst([...wanted.keys()], context.life.stopping);
    // Apps in a queue or in work are collected too: when their turn comes, the newest samples count.
    this.#board.collect(wanted, context.life.stopping);
    for (const app of wanted.keys()) {
      if (!this.#busy.has(app)) this.#begin(context, app, dueMs);
      else if (this.#passes.has(app) && !this.#overdue.has(app)) this.#overdue.set(app, dueMs);
    }
  }

  #wantedNow(): Wanted {
    const { revision } = this.#apps;
    if (this.#wanted?.revision !== revision) {
      this.#wanted = { revision, metrics: this.#metricsOf(this.#apps.current()) };
    }
    return this.#wanted.metrics;
  }

  #metricsOf(apps: readonly string[]): Wanted {
    return new Map(apps.map((app) => [app, this.#board.metricsOf(this.#apps.policiesOf(app))]));
  }

  /** Its pass begins as soon as its metrics are there. */
  #begin(context: LoopContext, app: string, dueMs: number): void {
    this.#busy.set(app, dueMs);
    const metrics = this.#wantedNow().get(app) ?? NOTHING;
    if (!this.#board.wait(app, metrics, context.onSamples)) this.#go(context, app);
  }

  /** One that would be decided as before is not decided again. */
  #go(context: LoopContext, app: string): void {
    const dueMs = this.#busy.get(app) ?? this.#options.clock.elapsedMs();
    if (context.life.stopping.aborted) return;
    if (this.#quiet.isQuiet(app)) {
      this.#busy.delete(app);
      this.#noteUnchanged(app, dueMs);
      return;
    }
    const pass = runPass(context, app, dueMs).finally(() => this.#end(context, app));
    this.#passes.set(app, pass);
  }

  #end(context: LoopContext, app: string): void {
    this.#busy.delete(app);
    this.#passes.delete(app);
    const overdueMs = this.#overdue.get(app);
    this.#overdue.delete(app);
    if (!this.#apps.has(app)) this.#forget(app);
    else if (overdueMs !== undefined) this.#begin(context, app, overdueMs);
  }

  /** Those of one turn are told together. */
  #noteUnchanged(app: string, dueMs: number): void {
    this.#unchanged.push(app);
    if (this.#unchanged.length > 1) return;
    void this.#options.clock.sleep(0).then(() => this.#tellUnchanged(dueMs));
  }

  #tellUnchanged(dueMs: number): void {
    const { clock, recorder } = this.#options;
    const apps = this.#unchanged;
    this.#unchanged = [];
    const latenessMs = clock.elapsedMs() - dueMs;
    recorder.fleet({ kind: 'apps-unchanged', apps, atMs: clock.now(), latenessMs });
  }

  /** Of those that are asked for by name, in no fleet. */
  async #passAlone(context: PassContext, app: string): Promise<void> {
    const { clock } = this.#options;
    const dueMs = clock.elapsedMs();
    const metrics = this.#board.metricsOf(this.#apps.policiesOf(app));
    try {
      await this.#board.arrived(app, metrics, context.life.stopping);
    } catch {
      return;
    }
    await runPass(context, app, dueMs);
    if (!this.#apps.has(app)) this.#forget(app);
  }

  /**
   * With a ceiling for the fleet each app is counted once before anything is created, whatever its metrics do: a ceiling
   * means nothing while part of the fleet is unknown. An app that cannot be counted holds the creates of all, and is named.
   */
  #countFirst(apps: readonly string[], stopping: AbortSignal): void {
    if (this.#options.maxMachines === null) return;
    for (const app of apps) {
      if (this.#inventory.hasCounted(app)) this.#uncounted.delete(app);
      else this.#uncounted.add(app);
    }
    for (const app of this.#uncounted) {
      if (this.#counting.has(app)) continue;
      this.#counting.add(app);
      void this.#count(app, stopping);
    }
  }

  async #count(app: string, stopping: AbortSignal): Promise<void> {
    try {
      await this.#inventory.view(app, stopping);
      this.#uncounted.delete(app);
    } catch {
      // The next tick tries again; the app's own pass says what is wrong.
    } finally {
      this.#counting.delete(app);
    }
  }

  #forget(app: string): void {
    this.#memories.drop(app);
    this.#board.drop(app);
    this.#inventory.drop(app);
    this.#uncounted.delete(app);
    this.#wary.delete(app);
    this.#quiet.drop(app);
  }

  /** Passes under way end by themselves: their reads are aborted already, their calls when time is up. */
  async #drain(cutOff: AbortController, listing: Promise<unknown>): Promise<void> {
    const drained = new AbortController();
    this.#options.clock.sleep(CUT_OFF_MS, drained.signal).then(
      () => cutOff.abort(aborted('the process stops', true)),
      () => undefined,
    );
    await Promise.all([listing, this.#board.idle(), ...this.#passes.values()]);
    drained.abort();
  }
}

/** Resolves early when the signal aborts. */
async function sleepUntil(clock: Clock, atMs: number, signal: AbortSignal): Promise<void> {
  await clock.sleep(atMs - clock.elapsedMs(), signal).catch(() => undefined);
}
