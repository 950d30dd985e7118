import type { JsonValue } from '../core/model/machine.js';
import type { MetricSource } from './workloads.js';

/** A machine's configuration as it was sent; only what the platform itself looks at is named. */
export interface SimConfig {
  image?: string;
  env?: Record<string, string>;
  metadata?: Record<string, string>;
  guest?: JsonValue;
  mounts?: { volume?: string; [key: string]: JsonValue | undefined }[];
  services?: { autostop?: boolean | string; [key: string]: JsonValue | undefined }[];
  restart?: { policy?: string; max_retries?: number };
  auto_destroy?: boolean;
  stop_config?: { signal?: string; timeout?: string | number };
  standbys?: string[];
  [key: string]: JsonValue | undefined;
}

export type SimState =
  | 'created'
  | 'starting'
  | 'started'
  | 'stopping'
  | 'stopped'
  | 'suspending'
  | 'suspended'
  | 'restarting'
  | 'replacing'
  | 'failed'
  | 'destroying'
  | 'destroyed';

export type HostStatus = 'ok' | 'unknown' | 'unreachable';

export interface SimEvent {
  readonly id: string;
  readonly type: string;
  readonly status: string;
  readonly source: 'flyd' | 'user';
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly request?: JsonValue;
}

export interface SimLease {
  readonly nonce: string;
  readonly owner: string;
  readonly description: string;
  readonly expiresAtMs: number;
}

export interface SimHost {
  readonly id: string;
  readonly region: string;
  status: HostStatus;
  /** Nothing more fits on it: starts and updates answer 409. */
  isFull: boolean;
}

/** A machine as it truly is. Change it through the simulator only. */
export interface SimMachine {
  readonly id: string;
  readonly app: SimApp;
  readonly name: string;
  readonly region: string;
  readonly host: SimHost;
  readonly privateIp: string;
  readonly createdAtMs: number;
  /** Order of creation over the whole world; cursors point at it. */
  readonly order: number;
  state: SimState;
  version: string;
  updatedAtMs: number;
  config: SimConfig;
  isCordoned: boolean;
  /** When it was cordoned last; null: it never was, or from its start on. */
  cordonedAtMs: number | null;
  lease: SimLease | null;
  events: SimEvent[];
  restartCount: number;
  /** Whether it starts again when the update that is under way is done. */
  startsAfterUpdate: boolean;
  /** Starts are refused until then although it shows `stopped`. */
  activeUntilMs: number;
  /** When it became `destroyed`; null before. */
  destroyedAtMs: number | null;
  /** The `updated_at` that the organization's list shows so far; null: not in it yet. */
  listedAtMs: number | null;
  /** Raised by each change, so that rendered JSON can be kept until then. */
  revision: number;
  /** Raised by each new course, so that what was planned before does not happen. */
  course: number;
}

export type ReleaseStatus = 'running' | 'complete' | 'failed' | 'interrupted';

export interface SimRelease {
  readonly id: string;
  readonly version: number;
  readonly imageRef: string;
  readonly description: string;
  readonly reason: string;
  readonly createdAtMs: number;
  status: ReleaseStatus;
}

export interface SimVolume {
  readonly id: string;
  readonly app: SimApp;
  readonly name: string;
  readonly region: string;
  readonly host: SimHost;
  readonly isEncrypted: boolean;
  readonly createdAtMs: number;
  sizeGb: number;
  state: 'created' | 'pending_destroy';
  attachedMachineId: string | null;
}

export interface SimOrg {
  readonly id: string;
  readonly numericId: number;
  readonly slug: string;
  readonly name: string;
  /** Most machines it may have; null: no limit. */
  machineLimit: number | null;
  machineCount: number;
}

export interface SimApp {
  readonly id: string;
  readonly numericId: number;
  readonly name: string;
  readonly org: SimOrg;
  readonly createdAtMs: number;
  /** Includes destroyed ones for as long as lists may show them. */
  readonly machines: Map<string, SimMachine>;
  /** Oldest first. */
  readonly releases: SimRelease[];
  readonly volumes: Map<string, SimVolume>;
  readonly metrics: Map<string, MetricSource>;
}

/** On whose behalf something happens. */
export interface Actor {
  readonly name: string;
  readonly userAgent: string;
  readonly requestId: string | null;
  readonly isAnswerLost: boolean;
  /** Nonce of the machine's lease that it presents. */
  readonly nonce: string | null;
}

export const PLATFORM: Actor = {
  name: 'platform',
  userAgent: '',
  requestId: null,
  isAnswerLost: false,
  nonce: null,
};

/** A refusal, as Fly words it. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  constructor(
    readonly status: number,
    message: string,
    /** Fly's own code beside the text: `insufficient_capacity`, `name_taken`, ... */
    readonly code?: string,
    /** Lease endpoints word it `{"status":"error","message"}`. */
    readonly isLeaseEnvelope = false,
  ) {
    super(message);
  }
}
