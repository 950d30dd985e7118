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
import { SampleBoard } from './samples.js';
import { Slots } from './slots.js';
import type { Life } from './turn.js';

/** Calls under way get this long when the process stops; giving back leases takes up to two seconds more, and Fly kills after five. */
const CUT_OFF_MS = 1500;
/** Creates of an earlier process show in every list by then. */
const YOUNG_PROCESS_MS = 120_000;

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
  /** App -> its pass, from the wait for its metrics to its report. */
  readonly #busy = new Map<string, Promise<void>>();
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
      await this.#tickUntil(this.#context(life));
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
    this.#collect(apps, ending.signal);
    await Promise.all(apps.map((app) => this.#pass(context, app)));
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
      wary: this.#wary,
      life,
      launchIds: createLaunchIds(clock, random),
      isYoungProcess: () => clock.elapsedMs() - this.#startedAtMs < YOUNG_PROCESS_MS,
      report: (report) => recorder.pass(report),
    };
  }

  async #tickUntil(context: PassContext): Promise<void> {
    const { clock, intervalMs } = this.#options;
    const { stopping } = context.life;
    let dueMs = clock.elapsedMs();
    while (!stopping.aborted) {
      const latenessMs = clock.elapsedMs() - dueMs;
      this.#tick(context, latenessMs);
      // After standing still for longer than an interval there is nothing to catch up on: state is what counts.
      dueMs = latenessMs < intervalMs ? dueMs + intervalMs : clock.elapsedMs() + intervalMs;
      await sleepUntil(clock, dueMs, stopping);
    }
  }

  /** Begins all that is due, and waits for nothing. */
  #tick(context: PassContext, latenessMs: number): void {
    const { recorder } = this.#options;
    const jump = this.#watch.check(latenessMs);
    if (jump !== null) {
      this.#memories.forgetHistories(instant(this.#options.clock));
      this.#board.forget();
      recorder.fleet({ kind: 'clock-jumped', ...jump });
    }
    const apps = this.#apps.current();
    const due = apps.filter((app) => !this.#busy.has(app));
    const stillBusy = apps.length - due.length;
    recorder.fleet({ kind: 'tick', latenessMs, apps: apps.length, stillBusy });
    this.#countFirst(apps, context.life.stopping);
    // Apps in a queue or in work are collected too: when their turn comes, the newest samples count.
    this.#collect(apps, context.life.stopping);
    for (const app of due) {
      const pass = this.#pass(context, app).finally(() => this.#busy.delete(app));
      this.#busy.set(app, pass);
    }
  }

  #collect(apps: readonly string[], signal: AbortSignal): void {
    const metricsOf = (app: string): ReadonlySet<string> =>
      this.#board.metricsOf(this.#apps.policiesOf(app));
    this.#board.collect(new Map(apps.map((app) => [app, metricsOf(app)])), signal);
  }

  async #pass(context: PassContext, app: string): Promise<void> {
    const metrics = this.#board.metricsOf(this.#apps.policiesOf(app));
    try {
      await this.#board.arrived(app, metrics, context.life.stopping);
    } catch {
      return;
    }
    await runPass(context, app);
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
  }

  /** Passes under way end by themselves: their reads are aborted already, their calls when time is up. */
  async #drain(cutOff: AbortController, listing: Promise<unknown>): Promise<void> {
    const drained = new AbortController();
    this.#options.clock.sleep(CUT_OFF_MS, drained.signal).then(
      () => cutOff.abort(aborted('the process stops', true)),
      () => undefined,
    );
    await Promise.all([listing, this.#board.idle(), ...this.#busy.values()]);
    drained.abort();
  }
}

/** Resolves early when the signal aborts. */
async function sleepUntil(clock: Clock, atMs: number, signal: AbortSignal): Promise<void> {
  await clock.sleep(atMs - clock.elapsedMs(), signal).catch(() => undefined);
}
