/** What happens, for whoever records it. */
import type { BrakeChange } from '../core/fleet-wide/brake.js';
import type { ActionOutcome, DecisionInput, Plan, Proposal } from '../core/model/decision.js';
import type { Grant } from '../core/fleet-wide/grant.js';
import type { AppError, ErrorCode } from '../core/model/errors.js';
import type { Pause } from '../core/model/orders.js';
import type { Policy } from '../core/model/policy.js';
import type { Reason } from '../core/model/reason.js';
import type { Samples } from '../core/model/sample.js';

/** One pass over one app, from observation to outcome. */
export interface PassReport {
  readonly app: string;
  readonly policy: Policy;
  /** Wall time at its start. */
  readonly startedAtMs: number;
  readonly durationMs: number;
  /**
   * From when the pass was due to its first decision: the wait for samples, machines and processor. Where the machines
   * could not be read, to when that was known.
   */
  readonly latenessMs: number;
  readonly samples: Samples;
  /** What the proposal that counted was decided on. Null when the pass failed before. */
  readonly input: DecisionInput | null;
  /** What the fleet allowed; null when nothing was asked for. */
  readonly grant: Grant | null;
  /**
   * The proposal that counted: the fresh one under the lease when there was a second look; of it what the grant left, where
   * there is one. Null when the pass failed before.
   */
  readonly proposal: Proposal | null;
  readonly plan: Plan | null;
  readonly outcomes: readonly ActionOutcome[];
  /** All reasons in order: of the proposal, the grant, the plan, and of what came after. */
  readonly reasons: readonly Reason[];
  /** Machines of the group by state, for metrics and tables. Null when they could not be read. */
  readonly machinesByState: Readonly<Record<string, number>> | null;
  readonly error: AppError | null;
}

/** Takes what happened. Never throws, never delays a pass. */
export interface Recorder {
  pass(report: PassReport): void;
  /** What concerns more than one app: the set of them, the clocks, the sources of metrics. */
  fleet(event: FleetEvent): void;
}

/**
 * `up`: it answers. `failing`: the latest collection gave nothing but outages, and the next one asks again.
 * `resting`: it failed several times in a row, and is left alone but for a probe now and then.
 */
export type SourceState = 'up' | 'failing' | 'resting';

/** The source of a metric is in another state than before; told at its first answer or failure too. */
export interface SourceEvent {
  readonly kind: 'source';
  readonly metric: string;
  /** The policy whose own collector it is: others may have one for a metric of that name. Absent: all share it. */
  readonly policy?: string;
  readonly type: string;
  readonly state: SourceState;
  /** The latest outage; null when it is up. */
  readonly failure: { readonly code: ErrorCode; readonly message: string } | null;
}

export type FleetEvent =
  | SourceEvent
  | {
      readonly kind: 'app-list';
      readonly apps: readonly string[];
      readonly added: readonly string[];
      readonly removed: readonly string[];
    }
  | { readonly kind: 'app-list-failed'; readonly error: AppError; readonly ageMs: number | null }
  | { readonly kind: 'app-gone'; readonly app: string }
  /** The organization's machine list was heard: all of it, or what changed. */
  | {
      readonly kind: 'machine-list';
      readonly isWhole: boolean;
      readonly machines: number;
      /** Entries, and missing ones, for which an app's own list is read. */
      readonly news: number;
      /** Regions that it lacks: apps with machines there are read one by one meanwhile. */
      readonly errorRegions: readonly string[];
    }
  /** `isRefused`: every app's own list is read instead, at each pass. */
  | {
      readonly kind: 'machine-list-failed';
      readonly isRefused: boolean;
      readonly error: AppError;
      readonly ageMs: number | null;
    }
  | {
      readonly kind: 'brake';
      readonly source: string;
      /** `released`: by an operator; `restored`: as an earlier process left it. */
      readonly change: BrakeChange | 'released' | 'restored';
      readonly isOn: boolean;
      readonly able: number;
      readonly down: number;
    }
  /** Somebody gave the fleet an order. */
  | {
      readonly kind: 'operator';
      /** What let them: the machine's own socket, or the token. */
      readonly by: 'socket' | 'admin-token';
      readonly order: OperatorOrder;
    }
  /** State that should survive a restart could not be read or written; it is kept in memory. */
  | { readonly kind: 'state-failed'; readonly error: AppError }
  /** What an earlier process left is not whole: pauses may be lost, and nothing shrinks until then (wall time). */
  | { readonly kind: 'state-lost'; readonly untilMs: number }
  /** A new configuration is in use. */
  | {
      readonly kind: 'reconfigured';
      /** Keys of its collectors; the sources of others are gone. */
      readonly collectors: readonly string[];
    }
  /** Policies that are not for an app of the fleet any more; no report of them follows. */
  | {
      readonly kind: 'policies-ended';
      readonly ended: readonly { readonly app: string; readonly policy: string }[];
    }
  /** A new configuration was refused; the earlier one stays. */
  | { readonly kind: 'config-refused' }
  /** No app of the fleet matches what these overrides are for. */
  | { readonly kind: 'overrides-unused'; readonly overrides: readonly string[] }
  | { readonly kind: 'clock-jumped'; readonly wallMs: number; readonly elapsedMs: number }
  | {
      readonly kind: 'tick';
      readonly latenessMs: number;
      readonly apps: number;
      /** Apps whose pass before is still waiting or under way: the next follows it at once. */
      readonly stillBusy: number;
    }
  /**
   * Apps that were due and not decided again, because all is as it was in their last report: it holds for this pass too.
   * `latenessMs`: of the last of them.
   */
  | {
      readonly kind: 'apps-unchanged';
      readonly apps: readonly string[];
      readonly atMs: number;
      readonly latenessMs: number;
    };

export type OperatorOrder =
  | { readonly kind: 'pause'; readonly pause: Pause }
  /** Null: any app, any policy. */
  | {
      readonly kind: 'resume';
      readonly app: string | null;
      readonly policy: string | null;
      readonly ended: readonly Pause[];
    }
  | { readonly kind: 'release-brake'; readonly source: string };
