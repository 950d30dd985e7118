/** What a fleet remembers from pass to pass and from one configuration to the next. */
import { instant } from '../../seams/clock.js';
import type { BrakeSettings } from '../../core/fleet-wide/brake.js';
import { toAppError } from '../../core/model/errors.js';
import { horizonsOf } from '../../core/memory/history.js';
import { BrakeDesk } from '../memory/brake-desk.js';
import { stillReads, type Epoch } from './epoch.js';
import { FirstCounts } from '../view/first-counts.js';
import { GrantDesk } from '../memory/grant-desk.js';
import { HistoryDesk } from '../memory/history-desk.js';
import type { Inventory } from '../inventory/index.js';
import { Memories } from '../memory/memories.js';
import type { FleetOptions } from '../base/options.js';
import type { PassContext } from '../pass/pass-context.js';
import { areAllPauses, PauseDesk } from '../memory/pause-desk.js';
import { Wary } from '../pass/wary.js';
import { type Json, LOST_STATE } from '../../seams/store.js';
import type { Operator } from '../../seams/operator.js';

/** What is measured while it is off, and nobody asks. */
const BRAKE_OFF: BrakeSettings = { share: 1, windowMs: 60_000, letGoAfterMs: 600_000 };

const LEAST_LOSS_MS = 3_600_000;

type DeskParts = Pick<PassContext, 'brake' | 'desk' | 'histories' | 'memories' | 'pauses' | 'wary'>;

/** What is in use at the time of the call; a new configuration may replace it. */
export interface InUse {
  readonly epoch: () => Epoch;
  readonly inventory: () => Inventory;
  /** Machines that lists lack and that count as present. */
  readonly absentMachines: () => number;
  /** Apps whose pass is on its way and reads what the source gives. */
  readonly comingApps: (source: string) => Iterable<string>;
}

export class Desks {
  readonly #inUse: InUse;
  readonly #histories: HistoryDesk;
  readonly #memories: Memories;
  readonly #grants: GrantDesk;
  readonly #pauses: PauseDesk;
  readonly #brake: BrakeDesk;
  readonly #counts: FirstCounts;
  readonly #wary = new Wary();
  /** True while the brake may know more than what the apps of the fleet read. */
  #isBrakeStale = false;
  /** Of the store, when all that is known was in it. */
  #generation: number;
  /** True while what an earlier process left cannot be read. */
  #isUnread = false;

  constructor({ clock, state, random, recorder }: FleetOptions, inUse: InUse) {
    this.#inUse = inUse;
    this.#generation = state.generation;
    this.#histories = new HistoryDesk(clock, state);
    this.#memories = new Memories((app) => this.#histories.of(app));
    this.#counts = new FirstCounts(inUse.inventory);
    this.#grants = new GrantDesk({
      clock,
      intervalMs: () => this.#options.intervalMs,
      maxMachines: () => this.#options.maxMachines,
      maxCreatesPerMinute: () => this.#options.maxCreatesPerMinute,
      maxRemovalsPerMinute: () => this.#options.maxRemovalsPerMinute,
      store: state,
      knownMachines: () => inUse.inventory().knownMachines + inUse.absentMachines(),
      uncountedApps: () => this.#counts.open,
    });
    this.#pauses = new PauseDesk(state, clock, random);
    this.#brake = new BrakeDesk({
      clock,
      recorder,
      store: state,
      settings: () => this.#options.brake ?? BRAKE_OFF,
      patienceMs: () => this.#options.intervalMs / 2,
      addressOf: (source) => this.#options.addressOf?.(source) ?? null,
      appsOf: (source) => this.#appsThatRead(source),
      comingApps: inUse.comingApps,
    });
  }

  /** What passes of that configuration use. */
  forPasses({ brake }: FleetOptions): DeskParts {
    return {
      brake: brake === null ? null : this.#brake,
      desk: this.#grants,
      histories: this.#histories,
      memories: this.#memories,
      pauses: this.#pauses,
      wary: this.#wary,
    };
  }

  get operator(): Operator {
    const brake = this.#brake;
    const pauses = this.#pauses;
    return {
      pauses: () => pauses.all(),
      arePausesKnown: () => pauses.areKnown,
      pause: (order) => pauses.pause(order),
      resume: (app, policy) => pauses.resume(app, policy),
      brakes: () => brake.statuses(),
      releaseBrake: async (source) => brake.release(source),
    };
  }

  /**
   * Takes up what an earlier process left. Without it the fleet begins as after a first start, but for what shrinks: that
   * waits until it can be read, which each tick tries again.
   */
  async restore(): Promise<void> {
    const { state, recorder } = this.#options;
    let stored: ReadonlyMap<string, Json>;
    try {
      stored = await state.load();
    } catch (error) {
      if (!this.#isUnread) recorder.fleet({ kind: 'state-failed', error: toAppError(error) });
      this.#isUnread = true;
      this.#pauses.holdUnread();
      return;
    }
    this.#isUnread = false;
    const isLossy = state.hasLost === true || !areAllPauses(stored);
    this.#restoreFrom(stored, isLossy ? this.#lossMs : null);
    const { lossUntilMs } = this.#pauses;
    // After a restart too: somebody is to hear of it.
    if (lossUntilMs !== null) recorder.fleet({ kind: 'state-lost', untilMs: lossUntilMs });
    if (isLossy) await this.#secureLoss();
    // Histories of what is gone go before anything is done that they lack: after a crash they would be believed.
    await this.#histories.secure();
  }

  /** Call it at each tick, before the passes. `apps`: those of the fleet. */
  tick(apps: Iterable<string>, stopping: AbortSignal): void {
    if (this.#isUnread) void this.restore();
    if (this.#isStoreBehind) void this.#writeAgain();
    if (this.#isBrakeStale) this.#forgetUnread();
    if (this.#options.brake !== null) this.#brake.tick();
    if (this.#options.maxMachines !== null) this.#counts.begin(apps, stopping);
  }

  /** Times from before the jump say nothing any more. */
  clockJumped(): void {
    this.#memories.forgetHistories(instant(this.#options.clock));
    this.#brake.forget();
    void this.#writeAgain();
  }

  /** Call it when nothing works by the earlier configuration any more. */
  reconfigured(): void {
    if (this.#options.brake === null) this.#brake.switchOff();
    this.#forgetUnread();
  }

  /** The app has left the fleet. */
  drop(app: string): void {
    this.#memories.drop(app);
    this.#histories.drop(app);
    this.#grants.drop(app);
    this.#brake.drop(app);
    this.#counts.drop(app);
    this.#wary.drop(app);
  }

  /** Resolves when what is to survive a restart is stored, as far as it can be. */
  async secure(): Promise<void> {
    if (this.#isStoreBehind) await this.#writeAgain();
    await this.#histories.secure();
  }

  get #options(): FleetOptions {
    return this.#inUse.epoch().options;
  }

  /** All that is known; what the store has lost, at each tick until it has it. */
  async #writeAgain(): Promise<void> {
    const { state, recorder } = this.#options;
    const { generation } = state;
    this.#histories.rewrite();
    this.#grants.rewrite();
    try {
      const known = [...this.#pauses.stored(), ...this.#brake.stored()];
      // What got lost by damage while all of it was known here is there again.
      await state.commit(new Map(this.#isUnread ? known : [...known, [LOST_STATE, null]]));
      this.#generation = generation;
    } catch (error) {
      recorder.fleet({ kind: 'state-failed', error: toAppError(error) });
    }
  }

  get #isStoreBehind(): boolean {
    return this.#options.state.generation !== this.#generation;
  }

  /** For so long nothing shrinks where state got lost: as long as any rule looks back, and long enough for somebody to look. */
  get #lossMs(): number {
    const windows = this.#options.policies.flatMap((policy) => {
      const reach = horizonsOf(policy)?.reach;
      const { scaleUp, scaleDown } = policy.behavior;
      return [
        reach?.downWindowMs ?? 0,
        reach?.periodMs ?? 0,
        scaleUp.cooldownMs,
        scaleDown.cooldownMs,
      ];
    });
    return Math.max(LEAST_LOSS_MS, ...windows);
  }

  /** After that the store need not say any more that it lost something. */
  async #secureLoss(): Promise<void> {
    try {
      await this.#pauses.secureLoss();
    } catch (error) {
      this.#options.recorder.fleet({ kind: 'state-failed', error: toAppError(error) });
    }
  }

  #restoreFrom(stored: ReadonlyMap<string, Json>, lossMs: number | null): void {
    this.#pauses.restore(stored, lossMs);
    this.#grants.restore(stored);
    if (this.#options.brake === null) this.#brake.switchOff(stored);
    else this.#brake.restore(stored);
    this.#isBrakeStale = true;
    const { isDryRun, policies } = this.#options;
    const names = new Set(policies.map(({ name }) => name));
    // A policy that is not there any more, and may come back, is to know nothing. To a dry run that says nothing.
    this.#histories.load(stored, (policy) => isDryRun || names.has(policy));
  }

  /** Of apps, policies and metrics that are gone the brake would never hear that they are well again. */
  #forgetUnread(): void {
    const epoch = this.#inUse.epoch();
    this.#isBrakeStale = !epoch.apps.areKnown;
    this.#brake.keepOnly((source, count) => stillReads(epoch, source, count));
  }

  *#appsThatRead(source: string): Iterable<string> {
    const { apps, board } = this.#inUse.epoch();
    for (const app of apps.current()) {
      if (board.metricsOf(apps.policiesOf(app)).has(source)) yield app;
    }
  }
}
