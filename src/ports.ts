/** What the loop needs from outside. */
import type { BrakeChange } from './core/brake.js';
import type { ActionOutcome, DecisionInput, Plan, Proposal } from './core/decision.js';
import type { Grant } from './core/grant.js';
import type { AppError, ErrorCode } from './core/errors.js';
import type {
  AppSummary,
  ListedMachine,
  Machine,
  MachineConfig,
  NewVolumeRequest,
  Release,
  Volume,
} from './core/machine.js';
import type { Pause } from './core/orders.js';
import type { Policy } from './core/policy.js';
import type { Reason } from './core/reason.js';
import type { Sample, Samples } from './core/sample.js';

/** Reads one named metric for many apps. */
export interface Collector {
  /** The metric's name in expressions. */
  readonly name: string;
  /** Unique among the collectors of a fleet: two policies may each have one of the same name. Default: the name. */
  readonly key?: string;
  /** As in the configuration: prometheus, temporal, ... */
  readonly type: string;
  /**
   * Calls `emit` exactly once for each app asked for, as soon as its outcome is known, then resolves.
   * Errors are samples; it rejects only with the signal's reason. Its own deadline is the collector's business.
   */
  collect(
    apps: readonly string[],
    emit: (app: string, sample: Sample) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** Frees connections; nothing of it lives on. */
  close(): Promise<void>;
  /** How it asks for many apps now; absent where that is not worth telling. */
  readonly describe?: () => CollectionWay;
}

export interface CollectionWay {
  /** `fleet`: once for all apps, each has its part of the answer. `shared`: once, one answer for all. `per-app`: app by app. */
  readonly way: 'fleet' | 'shared' | 'per-app';
  /** One clause, in words. */
  readonly why: string;
  /** What is asked, where it is one text. */
  readonly query?: string;
}

/** Which part of the organization's machine list is wanted. */
export interface OrgListQuery {
  /** Only what changed later than that, by Fly's clock; null: everything. A cursor goes before it. */
  readonly updatedAfterMs: number | null;
  /** Of the page before; null: the first page. */
  readonly cursor: string | null;
  /** True: destroyed machines are told too, for a while. */
  readonly includeDeleted: boolean;
}

/** One page of it. Only a null cursor ends the list: a page may be short, or empty, although more follow. */
export interface OrgMachinesPage {
  readonly machines: readonly ListedMachine[];
  readonly nextCursor: string | null;
  /** The newest change that the page reaches to, by Fly's clock; null when it does not say. */
  readonly lastUpdatedAtMs: number | null;
  /** Regions that could not be read: their machines are missing. */
  readonly errorRegions: readonly string[];
}

/** Reads of Fly. Each rejects with `AppError` (`fly-...`), or with the signal's reason. */
export interface FlyReader {
  /** All apps of the organization, read to the last page; those whose name cannot be read are among them without one. */
  listApps(org: string, signal: AbortSignal): Promise<readonly AppSummary[]>;
  /**
   * Machines of the whole organization, oldest change first, seconds behind the truth: a change may show late, with its old time.
   * `fly-forbidden` or `fly-not-found` when the token or the server does not allow it.
   */
  listOrgMachines(org: string, query: OrgListQuery, signal: AbortSignal): Promise<OrgMachinesPage>;
  /**
   * All machines of the app with full configuration and lease holders, read to the last page. One that cannot be read is among
   * them as far as it goes (`Machine.unread`). `fly-not-found` only when Fly itself says that it knows no such app.
   */
  listMachines(app: string, signal: AbortSignal): Promise<readonly Machine[]>;
  /** Null when Fly itself says that the machine does not exist. */
  getMachine(app: string, id: string, signal: AbortSignal): Promise<Machine | null>;
  /** The newest release; null when the app has none. */
  currentRelease(app: string, signal: AbortSignal): Promise<Release | null>;
  /** Without those that cannot be read. Never `fly-not-found`: whether the app exists is the machine list's to say. */
  listVolumes(app: string, signal: AbortSignal): Promise<readonly Volume[]>;
}

export interface Lease {
  readonly nonce: string;
  /** Milliseconds since the epoch, by Fly's clock; null when the answer does not say. */
  readonly expiresAtMs: number | null;
}

export interface CreateRequest {
  readonly name: string;
  readonly region: string;
  readonly config: MachineConfig;
  /** True: created and left stopped. */
  readonly skipLaunch: boolean;
  /** The new machine comes with a lease of ours for so long. */
  readonly leaseTtlMs: number;
}

/**
 * Writes to Fly; none is retried when it may have taken effect, all reject like reads.
 * `nonce` is the lease nonce of that very machine, when we hold its lease.
 */
export interface FlyActor {
  createMachine(
    app: string,
    request: CreateRequest,
    signal: AbortSignal,
  ): Promise<{ readonly machine: Machine; readonly nonce: string | null }>;
  /** A machine that is starting or started already counts as success. */
  startMachine(app: string, id: string, nonce: string | null, signal: AbortSignal): Promise<void>;
  /** With the machine's own signal and timeout. */
  stopMachine(app: string, id: string, nonce: string | null, signal: AbortSignal): Promise<void>;
  suspendMachine(app: string, id: string, nonce: string | null, signal: AbortSignal): Promise<void>;
  /** Without force; `fly-precondition` when it runs again. Gone already counts as success. */
  destroyMachine(app: string, id: string, nonce: string | null, signal: AbortSignal): Promise<void>;
  /** With force: only to undo a create of our own. */
  destroyByForce(app: string, id: string, nonce: string | null, signal: AbortSignal): Promise<void>;
  cordonMachine(app: string, id: string, nonce: string | null, signal: AbortSignal): Promise<void>;
  uncordonMachine(
    app: string,
    id: string,
    nonce: string | null,
    signal: AbortSignal,
  ): Promise<void>;
  /** Sets keys, removes those that are null; leaves the others. */
  patchMetadata(
    app: string,
    id: string,
    patch: Readonly<Record<string, string | null>>,
    nonce: string | null,
    signal: AbortSignal,
  ): Promise<void>;
  createVolume(app: string, request: NewVolumeRequest, signal: AbortSignal): Promise<Volume>;
  /** `fly-lease-held` when somebody else has it. */
  acquireLease(
    app: string,
    id: string,
    ttlMs: number,
    description: string,
    signal: AbortSignal,
  ): Promise<Lease>;
  refreshLease(
    app: string,
    id: string,
    nonce: string,
    ttlMs: number,
    signal: AbortSignal,
  ): Promise<Lease>;
  /** Gone or expired already counts as success. */
  releaseLease(app: string, id: string, nonce: string, signal: AbortSignal): Promise<void>;
}

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

/** A value as JSON has it. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/**
 * What must survive a restart: small values by key, such as `history/my-app-1/web` or `pause/1`. Times in them are
 * wall time. It is written before the action that it allows.
 */
export interface StateStore {
  /** False: it lasts until the process ends. */
  readonly isDurable: boolean;
  /** Becomes another number when values got lost by damage: what is known of them should be committed again. */
  readonly generation: number;
  /**
   * True after `load` when damage took values that nobody here ever knew. It stays so, over restarts too, until a commit has
   * `LOST_STATE` with null: who gives it must have seen to what follows. Undefined: such a store loses nothing.
   */
  readonly hasLost?: boolean;
  /** All values, as last committed, but for damaged ones. Rejects with `state-unreadable`. */
  load(): Promise<ReadonlyMap<string, Json>>;
  /** All of them or none, and for good once resolved; null removes. Rejects with `state-unwritable`. */
  commit(changes: ReadonlyMap<string, Json | null>): Promise<void>;
  close(): Promise<void>;
}

/** See `StateStore.hasLost`; `load` does not give it. */
export const LOST_STATE = 'lost/state';

export type PauseOrder = Omit<Pause, 'id' | 'createdAtMs'>;

/** The fleet brake of one source, as operators see it. */
export interface BrakeStatus {
  readonly source: string;
  readonly isOn: boolean;
  /** Wall time; null when it is off. */
  readonly sinceMs: number | null;
  /** Apps that read the source and could shrink; those of them that fell to half or less. */
  readonly apps: number;
  readonly fallen: number;
}

/** What people may tell a running fleet. Rejects with `state-unwritable` when it could not be kept. */
export interface Operator {
  pauses(): readonly Pause[];
  /** False: there may be others, which got lost by damage or cannot be read; nothing shrinks meanwhile. */
  arePausesKnown(): boolean;
  pause(order: PauseOrder): Promise<Pause>;
  /** Ends the pauses that are for that app and policy; null: for any. Resolves with those that ended. */
  resume(app: string | null, policy: string | null): Promise<readonly Pause[]>;
  brakes(): readonly BrakeStatus[];
  /** False when that brake was not on. */
  releaseBrake(source: string): Promise<boolean>;
}
