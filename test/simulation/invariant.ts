/** What every check is given, and how it is called. */
import type { HttpRequest } from '../../src/seams/http.js';
import type {
  EffectEntry,
  RequestEntry,
  SimMachine,
  Simulator,
} from '../../src/simulator/index.js';
import type { FakeClock } from '../../src/testing/fake-clock.js';
import type { Autoscaler } from './autoscaler.js';
import type { Autoscalers } from './autoscalers.js';
import type { AppPlan, FleetPlan } from './fleet-plan.js';
import type { BusyReadings } from './busy-readings.js';
import type { Readings } from './readings.js';
import type { Releases } from './releases.js';
import type { AppSnapshot, Snapshots } from './snapshots.js';
import type { FleetEvent, PassReport } from '../../src/seams/events.js';

export interface Ground {
  readonly sim: Simulator;
  readonly clock: FakeClock;
  readonly plan: FleetPlan;
  readonly autoscalers: Autoscalers;
  readonly readings: Readings;
  readonly busy: BusyReadings;
  readonly releases: Releases;
  readonly snapshots: Snapshots;
  /** Series that say 0 for every app, whatever their load -> since when, monotonic. */
  readonly lies: ReadonlyMap<string, number>;
  /** Apps that operators want left alone, by those that were told. */
  readonly pauses: readonly Told[];
  /** What our processes did to the app in the last minutes, oldest first; with an effect being checked as the last. */
  deedsOf(app: string): readonly OwnEffect[];
  /** Null for an app that nobody planned. */
  planOf(app: string): AppPlan | null;
  /** The rule's name comes first in the message. */
  fail(rule: string, detail: string): void;
}

export interface Told {
  /** The process' name. */
  readonly by: string;
  readonly app: string;
  readonly mode: Forbidden;
  /** Monotonic times; it lasts for as long as nobody ends it. */
  readonly sinceMs: number;
  untilMs: number;
}

/** Something that one of our processes did, with what it had read before. */
export interface OwnEffect {
  readonly entry: EffectEntry;
  /** The process' name. */
  readonly by: string;
  readonly plan: AppPlan | null;
  /** As it is now; undefined when the effect is about no machine. */
  readonly machine: SimMachine | undefined;
  /** The app as the process' last list under its lease showed it; null when there was none. */
  readonly snapshot: AppSnapshot | null;
  /** Monotonic time. */
  readonly atMs: number;
}

/** Each hears what it asks for. */
export interface Check {
  /** Changes of machines and volumes; leases are not among them. */
  readonly onOwnEffect?: (effect: OwnEffect) => void;
  readonly onSending?: (request: HttpRequest, by: string) => void;
  /** Every request of our processes, when the server has served it. */
  readonly onOwnRequest?: (entry: RequestEntry, by: string) => void;
  readonly onStart?: (process: Autoscaler) => void;
  readonly onReport?: (by: string, report: PassReport) => void;
  readonly onFleet?: (by: string, event: FleetEvent) => void;
  /** When the last trouble ends. */
  readonly onCalm?: () => void;
  /** Monotonic time until when the run must go on for the check to tell. */
  readonly neededUntilMs?: () => number;
  readonly onEnd?: () => void;
}

export type CreateCheck = (ground: Ground) => Check;

/** What a freeze or a pause forbids: `in` is shrinking, `out` growing. */
export type Forbidden = 'in' | 'out' | 'all';
