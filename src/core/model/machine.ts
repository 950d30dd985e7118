/** What Fly says of machines, volumes, releases and apps, as far as decisions need it. */

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined };

export interface Mount {
  readonly volume?: string;
  readonly name?: string;
  readonly path?: string;
  readonly [key: string]: JsonValue | undefined;
}

/** A machine's configuration: the fields that decisions read are named, all others are carried along as they came. */
export interface MachineConfig {
  readonly image?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly mounts?: readonly Mount[];
  readonly standbys?: readonly string[];
  readonly schedule?: string;
  readonly auto_destroy?: boolean;
  /** `timeout` as a Go duration ("30s") or in nanoseconds: both are seen. */
  readonly stop_config?: { readonly signal?: string; readonly timeout?: string | number };
  readonly services?: readonly {
    readonly autostop?: boolean | string;
    readonly autostart?: boolean;
    readonly [key: string]: JsonValue | undefined;
  }[];
  readonly [key: string]: JsonValue | undefined;
}

/** Persistent: created, started, stopped, suspended, failed. A state not named here counts as in transit. */
export type MachineState =
  | 'created'
  | 'creating'
  | 'starting'
  | 'started'
  | 'stopping'
  | 'stopped'
  | 'suspending'
  | 'suspended'
  | 'restarting'
  | 'updating'
  | 'replacing'
  | 'launch_failed'
  | 'failed'
  | 'destroying'
  | 'destroyed'
  | 'replaced'
  | 'migrated'
  | (string & {});

export interface LeaseHolder {
  readonly owner: string;
  readonly description: string;
  /** Milliseconds since the epoch, by Fly's clock. Null: Fly does not say; it is a lease all the same. */
  readonly expiresAtMs: number | null;
}

/** How a machine's process last ended by itself. */
export interface MachineExit {
  readonly atMs: number;
  readonly exitCode: number;
  readonly isOomKilled: boolean;
  /** True when somebody asked for the stop. */
  readonly wasRequested: boolean;
}

export interface Machine {
  readonly id: string;
  readonly name: string;
  readonly state: MachineState;
  readonly region: string;
  /** Changes with every update; also called instance id. */
  readonly version: string;
  /** Milliseconds since the epoch, by Fly's clock. */
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly hostStatus: 'ok' | 'unknown' | 'unreachable';
  readonly isCordoned: boolean;
  /** Of the full configuration, or of the incomplete one when the host cannot be reached. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Null when Fly gave none or only a partial rebuild: not fit to clone. */
  readonly config: MachineConfig | null;
  /** The image pinned by digest ("registry/repository:tag@sha256:..."); null when Fly resolved none. */
  readonly imageRef: string | null;
  /** Who holds the lease at the time of the read; undefined when nobody does. */
  readonly lease?: LeaseHolder;
  /** The newest end of its process; undefined when no event tells. */
  readonly lastExit?: MachineExit;
  /**
   * The first place of Fly's answer that cannot be read, such as "config.metadata.a". Such a machine cannot be seen well;
   * the other fields hold what could be read, and its host is never `ok`. Absent: all was read.
   */
  readonly unread?: string;
  /** True when its events go back to its launch and tell of no start, and of nobody who stopped it. */
  readonly neverRan?: true;
}

const UNNAMED = 'unreadable-';

/** In place of an id that cannot be read: `place` is where the machine stands in its list, from 1. No machine of Fly's has such an id. */
export function unnamedId(place: number): string {
  return `${UNNAMED}${place}`;
}

/** Whether its own id could not be read. */
export function isUnnamed({ id }: { readonly id: string }): boolean {
  return id.startsWith(UNNAMED);
}

/** What the organization's list tells of a machine; enough to see that it changed, not to decide on. */
export interface ListedMachine {
  readonly id: string;
  readonly app: string;
  readonly state: MachineState;
  readonly region: string;
  readonly version: string;
  /** Milliseconds since the epoch, by Fly's clock. */
  readonly updatedAtMs: number;
  /** Part of the entry cannot be read: what it tells of the machine may not show that it changed. */
  readonly isOdd?: true;
}

export interface Volume {
  readonly id: string;
  readonly name: string;
  readonly region: string;
  readonly state: string;
  readonly sizeGb: number;
  readonly isEncrypted: boolean;
  readonly hostStatus: 'ok' | 'unknown' | 'unreachable';
  readonly attachedMachineId: string | null;
}

export interface NewVolumeRequest {
  readonly name: string;
  readonly region: string;
  readonly sizeGb: number;
  readonly isEncrypted: boolean;
}

export interface Release {
  readonly id: string;
  readonly version: number;
  /** A free string: running, complete, failed, interrupted, ... */
  readonly status: string;
  readonly createdAtMs: number;
}

export interface AppSummary {
  /** Null: the list has an app whose name cannot be read. Which of those that it lacks that is, nobody knows. */
  readonly name: string | null;
  readonly status: string;
}

/** The group a machine says it is in; "" when it says none. */
export function processGroupOf(machine: Machine): string {
  return machine.metadata['fly_process_group'] ?? machine.metadata['process_group'] ?? '';
}
