/** What the simulated sources say, and what asks for it. */

export const METRICS = ['queue', 'connections', 'backlog'] as const;
export type MetricName = (typeof METRICS)[number];

/** The collectors' queries, by metric. */
export const QUERIES: Readonly<Record<MetricName, string>> = {
  queue: "sum(queue_depth{app='$APP_NAME'})",
  connections: "sum(connection_count{app='$APP_NAME'})",
  backlog: "max(queue_depth{app='$APP_NAME'})",
};

/** Series that each metric is read from. */
export const SERIES: Readonly<Record<MetricName, string>> = {
  queue: 'queue_depth',
  connections: 'connection_count',
  backlog: 'queue_depth',
};

/** Older values are stale; metrics that are not named may be of any age. */
export const MAX_AGE_MS: Readonly<Partial<Record<MetricName, number>>> = { queue: 60_000 };

/** What each machine is busy with. */
export const BUSY_SERIES = 'jobs_in_hand';
export const BUSY_METRIC = 'busy';
export const BUSY_QUERY = `sum by (instance) (${BUSY_SERIES}{app='$APP_NAME'})`;
/** Short, so that a run sees it pass. */
export const DRAIN_TIMEOUT_MS = 3 * 60_000;

/** What `backlog` is when its source has no value. */
export const BACKLOG_DEFAULT = 40;
