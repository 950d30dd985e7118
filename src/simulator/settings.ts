/** A delay drawn anew each time, uniformly between the two. */
export type RangeMs = readonly [lowestMs: number, highestMs: number];

export interface Delays {
  /** From the create call until the image is ready. */
  readonly created: RangeMs;
  readonly starting: RangeMs;
  readonly restarting: RangeMs;
  readonly suspending: RangeMs;
  readonly resuming: RangeMs;
  readonly replacing: RangeMs;
  readonly destroying: RangeMs;
  /** How long a process takes to end after the signal; never longer than the machine's own stop timeout. */
  readonly stopping: RangeMs;
  /** After `stopped` shows: starts are refused for so long, because the host still cleans up. */
  readonly stillActive: RangeMs;
  /** How much later a change shows in the organization's machine list. */
  readonly orgListLag: RangeMs;
  /** On the way to the server and back together. Zero answers within the same tick. */
  readonly latency: RangeMs;
}

/** Who may call; a request's token is found by any of its comma-separated parts. */
export interface TokenGrant {
  readonly value: string;
  /** How the log names it; the value itself is never logged. */
  readonly name: string;
  /** Slugs; undefined: every organization. */
  readonly orgs?: readonly string[];
  /** Names; undefined: every app of those organizations. Org-wide calls need it undefined. */
  readonly apps?: readonly string[];
}

export interface SimulatorConfig {
  readonly delaysMs: Delays;
  /** Empty: any token that is not empty is accepted, for everything. */
  readonly tokens: readonly TokenGrant[];
  /** False: no token buckets, nothing is answered 429 but by a fault. */
  readonly hasRateLimits: boolean;
  /** The retry-after header of a 429 in seconds; null: none, which is all that Fly documents. */
  readonly retryAfterSeconds: number | null;
  /** What a start of a machine that starts or runs answers; `either` draws it. */
  readonly repeatedStart: 'ok' | 'conflict' | 'either';
  /** `destroyed` shows for so long on GET; 404 afterwards. */
  readonly destroyedShownMs: number;
  /** So long lists show it with `include_deleted`. */
  readonly deletedListedMs: number;
  /** Chance that a machine becomes `failed` instead of starting after its create. */
  readonly createFailureRate: number;
  /** Largest page of the organization's machine list. */
  readonly orgListPageSize: number;
  /** Chance that a page of the organization's machine list comes empty with a cursor. */
  readonly emptyPageRate: number;
  /** Largest page of apps in GraphQL. */
  readonly graphqlPageSize: number;
  readonly regions: readonly string[];
  readonly hostsPerRegion: number;
  readonly prometheus: PrometheusSettings;
  /** The newest log entries that are kept; older ones are dropped. */
  readonly logCapacity: number;
}

export interface PrometheusSettings {
  /**
   * `victoria` is what Fly runs: scalars come back as vectors, NaN is dropped, a bad query is 422, and answers are as of
   * `latencyOffsetMs` ago. `prometheus`: scalars are scalars, NaN stays, a bad query is 400, answers are as of now.
   */
  readonly flavor: 'victoria' | 'prometheus';
  /** Queries without `nocache=1` are answered as of so long ago (`victoria` only). */
  readonly latencyOffsetMs: number;
  /** Load is seen at multiples of it. */
  readonly scrapeIntervalMs: number;
  /** A series that ended still shows for so long. */
  readonly lookbackMs: number;
}

export type SimulatorSettings = Partial<Omit<SimulatorConfig, 'delaysMs' | 'prometheus'>> & {
  readonly delaysMs?: Partial<Delays>;
  readonly prometheus?: Partial<PrometheusSettings>;
};

const DEFAULT_DELAYS: Delays = {
  created: [1000, 6000],
  starting: [300, 2000],
  restarting: [500, 3000],
  suspending: [300, 1500],
  resuming: [200, 600],
  replacing: [1000, 4000],
  destroying: [1000, 3000],
  stopping: [200, 4000],
  stillActive: [500, 1000],
  orgListLag: [0, 5000],
  latency: [0, 0],
};

/** What Fly documents or users have seen of it; no faults, no tokens, no latency. */
export const DEFAULT_CONFIG: SimulatorConfig = {
  delaysMs: DEFAULT_DELAYS,
  tokens: [],
  hasRateLimits: true,
  retryAfterSeconds: null,
  repeatedStart: 'either',
  destroyedShownMs: 10_000,
  deletedListedMs: 600_000,
  createFailureRate: 0,
  orgListPageSize: 1000,
  emptyPageRate: 0,
  graphqlPageSize: 200,
  regions: ['fra', 'iad', 'lhr', 'ord', 'syd'],
  hostsPerRegion: 4,
  prometheus: {
    flavor: 'victoria',
    latencyOffsetMs: 30_000,
    scrapeIntervalMs: 15_000,
    lookbackMs: 300_000,
  },
  logCapacity: Number.POSITIVE_INFINITY,
};

export function completeConfig(settings: SimulatorSettings = {}): SimulatorConfig {
  return {
    ...DEFAULT_CONFIG,
    ...settings,
    delaysMs: { ...DEFAULT_DELAYS, ...settings.delaysMs },
    prometheus: { ...DEFAULT_CONFIG.prometheus, ...settings.prometheus },
  };
}
