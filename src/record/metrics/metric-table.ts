/** Every metric that is exported: the exposition, its HELP lines and docs/metrics.md come from this table. */

export interface MetricFamily {
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** One sentence; the documentation shows it as it stands. */
  readonly help: string;
  /** Label -> what it takes, for the documentation. */
  readonly labels?: Readonly<Record<string, string>>;
}

const STATUS = { status: '`ok`, `failed`' };
const APP = {
  app: 'name of the app',
  policy: 'name of the policy; absent for `default`',
};

/** The names and labels of the first three are those of fly-autoscaler 0.3.2. */
export const FLEET_METRICS = {
  fas_machine_start_count: {
    type: 'counter',
    help: 'Machines started.',
    labels: STATUS,
  },
  fas_machine_stop_count: {
    type: 'counter',
    help: 'Machines stopped to lower the started count.',
    labels: STATUS,
  },
  fas_reconcile_count: {
    type: 'counter',
    help: 'Passes by what they did; one that did several things counts in each.',
    labels: { status: '`create`, `destroy`, `start`, `stop`, `no_scale`' },
  },
  fas_machine_create_count: {
    type: 'counter',
    help: 'Machines created.',
    labels: STATUS,
  },
  fas_machine_destroy_count: {
    type: 'counter',
    help: 'Machines destroyed.',
    labels: STATUS,
  },
  fas_machine_suspend_count: {
    type: 'counter',
    help: 'Machines suspended to lower the started count.',
    labels: STATUS,
  },
  fas_pass_duration_seconds: {
    type: 'histogram',
    help: 'Time from the start of a pass over one app to its end; apps that were not decided again, because nothing had changed, are not among them.',
  },
  fas_errors_total: {
    type: 'counter',
    help: 'Errors of passes, collections, actions and app lists.',
    labels: { kind: 'error code, such as `fly-rate-limited`' },
  },
  fas_metric_failing_apps: {
    type: 'gauge',
    help: 'Apps for which the latest collection of the metric was an error: all that use it while its source is down.',
    labels: {
      metric: 'name of the metric',
      policy: 'name of the policy, where the collector is its own',
    },
  },
  fas_config_reload_count: {
    type: 'counter',
    help: 'Changed configurations that were taken up or refused while running.',
    labels: STATUS,
  },
  fas_fleet_brake: {
    type: 'gauge',
    help: '1 while the fleet brake of the metric is on and nothing shrinks on it; absent until it was on once.',
    labels: { metric: 'name of the metric' },
  },
  fas_source_state: {
    type: 'gauge',
    help: 'The source of a metric: 1 for the state it is in, 0 for the others. Absent before it was first asked. One that is `resting` failed three times in a row for every app, and is asked for one app each 15 seconds until it answers.',
    labels: {
      metric: 'name of the metric',
      policy: 'name of the policy, where the collector is its own',
      type: 'kind of collector',
      state: '`up`, `failing`, `resting`',
    },
  },
  fas_apps: {
    type: 'gauge',
    help: 'Apps in the fleet.',
  },
  fas_busy_apps: {
    type: 'gauge',
    help: 'Apps whose pass was still under way when the latest tick came.',
  },
  fas_app_list_age_seconds: {
    type: 'gauge',
    help: 'Time since the app list was last read whole; absent before, and when every app is named.',
  },
  fas_machine_list_age_seconds: {
    type: 'gauge',
    help: 'Time since the machine list of the organization was last heard; absent before, and when machines are listed app by app.',
  },
  fas_pass_lateness_seconds: {
    type: 'histogram',
    help: 'Time from when a pass over one app was due to its first decision: the wait for metrics, machines and processor.',
  },
  fas_overdue_passes_total: {
    type: 'counter',
    help: 'Passes that were due while the one before over the same app was still waiting or under way.',
  },
  fas_tick_lateness_seconds: {
    type: 'gauge',
    help: 'How late the latest tick came.',
  },
  fas_last_tick_age_seconds: {
    type: 'gauge',
    help: 'Time since the latest tick; absent before the first.',
  },
  fas_record_age_seconds: {
    type: 'gauge',
    help: 'How far back the record of decisions reaches; absent while it is empty.',
  },
  fas_record_bytes: {
    type: 'gauge',
    help: 'Room that the record of decisions takes.',
  },
  fas_record_lost_total: {
    type: 'counter',
    help: 'Decisions that should have been recorded and were not; the record has a gap there.',
  },
  fas_build_info: {
    type: 'gauge',
    help: 'Always 1; the labels say what runs.',
    labels: { version: 'version of the autoscaler', node: 'version of Node.js' },
  },
  process_resident_memory_bytes: {
    type: 'gauge',
    help: 'Resident memory of the process.',
  },
  process_cpu_seconds_total: {
    type: 'counter',
    help: 'User and system CPU time of the process.',
  },
  process_start_time_seconds: {
    type: 'gauge',
    help: 'When the process started, in seconds since the Unix epoch.',
  },
} as const satisfies Record<string, MetricFamily>;

/** Written for each app, from its last pass. */
export const APP_METRICS = {
  fas_metric_value: {
    type: 'gauge',
    help: 'The value of a metric in the last pass; absent when the source had none.',
    labels: { ...APP, metric: 'name of the metric' },
  },
  fas_target_created_min: {
    type: 'gauge',
    help: 'Least number of machines that should exist, as the expressions say.',
    labels: APP,
  },
  fas_target_created_max: {
    type: 'gauge',
    help: 'Greatest number of machines that should exist, as the expressions say.',
    labels: APP,
  },
  fas_target_started_min: {
    type: 'gauge',
    help: 'Least number of machines that should run, as the expressions say.',
    labels: APP,
  },
  fas_target_started_max: {
    type: 'gauge',
    help: 'Greatest number of machines that should run, as the expressions say.',
    labels: APP,
  },
  fas_wanted_machines: {
    type: 'gauge',
    help: 'What the last pass aimed at after all limits.',
    labels: { ...APP, count: '`created`, `started`' },
  },
  fas_machines: {
    type: 'gauge',
    help: 'Machines of the process group by state, as Fly names the states.',
    labels: { ...APP, state: 'such as `started`, `stopped`, `suspended`' },
  },
  fas_crashed_machines: {
    type: 'gauge',
    help: 'Machines that have stopped by a crash.',
    labels: APP,
  },
  fas_held: {
    type: 'gauge',
    help: '1 for each reason that held the app back, or deserves a look, in the last pass.',
    labels: { ...APP, reason: 'reason code, such as `release-running`' },
  },
  fas_app_pass_duration_seconds: {
    type: 'gauge',
    help: 'Duration of the last pass over the app.',
    labels: APP,
  },
  fas_app_errors_total: {
    type: 'counter',
    help: 'Errors of passes, collections and actions of the app.',
    labels: { ...APP, kind: 'error code, such as `source-timeout`' },
  },
  fas_last_success_timestamp_seconds: {
    type: 'gauge',
    help: 'End of the last pass without an error, in seconds since the Unix epoch; absent before.',
    labels: APP,
  },
} as const satisfies Record<string, MetricFamily>;

export type FleetMetric = keyof typeof FLEET_METRICS;
export type AppMetric = keyof typeof APP_METRICS;

/** Above so many apps, `auto` leaves the series of single apps out. */
export const PER_APP_LIMIT = 2000;
