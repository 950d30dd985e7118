/** What a later decision needs of earlier passes, as plain data. All times are `Instant.elapsedMs`. */
export interface AppMemory {
  /** Since when each machine has been in the transit state it is in. Key: machine id. */
  readonly transit: Readonly<
    Record<string, { readonly state: string; readonly version: string; readonly sinceMs: number }>
  >;
  /** Since when each machine cannot be seen well. Key: machine id. */
  readonly unseenSinceMs: Readonly<Record<string, number>>;
  /** When machines that cannot be seen were replaced, newest last; the last minute only. */
  readonly replacedAtMs: readonly number[];
  /** Our creates that have not proved themselves yet: neither settled nor failed. */
  readonly probation: readonly {
    readonly machineId: string;
    readonly group: string;
    readonly atMs: number;
  }[];
  /** Creates of a group wait until then. Key: process group. */
  readonly createBackoff: Readonly<
    Record<string, { readonly untilMs: number; readonly waitMs: number }>
  >;
  /** Regions left out until then. Key: region. */
  readonly regionBackoff: Readonly<Record<string, number>>;
}

export const EMPTY_MEMORY: AppMemory = {
  transit: {},
  unseenSinceMs: {},
  replacedAtMs: [],
  probation: [],
  createBackoff: {},
  regionBackoff: {},
};
