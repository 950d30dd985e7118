/** What is remembered of an app from pass to pass, as plain data. */

/** A recommendation that held until `untilMs`. */
export interface PastRecommendation {
  readonly count: number;
  readonly untilMs: number;
}

/** Machines that were added (above zero) or taken (below). */
export interface CountChange {
  readonly atMs: number;
  readonly change: number;
  /** It was asked for, and nobody knows whether it happened. */
  readonly isInDoubt?: true;
  /** Those that were taken: one whose removal is taken back counts no more. Undefined: machines were added. */
  readonly machineIds?: readonly string[] | undefined;
}

/** Times are `Instant.elapsedMs`; what is stored elsewhere has wall time and is converted at the edge. */
export interface CountHistory {
  /** The newest recommendation, since when; it holds until the next decision. Null: there was none yet. */
  readonly recommended: { readonly count: number; readonly sinceMs: number } | null;
  /**
   * Earlier recommendations that were higher than all after them: oldest first, and so from high to low. As many as the
   * stabilization window for shrinking needs, and never more than there are counts.
   */
  readonly higher: readonly PastRecommendation[];
  /** The same the other way, for growing. */
  readonly lower: readonly PastRecommendation[];
  /** Oldest first; as many as the longest period of a limit or budget needs. */
  readonly changes: readonly CountChange[];
}

/** How far back a history is kept, for the rules of its policy. What lies before is forgotten. */
export interface Reach {
  readonly upWindowMs: number;
  readonly downWindowMs: number;
  /** The longest period of a limit or budget. */
  readonly periodMs: number;
  /** Limits, budgets or a cooldown: what they use must be known after a crash, or nothing may shrink. */
  readonly isSpending: boolean;
}

/** Of one policy in one app. */
export interface PolicyHistory {
  readonly created: CountHistory;
  readonly started: CountHistory;
  /** When the policy acted last, in either direction; null: not that we know. Kept where `kept.isSpending`. */
  readonly lastActionAtMs: number | null;
  /** Since when metrics that a fallback waits for have had no value that counts. Key: metric. */
  readonly missingSinceMs: Readonly<Record<string, number>>;
  /**
   * From when on this history is whole. What was done before is not known: until a period has passed since,
   * its removal limits and budgets count as spent. Null: whole for ever.
   */
  readonly beganAtMs: number | null;
  /** Undefined: by an earlier version, which did not say; as far as the rules of now look back. */
  readonly kept?: Reach | undefined;
}

/** What a later decision needs of earlier passes, as plain data. All times are `Instant.elapsedMs`. */
export interface AppMemory {
  /** Since when each machine has been in the transit state it is in. Key: machine id. */
  readonly transit: Readonly<
    Record<string, { readonly state: string; readonly version: string; readonly sinceMs: number }>
  >;
  /** Since when each machine cannot be seen well. Key: machine id. */
  readonly unseenSinceMs: Readonly<Record<string, number>>;
  /** When machines that could not be seen were replaced; the last minute only. */
  readonly replacedAtMs: readonly number[];
  /** Our creates that have not proved themselves yet. */
  readonly probation: readonly TriedCreate[];
  /** Creates of a group wait until then. Key: process group. */
  readonly createBackoff: Readonly<
    Record<
      string,
      { readonly failedAtMs: number; readonly untilMs: number; readonly waitMs: number }
    >
  >;
  /** Regions left out until then. Key: region. */
  readonly regionBackoff: Readonly<Record<string, number>>;
  /** When the clocks were found apart; until a release's maximum age has passed since, wall time does not age it. */
  readonly clockJumpedAtMs: number | null;
  /**
   * When a machine could not be brought back last, be it by a start or by undoing its removal; for a while others come
   * first. Key: machine id.
   */
  readonly returnFailedAtMs: Readonly<Record<string, number>>;
  /**
   * Since when we know of each removal mark, and how much of its time was left then by wall time; null: it does not say.
   * Key: machine id.
   */
  readonly drains: Readonly<
    Record<
      string,
      { readonly deadline: string; readonly sinceMs: number; readonly leftMs: number | null }
    >
  >;
  /** Marks of protection that name no machine; absent: there are none. */
  readonly oldProtects?: OldProtects;
  /** Versions of machines that Fly refused to suspend. Key: machine id. */
  readonly suspendRefused: Readonly<Record<string, string>>;
  /** What each policy has wanted and done. Key: policy name. */
  readonly histories: Readonly<Record<string, PolicyHistory>>;
}

export const EMPTY_MEMORY: AppMemory = {
  transit: {},
  unseenSinceMs: {},
  replacedAtMs: [],
  probation: [],
  createBackoff: {},
  regionBackoff: {},
  clockJumpedAtMs: null,
  returnFailedAtMs: {},
  drains: {},
  suspendRefused: {},
  histories: {},
};

/** What is known of marks that name no machine. Absent: no machine of the app has one. */
export interface OldProtects {
  /** What each machine said at the last look; "" when it said nothing. Key: machine id. */
  readonly known: Readonly<Record<string, string>>;
  /** Machines that came with the mark of another one. Key: machine id. */
  readonly inherited: Readonly<Record<string, { readonly text: string; readonly from: string }>>;
}

/** A create of ours that has not proved itself yet. */
export interface TriedCreate {
  readonly machineId: string;
  readonly group: string;
  /** Monotonic. */
  readonly atMs: number;
  /** The name it was made under. */
  readonly launchId?: string;
  /** The newest release by then; null: the app had none. Absent: not known. */
  readonly releaseId?: string | null;
  /** True: its configuration lets Fly destroy it when its process ends. */
  readonly destroysItself?: true;
  /** How it was seen last. `ran`, `rested`: the create has worked. `ended`: its process ended by itself, and not well. */
  readonly seen?: 'ran' | 'rested' | 'ended';
  /** True: it is gone, and by no fault of the create. */
  readonly isRemoved?: true;
}
