/** The fleet brake at work: hears every decision, and answers who may not shrink. */
import { instant, type Clock } from '../clock.js';
import {
  SourceBrake,
  type BrakeChange,
  type BrakeSettings,
  type StoredBrake,
} from '../core/brake.js';
import { brakeReadings } from '../core/brake-readings.js';
import type { DecisionInput, Proposal } from '../core/decision.js';
import { reason, type Reason } from '../core/reason.js';
import type { BrakeStatus, Json } from '../ports.js';

/** After a start so long is waited for apps that have not been judged, at most. */
const START_MS = 60_000;
const LISTEN_AGAIN_MS = 100;

export interface BrakeDeskOptions {
  readonly clock: Clock;
  readonly settings: BrakeSettings;
  /** A removal waits so long for other apps of its source to be decided, at most. */
  readonly patienceMs: number;
  /** Apps of the fleet whose policies can read the metric. */
  readonly appsOf: (metric: string) => Iterable<string>;
  readonly onChange: (metric: string, change: BrakeChange | 'released', brake: SourceBrake) => void;
}

export class BrakeDesk {
  readonly #options: BrakeDeskOptions;
  readonly #startedAtMs: number;
  /** Metric, which stands for its source -> its brake. */
  readonly #brakes = new Map<string, SourceBrake>();
  /** Metric -> apps that were judged or failed since the start; null once they all were. */
  readonly #judged = new Map<string, Set<string> | null>();
  /** Metric -> apps whose pass is on its way to a decision. */
  readonly #coming = new Map<string, Set<string>>();
  /** Metric -> the wait that all who want to shrink on it share. */
  readonly #hearing = new Map<string, Promise<void>>();

  constructor(options: BrakeDeskOptions) {
    this.#options = options;
    this.#startedAtMs = options.clock.elapsedMs();
  }

  /** A pass over the app begins; it is waited for until it has decided or ended. */
  expect(app: string, metrics: Iterable<string>): void {
    for (const metric of metrics) {
      const coming = this.#coming.get(metric) ?? new Set();
      coming.add(app);
      this.#coming.set(metric, coming);
    }
  }

  /** It has decided, or comes to no decision. */
  arrived(app: string, metrics: Iterable<string>): void {
    for (const metric of metrics) this.#coming.get(metric)?.delete(app);
  }

  /** Every decision is told, whatever it wants. */
  note(input: DecisionInput, proposal: Proposal): void {
    for (const metric of input.samples.keys()) this.#judgedOf(metric)?.add(input.app);
    this.arrived(input.app, input.samples.keys());
    for (const { metric, reading } of brakeReadings(input, proposal)) {
      this.#brakeOf(metric).note(reading, input.now.elapsedMs);
    }
  }

  /** Of these metrics, those whose brake holds the app, each with why. */
  braked(app: string, metrics: Iterable<string>): Readonly<Record<string, string>> {
    const held: Record<string, string> = {};
    const nowMs = this.#options.clock.elapsedMs();
    for (const metric of metrics) {
      const why = this.#brakes.get(metric)?.whyHeld(app, nowMs) ?? null;
      if (why !== null) held[metric] = why;
    }
    return held;
  }

  /**
   * Resolves when the fleet has been heard, with why the app may not shrink; null: it may.
   * Rejects when the signal aborts.
   */
  async whyHeld(
    app: string,
    metrics: ReadonlySet<string>,
    signal: AbortSignal,
  ): Promise<Reason | null> {
    await Promise.all([...metrics].map((metric) => this.#heard(metric, signal)));
    const nowMs = this.#options.clock.elapsedMs();
    for (const metric of metrics) {
      this.#judge(metric);
      const why = this.#brakes.get(metric)?.whyHeld(app, nowMs) ?? this.#whyUnjudged(metric);
      if (why !== null) return reason('fleet-brake', `${metric}: ${why}`);
    }
    return null;
  }

  statuses(): readonly BrakeStatus[] {
    const now = instant(this.#options.clock);
    return [...this.#brakes].map(([source, brake]) => ({
      source,
      isOn: brake.isOn,
      sinceMs: brake.onSinceMs === null ? null : now.wallMs - (now.elapsedMs - brake.onSinceMs),
      apps: brake.count.able,
      fallen: brake.count.down,
    }));
  }

  release(metric: string): boolean {
    const brake = this.#brakes.get(metric);
    if (brake === undefined || !brake.release(this.#options.clock.elapsedMs())) return false;
    this.#options.onChange(metric, 'released', brake);
    return true;
  }

  /** Null: it is off. */
  stored(metric: string): Json | null {
    const stored = this.#brakes.get(metric)?.stored(instant(this.#options.clock)) ?? null;
    return stored as Json | null;
  }

  restore(metric: string, stored: StoredBrake): void {
    this.#brakeOf(metric).restore(stored, instant(this.#options.clock));
  }

  drop(app: string): void {
    for (const brake of this.#brakes.values()) brake.drop(app);
  }

  /** The clocks jumped. */
  forget(): void {
    for (const brake of this.#brakes.values()) brake.forget();
  }

  #brakeOf(metric: string): SourceBrake {
    const brake = this.#brakes.get(metric) ?? new SourceBrake(this.#options.settings);
    this.#brakes.set(metric, brake);
    return brake;
  }

  #judge(metric: string): void {
    const brake = this.#brakes.get(metric);
    const change = brake?.judge(this.#options.clock.elapsedMs()) ?? null;
    if (brake !== undefined && change !== null) this.#options.onChange(metric, change, brake);
  }

  /** Many apps that fall together must be seen together: who came first waits for the others of its source. */
  #heard(metric: string, signal: AbortSignal): Promise<void> {
    const hearing = this.#hearing.get(metric) ?? this.#hear(metric, signal);
    this.#hearing.set(metric, hearing);
    return hearing;
  }

  async #hear(metric: string, signal: AbortSignal): Promise<void> {
    const { clock, patienceMs } = this.#options;
    const endMs = clock.elapsedMs() + patienceMs;
    try {
      // What came in the same turn of the event loop is noted by then.
      await clock.sleep(0, signal);
      while (clock.elapsedMs() < endMs && this.#isComing(metric)) {
        await clock.sleep(LISTEN_AGAIN_MS, signal);
      }
    } finally {
      this.#hearing.delete(metric);
    }
  }

  #isComing(metric: string): boolean {
    return (this.#coming.get(metric)?.size ?? 0) > 0 || this.#unjudged(metric) > 0;
  }

  /** Null when all apps were judged once since the start, or a minute has passed. */
  #judgedOf(metric: string): Set<string> | null {
    const known = this.#judged.get(metric);
    if (known === null) return null;
    const judged = known ?? new Set<string>();
    this.#judged.set(metric, judged);
    if (this.#options.clock.elapsedMs() - this.#startedAtMs < START_MS) return judged;
    this.#judged.set(metric, null);
    return null;
  }

  #unjudged(metric: string): number {
    const judged = this.#judgedOf(metric);
    if (judged === null) return 0;
    let unjudged = 0;
    for (const app of this.#options.appsOf(metric)) if (!judged.has(app)) unjudged += 1;
    if (unjudged === 0) this.#judged.set(metric, null);
    return unjudged;
  }

  #whyUnjudged(metric: string): string | null {
    const unjudged = this.#unjudged(metric);
    return unjudged === 0 ? null : `${unjudged} apps have not been judged since the start`;
  }
}
