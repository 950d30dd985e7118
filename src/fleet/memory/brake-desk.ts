/**
 * The fleet brake at work: hears every decision, and answers who may not shrink. A source is a collector, named by its key:
 * the metric's name, or `policy/metric` for one of a policy's own.
 */
import { instant, type Clock } from '../../seams/clock.js';
import { SourceBrake, type BrakeChange, type BrakeSettings } from '../../core/fleet-wide/brake.js';
import type { StoredBrake } from '../../core/fleet-wide/brake-stored.js';
import { brakeReadings } from '../../core/fleet-wide/brake-readings.js';
import type { UnitName } from '../../core/fleet-wide/brake-unit.js';
import type { DecisionInput, Proposal } from '../../core/model/decision.js';
import { NO_ORDERS } from '../../core/model/orders.js';
import { collectorKey, metricsOf, type Policy } from '../../core/model/policy.js';
import { reason, type Reason } from '../../core/model/reason.js';
import { toAppError } from '../../core/model/errors.js';
import type { Json, StateStore } from '../../seams/store.js';
import type { BrakeStatus } from '../../seams/operator.js';
import type { FleetEvent, Recorder } from '../../seams/events.js';

type Told = Extract<FleetEvent, { kind: 'brake' }>;

/** Of the keys in the state store. */
const PREFIX = 'brake/';
/** After a start so long is waited for apps that have not been judged, at most. */
const START_MS = 60_000;
const LISTEN_AGAIN_MS = 20;

export interface BrakeDeskOptions {
  readonly clock: Clock;
  /** May change while it runs. */
  readonly settings: () => BrakeSettings;
  /** A removal waits so long for other apps of its source to be decided, at most. May change while it runs. */
  readonly patienceMs: () => number;
  /** Apps of the fleet whose policies depend on what that collector gives. */
  readonly appsOf: (source: string) => Iterable<string>;
  /** Those of them whose pass is on its way. */
  readonly comingApps: (source: string) => Iterable<string>;
  /** Sources of one address whose brakes are on are one: apps are let go, and operators release them, as a whole. */
  readonly addressOf: (source: string) => string | null;
  /** Where brakes that are on survive a restart. */
  readonly store: StateStore;
  readonly recorder: Recorder;
}

export class BrakeDesk {
  readonly #options: BrakeDeskOptions;
  readonly #startedAtMs: number;
  /** Source -> its brake. */
  readonly #brakes = new Map<string, SourceBrake>();
  /** Source -> apps that were judged or failed since the start; null once they all were. */
  readonly #judged = new Map<string, Set<string> | null>();
  /** App -> sources on which the pass under way has decided. */
  readonly #decided = new Map<string, Set<string>>();
  /** Source -> the wait that all who want to shrink on it share. */
  readonly #hearing = new Map<string, Promise<void>>();

  constructor(options: BrakeDeskOptions) {
    this.#options = options;
    this.#startedAtMs = options.clock.elapsedMs();
  }

  /** Its pass is over; `sources`: what the app reads. One that failed is not waited for either. */
  ended(app: string, sources: Iterable<string>): void {
    this.#decided.delete(app);
    for (const source of sources) this.#judgedOf(source)?.add(app);
  }

  /** Every decision is told, whatever it wants. `signal`: ends what that sets off. */
  note(input: DecisionInput, proposal: Proposal, signal: AbortSignal): void {
    const sources = [...input.samples.keys()].map((metric) => collectorKey(input.policy, metric));
    const decided = this.#decided.get(input.app) ?? new Set();
    this.#decided.set(input.app, decided);
    for (const source of sources) {
      this.#judgedOf(source)?.add(input.app);
      decided.add(source);
    }
    for (const { metric, reading } of brakeReadings(input, proposal)) {
      const source = collectorKey(input.policy, metric);
      const brake = this.#brakeOf(source);
      brake.note(reading, input.now.elapsedMs);
      // Not only when somebody asks: while all are held for another reason nobody does, and references grow old.
      if (brake.mayHaveFallen && !this.#hearing.has(source)) {
        void this.#heard(source, signal).catch(() => undefined);
      }
    }
  }

  get isAnyOn(): boolean {
    return [...this.#brakes.values()].some(({ isOn }) => isOn);
  }

  /** Metrics of the policy whose brake holds the app, each with why. */
  braked(app: string, policy: Policy): Readonly<Record<string, string>> {
    let held: Record<string, string> | null = null;
    const nowMs = this.#options.clock.elapsedMs();
    for (const metric of metricsOf(policy)) {
      const brake = this.#brakes.get(collectorKey(policy, metric));
      const why = brake?.whyHeld(app, nowMs) ?? null;
      if (why === null) continue;
      held ??= {};
      held[metric] = why;
    }
    return held ?? NO_ORDERS.braked;
  }

  /**
   * Resolves when the fleet has been heard, with why the app may not shrink; null: it may.
   * Rejects when the signal aborts.
   */
  async whyHeld(
    app: string,
    sources: ReadonlySet<string>,
    signal: AbortSignal,
  ): Promise<Reason | null> {
    await Promise.all([...sources].map((source) => this.#heard(source, signal)));
    const nowMs = this.#options.clock.elapsedMs();
    for (const source of sources) {
      this.#judge(source);
      const why = this.#brakes.get(source)?.whyHeld(app, nowMs) ?? null;
      if (why !== null) return reason('fleet-brake', `${source}: ${why}`);
    }
    return this.whyUnjudged(sources);
  }

  /** Why nothing that reads these may shrink yet, nor removals go on; null: every app was judged since the start. */
  whyUnjudged(sources: ReadonlySet<string>): Reason | null {
    for (const source of sources) {
      const unjudged = this.#unjudged(source);
      const detail = `${source}: ${unjudged} apps have not been judged since the start`;
      if (unjudged > 0) return reason('fleet-brake', detail);
    }
    return null;
  }

  /** Call it at each tick: apps that are held ask for nothing, so nobody else would find that a brake may begin or end. */
  tick(): void {
    for (const source of this.#brakes.keys()) this.#judge(source);
  }

  statuses(): readonly BrakeStatus[] {
    const now = instant(this.#options.clock);
    return [...this.#brakes].map(([source, brake]) => {
      const { able, down } = brake.countAt(now.elapsedMs);
      return {
        source,
        isOn: brake.isOn,
        sinceMs: brake.onSinceMs === null ? null : now.wallMs - (now.elapsedMs - brake.onSinceMs),
        apps: able,
        fallen: down,
      };
    });
  }

  /** False when no brake was on there. */
  release(source: string): boolean {
    if (this.#brakes.get(source)?.isOn !== true) return false;
    for (const [other, brake] of this.#onTogether(source)) {
      if (brake.release(this.#options.clock.elapsedMs())) this.#changed(other, 'released', brake);
    }
    return true;
  }

  /** The brakes that are on for sources of its address: when they trip together they are one. */
  #onTogether(source: string): readonly (readonly [string, SourceBrake])[] {
    const { addressOf } = this.#options;
    const address = addressOf(source);
    return [...this.#brakes].filter(
      ([other, { isOn }]) =>
        isOn && (other === source || (address !== null && addressOf(other) === address)),
    );
  }

  /** As an earlier process left them: what was seen meanwhile of a source whose brake was on is seen again. */
  restore(stored: ReadonlyMap<string, Json>): void {
    const now = instant(this.#options.clock);
    for (const [key, value] of stored) {
      if (!key.startsWith(PREFIX)) continue;
      const source = key.slice(PREFIX.length);
      const brake = new SourceBrake(this.#options.settings);
      this.#brakes.set(source, brake);
      brake.restore(value as unknown as StoredBrake, now);
      this.#tell(source, 'restored', brake);
    }
  }

  /** What is to be in the store; null: nothing. */
  stored(brakes = [...this.#brakes]): ReadonlyMap<string, Json | null> {
    const now = instant(this.#options.clock);
    const of = (brake: SourceBrake): Json | null => brake.stored(now) as Json | null;
    return new Map(brakes.map(([source, brake]) => [PREFIX + source, of(brake)]));
  }

  /** The brake is not wanted: nothing of it is kept, also of what is in `stored`, or it would be in force when it is wanted again. */
  switchOff(stored: ReadonlyMap<string, Json> = new Map()): void {
    const nowMs = this.#options.clock.elapsedMs();
    for (const [source, brake] of this.#brakes) {
      if (brake.release(nowMs)) this.#changed(source, 'ended', brake);
    }
    this.#brakes.clear();
    const keys = [...stored.keys()].filter((key) => key.startsWith(PREFIX));
    if (keys.length > 0) void this.#commit(new Map(keys.map((key) => [key, null])));
  }

  /** The app leaves the fleet. */
  drop(app: string): void {
    for (const brake of this.#brakes.values()) brake.drop(app);
    this.#decided.delete(app);
  }

  /** What apps read is known, or is something else now. */
  keepOnly(reads: (source: string, count: UnitName) => boolean): void {
    for (const [source, brake] of this.#brakes) {
      brake.keepOnly((count) => reads(source, count));
      this.#judge(source);
      if (brake.isEmpty) this.#brakes.delete(source);
    }
  }

  /** The clocks jumped. */
  forget(): void {
    for (const brake of this.#brakes.values()) brake.forget();
  }

  #brakeOf(source: string): SourceBrake {
    const brake = this.#brakes.get(source) ?? new SourceBrake(this.#options.settings);
    this.#brakes.set(source, brake);
    return brake;
  }

  #changed(source: string, change: BrakeChange | 'released', brake: SourceBrake): void {
    this.#tell(source, change, brake);
    this.#keep(source, brake);
  }

  #tell(source: string, change: Told['change'], brake: SourceBrake): void {
    const { recorder } = this.#options;
    recorder.fleet({ kind: 'brake', source, change, isOn: brake.isOn, ...brake.count });
  }

  #keep(source: string, brake: SourceBrake): void {
    void this.#commit(this.stored([[source, brake]]));
  }

  async #commit(changes: ReadonlyMap<string, Json | null>): Promise<void> {
    const { recorder, store } = this.#options;
    try {
      await store.commit(changes);
    } catch (error) {
      recorder.fleet({ kind: 'state-failed', error: toAppError(error) });
    }
  }

  #judge(source: string): void {
    const brake = this.#brakes.get(source);
    if (brake === undefined) return;
    const together = brake.isOn ? this.#onTogether(source) : [];
    const brakes = together.map(([, each]) => each);
    const nowMs = this.#options.clock.elapsedMs();
    const change = brake.judge(nowMs, brakes, () => this.#unjudged(source));
    if (change === null) return;
    this.#changed(source, change, brake);
    if (change === 'tripped') return;
    // What was let go was let go for all of them.
    for (const [other, each] of together) if (each !== brake) this.#keep(other, each);
  }

  /** Many apps that fall together must be seen together: who came first waits for the others of its source. */
  #heard(source: string, signal: AbortSignal): Promise<void> {
    const hearing = this.#hearing.get(source) ?? this.#hear(source, signal);
    this.#hearing.set(source, hearing);
    return hearing;
  }

  async #hear(source: string, signal: AbortSignal): Promise<void> {
    const { clock, patienceMs } = this.#options;
    const endMs = clock.elapsedMs() + patienceMs();
    try {
      // What came in the same turn of the event loop is noted by then.
      await clock.sleep(0, signal);
      while (clock.elapsedMs() < endMs && this.#isComing(source)) {
        await clock.sleep(LISTEN_AGAIN_MS, signal);
      }
      this.#judge(source);
    } finally {
      this.#hearing.delete(source);
    }
  }

  #isComing(source: string): boolean {
    for (const app of this.#options.comingApps(source)) {
      if (this.#decided.get(app)?.has(source) !== true) return true;
    }
    return this.#unjudged(source) > 0;
  }

  /** Null when all apps were judged once since the start, or a minute has passed. */
  #judgedOf(source: string): Set<string> | null {
    const known = this.#judged.get(source);
    if (known === null) return null;
    const judged = known ?? new Set<string>();
    this.#judged.set(source, judged);
    if (this.#options.clock.elapsedMs() - this.#startedAtMs < START_MS) return judged;
    this.#judged.set(source, null);
    return null;
  }

  #unjudged(source: string): number {
    const judged = this.#judgedOf(source);
    if (judged === null) return 0;
    let unjudged = 0;
    for (const app of this.#options.appsOf(source)) if (!judged.has(app)) unjudged += 1;
    if (unjudged === 0) this.#judged.set(source, null);
    return unjudged;
  }
}
