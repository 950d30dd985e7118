/** What the loop needs of Fly. */
import type {
  AppSummary,
  ListedMachine,
  Machine,
  MachineConfig,
  NewVolumeRequest,
  Release,
  Volume,
} from '../core/model/machine.js';

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
  /** Resolves when Fly's rate lets another machine of the app be made at once. It is our wait, and none of Fly's time. */
  createTurn(app: string, signal: AbortSignal): Promise<void>;
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
