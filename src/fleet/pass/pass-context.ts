import type { Absences } from './absences.js';
import type { Apps } from '../view/apps.js';
import type { BrakeDesk } from '../memory/brake-desk.js';
import type { GrantDesk } from '../memory/grant-desk.js';
import type { HistoryDesk } from '../memory/history-desk.js';
import type { Inventory } from '../inventory/index.js';
import type { Memories } from '../memory/memories.js';
import type { FleetOptions } from '../base/options.js';
import type { PauseDesk } from '../memory/pause-desk.js';
import type { QuietApps } from '../view/quiet.js';
import type { SampleBoard } from '../view/samples.js';
import type { SeenMachines } from '../inventory/seen.js';
import type { Slots } from '../base/slots.js';
import type { Life } from '../act/turn.js';
import type { Wary } from './wary.js';
import type { PassReport } from '../../seams/events.js';

/** What the passes of a fleet share. */
export interface PassContext {
  readonly options: FleetOptions;
  /** Decides and plans, takes no lease and sends nothing. */
  readonly isDryRun: boolean;
  readonly apps: Apps;
  readonly board: SampleBoard;
  readonly inventory: Inventory;
  /** Machines that were seen, and those of them that lists lack. */
  readonly seen: SeenMachines;
  readonly absences: Absences;
  readonly desk: GrantDesk;
  /** Null: there is none. */
  readonly brake: BrakeDesk | null;
  readonly pauses: PauseDesk;
  /** Places for apps that are acted on. */
  readonly slots: Slots;
  readonly memories: Memories;
  readonly quiet: QuietApps;
  /** Where histories survive a restart. */
  readonly histories: HistoryDesk;
  readonly wary: Wary;
  readonly life: Life;
  /** Aborts when another configuration takes its place, or the process stops: from then on nothing begins to act by it. */
  readonly over: AbortSignal;
  readonly launchIds: () => string;
  /** Monotonic time at which the process began. */
  readonly startedAtMs: number;
  /** True while creates of an earlier process may not show in every list yet. */
  readonly isYoungProcess: () => boolean;
  /** Whether an app's first own lists are compared with the organization's list before it grows. */
  readonly comparesLists: boolean;
  readonly report: (report: PassReport) => void;
}
