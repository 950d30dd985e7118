/** Metrics of the whole fleet. */
import type { Clock } from '../clock.js';
import type { ErrorCode } from '../core/errors.js';
import type { FleetEvent, PassReport, SourceEvent } from '../ports.js';
import { effectsOf, EFFECTS, type Effect } from './effect.js';
import { familyHeader, labelText, series } from './exposition.js';
import { FLEET_METRICS, type FleetMetric } from './metric-table.js';
import { sourceKey } from './source-log.js';
import type { RecordStats } from './store/recording.js';

const BUCKETS_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

const MACHINE_COUNTERS = {
  create: 'fas_machine_create_count',
  destroy: 'fas_machine_destroy_count',
  start: 'fas_machine_start_count',
  stop: 'fas_machine_stop_count',
  suspend: 'fas_machine_suspend_count',
} as const satisfies Record<Effect, FleetMetric>;

/** What the process uses; CPU in seconds since its start. */
export interface ProcessUsage {
  readonly residentBytes: number;
  readonly cpuSeconds: number;
  readonly startedAtMs: number;
}

export interface FleetSeries {
  pass(report: PassReport): void;
  fleet(event: FleetEvent): void;
  text(): string;
}

export function createFleetSeries(options: {
  readonly clock: Clock;
  readonly version: string;
  /** False when every app is named: then there is no list that could age. */
  readonly isAppListRead: boolean;
  readonly usage: () => ProcessUsage;
  /** Absent: there is no record. */
  readonly record?: () => RecordStats;
}): FleetSeries {
  const { clock } = options;
  const counters = new Map<string, number>();
  const gauges = new Map<FleetMetric, () => number | null>();
  const add = (name: FleetMetric, labels: Readonly<Record<string, string>>, by = 1): void => {
    const key = `${name} ${labelText(labels)}`;
    counters.set(key, (counters.get(key) ?? 0) + by);
  };
  // Present from the start, so that a rate over the first increase is right.
  for (const effect of EFFECTS) {
    for (const status of ['ok', 'failed']) add(MACHINE_COUNTERS[effect], { status }, 0);
  }
  for (const status of ['create', 'destroy', 'start', 'stop', 'no_scale']) {
    add('fas_reconcile_count', { status }, 0);
  }
  add('fas_overdue_passes_total', {}, 0);
  for (const status of ['ok', 'failed']) add('fas_config_reload_count', { status }, 0);
  const duration = createHistogram('fas_pass_duration_seconds');
  const lateness = createHistogram('fas_pass_lateness_seconds');
  /** Labels of a metric -> apps whose latest sample of it is an error. */
  const failing = new Map<string, Set<string>>();
  /** Metric -> whether its fleet brake is on; those that never were are absent. */
  const brakes = new Map<string, boolean>();
  const sources = new Map<string, SourceEvent>();
  const forget = (app: string): void => {
    for (const apps of failing.values()) apps.delete(app);
  };
  let listReadAtMs: number | null = null;
  let tickAtMs: number | null = null;
  let machinesReadAtMs: number | null = null;
  let tick = { apps: 0, stillBusy: 0, latenessMs: 0 };
  let apps = 0;
  const ageSeconds = (sinceMs: number | null): number | null =>
    sinceMs === null ? null : (clock.elapsedMs() - sinceMs) / 1000;

  gauges.set('fas_apps', () => apps);
  gauges.set('fas_busy_apps', () => tick.stillBusy);
  gauges.set('fas_app_list_age_seconds', () => ageSeconds(listReadAtMs));
  gauges.set('fas_machine_list_age_seconds', () => ageSeconds(machinesReadAtMs));
  gauges.set('fas_last_tick_age_seconds', () => ageSeconds(tickAtMs));
  gauges.set('fas_tick_lateness_seconds', () => tick.latenessMs / 1000);
  gauges.set('process_resident_memory_bytes', () => options.usage().residentBytes);
  gauges.set('process_cpu_seconds_total', () => options.usage().cpuSeconds);
  gauges.set('process_start_time_seconds', () => options.usage().startedAtMs / 1000);
  const record = (): RecordStats | null => options.record?.() ?? null;
  gauges.set('fas_record_age_seconds', () => {
    const ageMs = record()?.ageMs ?? null;
    return ageMs === null ? null : ageMs / 1000;
  });
  gauges.set('fas_record_bytes', () => record()?.bytes ?? null);
  gauges.set('fas_record_lost_total', () => record()?.lost ?? null);
  const build = labelText({ version: options.version, node: process.version });

  const body = (name: FleetMetric): string => {
    if (name === 'fas_build_info') return series(name, build, 1);
    if (name === 'fas_pass_duration_seconds') return duration.text();
    if (name === 'fas_pass_lateness_seconds') return lateness.text();
    if (name === 'fas_metric_failing_apps') {
      return [...failing].map(([labels, apps]) => series(name, labels, apps.size)).join('');
    }
    if (name === 'fas_fleet_brake') {
      return [...brakes]
        .map(([metric, isOn]) => series(name, labelText({ metric }), isOn ? 1 : 0))
        .join('');
    }
    if (name === 'fas_source_state') return [...sources.values()].map(sourceLines).join('');
    const gauge = gauges.get(name);
    if (gauge !== undefined) {
      const value = gauge();
      return value === null ? '' : series(name, '', value);
    }
    return [...counters]
      .filter(([key]) => key.startsWith(`${name} `))
      .map(([key, value]) => series(name, key.slice(name.length + 1), value))
      .join('');
  };

  return {
    pass(report) {
      duration.observe(report.durationMs / 1000, 1);
      if (report.latenessMs !== null) lateness.observe(report.latenessMs / 1000, 1);
      for (const { effect, status } of report.outcomes.flatMap(effectsOf)) {
        add(MACHINE_COUNTERS[effect], { status });
      }
      for (const status of reconcileStatuses(report)) add('fas_reconcile_count', { status });
      for (const kind of errorsOf(report)) add('fas_errors_total', { kind });
      for (const [metric, { kind }] of report.samples) {
        // A collector of a policy's own may have the name of a shared one.
        const isOwn = report.policy.ownMetrics.has(metric);
        const labels = labelText(isOwn ? { metric, policy: report.policy.name } : { metric });
        const apps = failing.get(labels) ?? new Set();
        failing.set(labels, apps);
        if (kind === 'error') apps.add(report.app);
        else apps.delete(report.app);
      }
    },
    fleet(event) {
      if (event.kind === 'tick') {
        tick = event;
        tickAtMs = clock.elapsedMs();
        apps = event.apps;
        add('fas_overdue_passes_total', {}, event.stillBusy);
      } else if (event.kind === 'apps-unchanged') {
        lateness.observe(event.latenessMs / 1000, event.apps.length);
        add('fas_reconcile_count', { status: 'no_scale' }, event.apps.length);
      } else if (event.kind === 'machine-list') {
        machinesReadAtMs = clock.elapsedMs();
      } else if (event.kind === 'machine-list-failed') {
        add('fas_errors_total', { kind: event.error.code });
      } else if (event.kind === 'app-list') {
        for (const app of event.removed) forget(app);
        listReadAtMs = options.isAppListRead ? clock.elapsedMs() : null;
        apps = event.apps.length;
      } else if (event.kind === 'app-gone') {
        forget(event.app);
      } else if (event.kind === 'source') {
        sources.set(sourceKey(event), event);
      } else if (event.kind === 'app-list-failed') {
        add('fas_errors_total', { kind: event.error.code });
      } else if (event.kind === 'state-failed') {
        add('fas_errors_total', { kind: event.error.code });
      } else if (event.kind === 'brake') {
        brakes.set(event.source, event.isOn);
      } else if (event.kind === 'reconfigured') {
        // A metric of the earlier configuration may be gone, and its apps with it.
        failing.clear();
        for (const key of sources.keys()) if (!event.collectors.includes(key)) sources.delete(key);
        add('fas_config_reload_count', { status: 'ok' });
      } else if (event.kind === 'config-refused') {
        add('fas_config_reload_count', { status: 'failed' });
      }
    },
    text() {
      return (Object.keys(FLEET_METRICS) as FleetMetric[])
        .map((name) => familyHeader(name, FLEET_METRICS[name]) + body(name))
        .join('');
    },
  };
}

function sourceLines({ metric, policy, type, state }: SourceEvent): string {
  const owner: Readonly<Record<string, string>> = policy === undefined ? {} : { policy };
  return (['up', 'failing', 'resting'] as const)
    .map((each) =>
      series(
        'fas_source_state',
        labelText({ metric, ...owner, type, state: each }),
        Number(each === state),
      ),
    )
    .join('');
}

/** Cumulative buckets as Prometheus wants them. */
function createHistogram(name: string): {
  observe(value: number, times: number): void;
  text(): string;
} {
  const counts = BUCKETS_SECONDS.map(() => 0);
  let sum = 0;
  let count = 0;
  return {
    observe(value, times) {
      sum += value * times;
      count += times;
      BUCKETS_SECONDS.forEach((bound, index) => {
        if (value <= bound) counts[index] = (counts[index] ?? 0) + times;
      });
    },
    text() {
      const buckets = BUCKETS_SECONDS.map((bound, index) =>
        series(`${name}_bucket`, `le="${bound}"`, counts[index] ?? 0),
      );
      const total = series(`${name}_bucket`, 'le="+Inf"', count);
      return `${buckets.join('')}${total}${series(`${name}_sum`, '', sum)}${series(`${name}_count`, '', count)}`;
    },
  };
}

/** A suspend counts as a stop here: the label's values are those of fly-autoscaler 0.3.2. */
function reconcileStatuses(report: PassReport): Set<string> {
  const statuses = new Set(
    report.outcomes
      .filter(({ result }) => result === 'done' || result === 'partly' || result === 'undone')
      .map(({ action: { kind } }) => {
        if (kind === 'undo') return 'start';
        return kind === 'suspend' || kind === 'finish' ? 'stop' : kind;
      }),
  );
  const isFailed = report.error !== null || report.outcomes.some((o) => o.result === 'failed');
  return statuses.size === 0 && !isFailed ? new Set(['no_scale']) : statuses;
}

/** Every error of a pass, once each time it happened. */
export function errorsOf(report: PassReport): ErrorCode[] {
  const codes: ErrorCode[] = report.error === null ? [] : [report.error.code];
  for (const sample of report.samples.values())
    if (sample.kind === 'error') codes.push(sample.code);
  for (const { errorCode } of report.outcomes) if (errorCode !== undefined) codes.push(errorCode);
  return codes;
}
