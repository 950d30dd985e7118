import type { Clock, Random } from '../../seams/clock.js';
import type { Overrides } from '../../core/model/overrides.js';
import type { Policy } from '../../core/model/policy.js';
import type { BrakeSettings } from '../../core/fleet-wide/brake.js';
import type { Collector } from '../../seams/collector.js';
import type { FlyActor, FlyReader } from '../../seams/fly.js';
import type { StateStore } from '../../seams/store.js';
import type { Recorder } from '../../seams/events.js';

/** Everything the control loop needs; nothing is read from anywhere else. */
export interface FleetOptions {
  /** In order: where two are for the same group of an app, the first wins. */
  readonly policies: readonly Policy[];
  /** What is different for some apps. Default: nothing. */
  readonly overrides?: Overrides;
  /** Organization slug; needed when a policy names its apps by pattern. */
  readonly org: string | null;
  readonly intervalMs: number;
  /** Limit of one look at an app, and again of the acting that follows it. */
  readonly timeoutMs: number;
  /** Apps acted on at once; looking and deciding are not bounded by it. */
  readonly concurrency: number;
  readonly appListRefreshMs: number;
  /**
   * Where it is seen that machines changed. `org`: in the organization's list; `app`: in each app's own, at each pass;
   * `auto`: the former, unless there is no organization or all apps are named and few.
   */
  readonly machineList: 'auto' | 'org' | 'app';
  /** With the organization's list, each app's own is read again in that time. */
  readonly machineRefreshMs: number;
  /** The app this process runs in; managed only if a policy names it exactly. */
  readonly ownApp: string | null;
  /** Decides everything and sends nothing that changes anything. */
  readonly isDryRun: boolean;
  /** Ceiling for machines of all apps; null: none. */
  readonly maxMachines: number | null;
  /** Most machines made, and taken or stopped, within a minute over all apps; null: no limit. */
  readonly maxCreatesPerMinute: number | null;
  readonly maxRemovalsPerMinute: number | null;
  /** Null: no fleet brake. */
  readonly brake: BrakeSettings | null;
  /** What must survive a restart. */
  readonly state: StateStore;
  /** IANA name of the zone that `now()` of an expression uses. */
  readonly zone: string;
  /** Names this process among several, in lease descriptions. */
  readonly instanceName: string;
  readonly collectors: readonly Collector[];
  /** Where a collector asks, by its key: those of one address break together. Default: each stands for itself. */
  readonly addressOf?: (source: string) => string | null;
  readonly fly: FlyReader & FlyActor;
  readonly clock: Clock;
  readonly random: Random;
  readonly recorder: Recorder;
}
