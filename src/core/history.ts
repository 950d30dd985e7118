/** What a policy's decisions need of those before, as plain data; it survives a restart where there is a place for it. */

/** Times are `Instant.elapsedMs`; what is stored elsewhere has wall time and is converted at the edge. */
export interface CountHistory {
  /**
   * Raw recommendations as a step function, oldest first: each holds from `atMs` until the next begins.
   * Only as many as the longest window needs.
   */
  readonly recommendations: readonly { readonly atMs: number; readonly count: number }[];
  /** Machines that were added (above zero) or taken (below), oldest first; as many as the longest period needs. */
  readonly changes: readonly { readonly atMs: number; readonly change: number }[];
}

/** Of one policy in one app. */
export interface PolicyHistory {
  readonly created: CountHistory;
  readonly started: CountHistory;
  /** When the policy acted last, in either direction; null: not that we know. */
  readonly lastActionAtMs: number | null;
  /** Since when each metric has had no value that counts. Key: metric. */
  readonly missingSinceMs: Readonly<Record<string, number>>;
  /**
   * From when on this history is whole. What was done before is not known: until a period has passed since,
   * its removal limits and budgets count as spent. Null: whole for ever, as when it was read from where it is stored.
   */
  readonly beganAtMs: number | null;
}
