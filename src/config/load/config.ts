import type { BrakeSettings } from '../../core/fleet-wide/brake.js';
import type { Overrides } from '../../core/model/overrides.js';
import type { Policy } from '../../core/model/policy.js';
import type { ConfiguredCollector } from '../sources/collectors.js';
import type { ListenAddress } from '../schema/listen.js';

/** Everything that a process is told, parsed and compiled once. */
export interface Config {
  /** Slug of the organization; null when every app is named. */
  readonly org: string | null;
  /** Null only where it is not needed, that is to validate. Never print it. */
  readonly apiToken: string | null;
  /** One named `default`, or those of the file in its order. */
  readonly policies: readonly Policy[];
  readonly overrides: Overrides;
  readonly collectors: readonly ConfiguredCollector[];
  readonly intervalMs: number;
  /** The longest that a pass may take. */
  readonly timeoutMs: number;
  /** Apps acted on at once. Default 128. */
  readonly concurrency: number;
  readonly appListRefreshMs: number;
  readonly machineList: 'auto' | 'org' | 'app';
  readonly machineRefreshMs: number;
  readonly listen: ListenAddress;
  /** Null: reading the API is for loopback only. Never print it. */
  readonly readToken: string | null;
  /** Null: nothing can be changed over HTTP. Never print it. */
  readonly adminToken: string | null;
  /** As written: a path or `off`; null: the usual place. */
  readonly socket: string | null;
  readonly isDryRun: boolean;
  readonly isVerbose: boolean;
  /** Machines of all apps together; null: no limit. */
  readonly maxMachines: number | null;
  /** Machines made, and taken or stopped, within a minute over all apps; null: no limit. */
  readonly maxCreatesPerMinute: number | null;
  readonly maxRemovalsPerMinute: number | null;
  /** Null: switched off. */
  readonly brake: BrakeSettings | null;
  readonly metricsPerApp: 'auto' | 'on' | 'off';
  /** Directory of the file with state and record; null: in memory. */
  readonly dataDir: string | null;
  readonly recordMaxBytes: number;
  /** Base URL of the Machines API, without a slash at the end. */
  readonly machinesUrl: string;
  /** Base URL of the GraphQL API, without a slash at the end. */
  readonly apiUrl: string;
  /** The app that the autoscaler itself runs in. */
  readonly ownApp: string | null;
  /** IANA name of the local time zone. */
  readonly zone: string;
  /** Twelve hex digits; equal for configurations that mean the same. No secret is part of it. */
  readonly hash: string;
}
