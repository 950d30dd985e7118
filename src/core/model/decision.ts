import type { ErrorCode } from './errors.js';
import type { Instant } from '../time/instant.js';

import type { Machine, MachineConfig, NewVolumeRequest, Release, Volume } from './machine.js';
import type { Orders } from './orders.js';
import type { Policy } from './policy.js';
import type { Reason } from './reason.js';
import type { Samples } from './sample.js';
import type { AppMemory } from './app-memory.js';

/** One look at an app: all that was read of it at one moment. */
export interface Look {
  /** All machines of the app, every group; destroyed ones may be among them. */
  readonly machines: readonly Machine[];
  /**
   * Machines that were seen, that `machines` lacks, and that nobody has seen go: lists have lacked machines that ran. As
   * they were seen last. Default none.
   */
  readonly absent?: readonly Machine[];
  /** `unread` when only the machines were read: good for a screen, not for acting. Null: the app has no release. */
  readonly release: Release | null | 'unread';
  /** Read only when a group has mounts and creates are wanted. */
  readonly volumes: readonly Volume[] | 'unread';
  /** Ids of machines whose lease is ours: every other lease is somebody else's. Default none. */
  readonly leasedByUs?: readonly string[];
  /** True when the machines were listed a second time, because young ones of somebody else were among them. Default false. */
  readonly isSecondList?: boolean;
}

/** Everything a decision depends on. The same input gives the same decision, bit for bit. */
export interface DecisionInput {
  readonly app: string;
  readonly policy: Policy;
  readonly samples: Samples;
  readonly look: Look;
  readonly memory: AppMemory;
  readonly orders: Orders;
  readonly now: Instant;
  /** IANA name of the zone that `now()` of an expression uses. */
  readonly zone: string;
}

/** Machines of the policy's group, by what counts. See `census.ts` for what goes where. */
export interface Counts {
  /** Healthy machines that exist and are not on their way out. */
  readonly created: number;
  /** Healthy machines that run or are about to, and are not on their way out. */
  readonly started: number;
  /** Healthy machines that are stopped or suspended, or are about to be. */
  readonly stopped: number;
  /** Healthy machines of which nobody can tell yet whether they will run: being created, updated or replaced. */
  readonly unclear: number;
  /** Machines that cannot be seen well but still count as present for growth; started ones among them. */
  readonly unseen: number;
  readonly unseenStarted: number;
  /** Machines that could not be seen for too long to count as present; started ones among them. */
  readonly lost: number;
  readonly lostStarted: number;
  /** Every machine of the app that exists, whatever group or health: what the ceilings compare with. */
  readonly existing: number;
  /** Machines marked for removal. */
  readonly leaving: number;
}

/** What the expressions say of one count. */
export interface TargetRange {
  readonly min: number;
  readonly max: number;
}

/** One count on its way from the expressions to the plan. */
export interface CountProposal {
  /** What it is compared with: growing counts the unseen as present, shrinking does not. */
  readonly current: number;
  /** Null when the expressions yielded nothing usable. */
  readonly target: TargetRange | null;
  /** `current` clamped into the target, before any step. */
  readonly recommended: number;
  /** What remains after all steps; `wanted - current` is what the plan does. */
  readonly wanted: number;
  /** The target with schedules and pauses taken in, where they say something. Default: the target. */
  readonly bounds?: TargetRange;
  /** The recommendation that stabilization windows take in: after tolerance. Undefined: none that counts. */
  readonly noted?: number;
}

/** What the plan must keep to. */
export function boundsOf(count: CountProposal | null | undefined): TargetRange | null {
  return count?.bounds ?? count?.target ?? null;
}

/** What one step of a decision changed; one that changed nothing leaves no trace. */
export interface StepTrace {
  /** As the step's file is named, such as `ceilings`; `grant` for what the fleet allowed. */
  readonly step: string;
  /** `wanted` before and after it; null where the step left it alone. */
  readonly created: StepChange | null;
  readonly started: StepChange | null;
  /** What it said. */
  readonly reasons: readonly Reason[];
}

export interface StepChange {
  readonly before: number;
  readonly after: number;
}

/** The outcome of `propose`: what should change and why, not yet which machine. */
export interface Proposal {
  readonly counts: Counts;
  readonly created: CountProposal | null;
  readonly started: CountProposal | null;
  /**
   * A created count that shrinks destroys running machines down to so many, by the rules of the started count. Default: down
   * to the least that should run.
   */
  readonly leastRunning?: number;
  /** A created count that grows starts new machines up to so many, likewise. Default: up to the most that may run. */
  readonly mostRunning?: number;
  /** Removals under way that must be taken back, because the machines that stay no longer meet the target. */
  readonly undoCreated: number;
  readonly undoStarted: number;
  /** False when nothing may be removed in this pass; removals under way wait or are undone. */
  readonly mayShrinkCreated: boolean;
  readonly mayShrinkStarted: boolean;
  /** Removals under way wait, as the fleet says; they are not undone for that. */
  readonly areRemovalsHeld?: true;
  /** Machines that were made to run and never ran are started now. Default false. */
  readonly mayStartNeverRun?: true;
  /** True when nothing at all may be done, not even undoing. */
  readonly isHeld: boolean;
  /** The steps that changed something, in their order. */
  readonly steps: readonly StepTrace[];
  readonly reasons: readonly Reason[];
  /** More would be made or started if the machines that the list lacks were known to be gone. */
  readonly awaitsAbsent?: true;
  /** Ids of the stopped machines whose process ended by itself and not well. */
  readonly crashed?: readonly string[];
  /** True when there is anything to do, so that the app is worth a lease and a second look. */
  readonly isWorthALook: boolean;
}

export const REMOVAL_GOALS = ['destroy', 'stop', 'suspend'] as const;
export type RemovalGoal = (typeof REMOVAL_GOALS)[number];

/** The value of the metadata key `fas-remove`, as JSON. It counts only on the machine whose id it names. */
export interface RemovalMark {
  readonly machine: string;
  readonly goal: RemovalGoal;
  readonly reason: string;
  /** ISO time at which draining ends and stop is sent. */
  readonly deadline: string;
}

/** One call on one machine. Before each, machine and release are read again. */
export type Step =
  | 'mark'
  | 'cordon'
  | 'stop'
  | 'suspend'
  | 'destroy'
  | 'uncordon'
  | 'start'
  | 'unmark';

/** Work on one machine that exists, as far as it can go in this pass. */
export interface MachineAction {
  /**
   * `start`: bring it up. `destroy`, `stop`, `suspend`: towards that goal, one pass's worth of steps.
   * `undo`: it is needed again. `finish`: it has reached the goal stop or suspend, take the mark off.
   */
  readonly kind: 'start' | RemovalGoal | 'undo' | 'finish';
  readonly machineId: string;
  readonly region: string;
  /** The version that was seen; another one means that somebody acted. */
  readonly version: string;
  readonly steps: readonly Step[];
  /** What to write when `steps` has `mark`. */
  readonly mark?: RemovalMark;
  readonly reason: Reason;
}

/** One machine to make. */
export interface CreateAction {
  readonly kind: 'create';
  /** Also the machine's name, so that a repeated create cannot make two. */
  readonly launchId: string;
  readonly sourceId: string;
  readonly group: string;
  readonly region: string;
  /** False: created and left stopped. */
  readonly isLaunched: boolean;
  /** Complete, but for the ids of volumes that must be made first. */
  readonly config: MachineConfig;
  /** Volumes to make first, one for each mount without a volume id, in the order of the mounts. */
  readonly newVolumes: readonly NewVolumeRequest[];
  readonly reason: Reason;
}

export type Action = MachineAction | CreateAction;

/** A finite list of actions. Undoing comes first; the others do not block each other. */
export interface Plan {
  readonly undos: readonly MachineAction[];
  readonly starts: readonly MachineAction[];
  readonly creates: readonly CreateAction[];
  readonly removals: readonly MachineAction[];
  /** What kept the plan from doing all that was proposed. */
  readonly reasons: readonly Reason[];
}

/** What came of one action. */
export interface ActionOutcome {
  readonly action: Action;
  /**
   * `done`: all steps. `partly`: some steps, a later pass goes on. `held`: a re-read forbade it. `failed`: an error.
   * `undone`: a create that a release overtook. `dry`: not sent, dry run.
   */
  readonly result: 'done' | 'partly' | 'held' | 'failed' | 'undone' | 'dry';
  /** The machine, once there is one. */
  readonly machineId: string | null;
  readonly stepsDone: readonly Step[];
  /** The step that was asked for and failed; undefined when nothing was sent that failed. */
  readonly failedStep?: Step;
  /** Why it was held or what failed; without secrets. */
  readonly detail?: string;
  readonly errorCode?: ErrorCode;
}

/** Above zero: machines to add. Below: machines to take. */
export function changeOf(count: CountProposal | null): number {
  return count === null ? 0 : count.wanted - count.current;
}
