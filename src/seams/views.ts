/** What the API and the commands see of the fleet and its record. */
import type { Action, ActionOutcome, Proposal, TargetRange } from '../core/model/decision.js';
import type { AppError } from '../core/model/errors.js';
import type { Reason, ReasonCode } from '../core/model/reason.js';
import type { Samples } from '../core/model/sample.js';
import type { SampleJson } from '../core/model/sample-json.js';
import type { PassReport } from './events.js';

/**
 * Why a decision was stored. `acts`: it did something to machines. `changed`: its reasons are others than before.
 * `regular`: nothing new for 15 minutes; the first to go when space is short.
 */
export type RecordedKind = 'acts' | 'changed' | 'regular';

/** A stored decision without its inputs. One that is damaged has nothing but an error, `state-unreadable`. */
export interface DecisionOutline {
  readonly id: number;
  /** Wall time at which the pass began. */
  readonly atMs: number;
  readonly app: string;
  /** The policy's name. */
  readonly policy: string;
  readonly kind: RecordedKind;
  /** The version of the autoscaler that decided; empty: unknown, as the configuration. */
  readonly engine: string;
  /** `Config.hash` of what it was told. */
  readonly configHash: string;
  readonly samples: Samples;
  readonly proposal: Proposal | null;
  readonly outcomes: readonly ActionOutcome[];
  readonly reasons: readonly Reason[];
  readonly error: AppError | null;
}

/** A stored decision with all that it was made of; values that may be secret are hidden in the machines' configurations. */
export interface RecordedDecision extends DecisionOutline {
  readonly report: PassReport;
}

export interface DecisionQuery {
  /** Exact name; default: all. */
  readonly app?: string;
  readonly policy?: string;
  /** Wall time, both included. */
  readonly sinceMs?: number;
  readonly untilMs?: number;
  /** Only those that had an action of the kind. */
  readonly action?: Action['kind'];
  readonly reason?: ReasonCode;
  readonly kinds?: readonly RecordedKind[];
  /** Default: the newest first. */
  readonly order?: 'newest-first' | 'oldest-first';
  /** Those after this one in the order of the answer: the last of the page before. */
  readonly after?: { readonly atMs: number; readonly id: number };
  readonly limit: number;
}

/** A value of a metric from `atMs` until the next; null: it had none. */
export interface MetricPoint {
  readonly app: string;
  readonly metric: string;
  readonly atMs: number;
  readonly value: number | null;
}

/** Decisions that should have been stored and were not. */
export interface RecordGap {
  readonly fromMs: number;
  readonly toMs: number;
  /** Null when nobody knows. */
  readonly lost: number | null;
  /** In words: "the disk is full", "the process ended without warning". */
  readonly why: string;
}

/** Stored decisions as they are kept. Whoever reads them, in this process or in another, gets each bit of them. */
export interface RecordPage {
  readonly decisions: readonly KeptText[];
  /** What whole decisions share, by number. */
  readonly parts: Readonly<Record<string, string>>;
  /** The last of this page; null: there are no more. */
  readonly next: DecisionQuery['after'] | null;
}

export interface KeptText {
  readonly id: number;
  /** Wall time at which the pass began. */
  readonly atMs: number;
  readonly app: string;
  readonly policy: string;
  readonly kind: RecordedKind;
  /** Null: it is damaged. */
  readonly body: string | null;
}

/** A record that is read page by page, of a file or of a process that runs. Rejects with `state-unreadable`. */
export interface RecordPages {
  /** No more than `limit`, and fewer where they are long. `isWhole`: with their parts. */
  page(query: DecisionQuery, isWhole: boolean): Promise<RecordPage>;
  /** Those that touch the span, oldest first. */
  gaps(query: {
    readonly sinceMs?: number;
    readonly untilMs?: number;
  }): Promise<readonly RecordGap[]>;
}

/** What was recorded. Rejects with `state-unreadable`; one damaged decision keeps no others from being read. */
export interface RecordReader extends RecordPages {
  decisions(query: DecisionQuery): Promise<readonly DecisionOutline[]>;
  /** Null when there is none, or none any more. */
  decision(id: number): Promise<RecordedDecision | null>;
  /** Oldest first. */
  metricValues(query: {
    readonly app: string;
    readonly metric?: string;
    readonly sinceMs?: number;
    readonly untilMs?: number;
  }): Promise<readonly MetricPoint[]>;
}

/** An app as the last pass by one policy left it. */
export interface AppView {
  readonly app: string;
  /** Undefined for the policy that flat settings make. */
  readonly policy?: string | undefined;
  readonly metrics: readonly (readonly [name: string, value: SampleJson])[];
  /** Healthy machines. Null when they could not be read. */
  readonly created: number | null;
  readonly started: number | null;
  /** Null: that count is left as it is, or has no usable number. */
  readonly createdTarget: TargetRange | null;
  readonly startedTarget: TargetRange | null;
  readonly machinesByState: Readonly<Record<string, number>> | null;
  /** The last thing that was done, such as "created 2"; it stays until there is a newer one. */
  readonly lastAction: {
    readonly text: string;
    readonly atMs: number;
    readonly why: string;
  } | null;
  /** What keeps the app from its target, or else why it is where it is. */
  readonly state: string;
  /** `warn`: somebody should look; `info`: a hold that was asked for, or passes by itself. */
  readonly level: 'quiet' | 'info' | 'warn';
}

export interface FleetView {
  /** By name, app-2 before app-10. */
  apps(): readonly AppView[];
  /** Their names, of as many as `limit` says, from the first that comes after; null: from the first. */
  names(after: string | null, limit: number): readonly string[];
  /** How many apps there are. */
  readonly size: number;
  /** One for each policy of the app; none: not in the fleet, or not judged yet. */
  app(name: string): readonly AppView[];
}

/** Decisions as they are made. */
export interface LiveDecisions {
  /** Answers how to end it. The listener must not throw, and must be quick: passes wait for it. */
  subscribe(listener: (report: PassReport, kind: RecordedKind) => void): () => void;
}
