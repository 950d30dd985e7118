/** Metrics of the whole fleet. */
import type { Clock } from '../../seams/clock.js';
import type { ErrorCode } from '../../core/model/errors.js';
import { sourceKey } from '../log/source-log.js';
import { effectsOf, EFFECTS, type Effect } from '../report/effect.js';
import { familyHeader, labelText, series } from './exposition.js';
import { FLEET_METRICS, type FleetMetric } from './metric-table.js';
import type { RecordStats } from '../store/recording.js';
import type { FleetEvent, PassReport, SourceEvent } from '../../seams/events.js';

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

interface FleetSeriesOptions {
  readonly clock: Clock;
  readonly version: string;
  /** False when every app is named: then there is no list that could age. */
  readonly isAppListRead: boolean;
  readonly usage: () => ProcessUsage;
  /** Absent: there is no record. */
  readonly record?: () => RecordStats;
}

export function createFleetSeries(options: FleetSeriesOptions): FleetSeries {
  return new Series(options);
}

class Series implements FleetSeries {
  readonly #options: FleetSeriesOptions;
  readonly #counters = new Map<string, number>();
  readonly #gauges: ReadonlyMap<FleetMetric, () => number | null>;
  readonly #duration = createHistogram('fas_pass_duration_seconds');
  readonly #lateness = createHistogram('fas_pass_lateness_seconds');
  /** Labels of a metric -> apps whose latest sample of it is an error. */
  readonly #failing = new Map<string, Set<string>>();
  /** Metric -> whether its fleet brake is on; those that never were are absent. */
  readonly #brakes = new Map<string, boolean>();
  readonly #sources = new Map<string, SourceEvent>();
  #listReadAtMs: number | null = null;
  #tickAtMs: number | null = null;
  #machinesReadAtMs: number | null = null;
  #tick = { stillBusy: 0, latenessMs: 0 };
  #apps = 0;

  constructor(options: FleetSeriesOptions) {
    this.#options = options;
    this.#gauges = new Map([...this.#fleetGauges(), ...this.#processGauges()]);
    this.#addZeros();
  }

  pass(report: PassReport): void {
    this.#duration.observe(report.durationMs / 1000, 1);
    this.#lateness.observe(report.latenessMs / 1000, 1);
    for (const { effect, status } of report.outcomes.flatMap(effectsOf)) {
      this.#add(MACHINE_COUNTERS[effect], { status });
    }
    for (const status of reconcileStatuses(report)) this.#add('fas_reconcile_count', { status });
    for (const kind of errorsOf(report)) this.#add('fas_errors_total', { kind });
    for (const [metric, { kind }] of report.samples) {
      // A collector of a policy's own may have the name of a shared one.
      const isOwn = report.policy.ownMetrics.has(metric);
      const labels = labelText(isOwn ? { metric, policy: report.policy.name } : { metric });
      const apps = this.#failing.get(labels) ?? new Set();
      this.#failing.set(labels, apps);
      if (kind === 'error') apps.add(report.app);
      else apps.delete(report.app);
    }
  }

  fleet(event: FleetEvent): void {
    const { clock, isAppListRead } = this.#options;
    if (event.kind === 'tick') {
      this.#tick = event;
      this.#tickAtMs = clock.elapsedMs();
      this.#apps = event.apps;
      this.#add('fas_overdue_passes_total', {}, event.stillBusy);
    } else if (event.kind === 'apps-unchanged') {
      this.#lateness.observe(event.latenessMs / 1000, event.apps.length);
      this.#add('fas_reconcile_count', { status: 'no_scale' }, event.apps.length);
    } else if (event.kind === 'machine-list') {
      this.#machinesReadAtMs = clock.elapsedMs();
    } else if (event.kind === 'app-list') {
      for (const app of event.removed) this.#forget(app);
      this.#listReadAtMs = isAppListRead ? clock.elapsedMs() : null;
      this.#apps = event.apps.length;
    } else if (event.kind === 'app-gone') {
      this.#forget(event.app);
    } else if (event.kind === 'source') {
      this.#sources.set(sourceKey(event), event);
    } else if (event.kind === 'brake') {
      this.#brakes.set(event.source, event.isOn);
    } else if (event.kind === 'reconfigured') {
      // A metric of the earlier configuration may be gone, and its apps with it.
      this.#failing.clear();
      for (const key of this.#sources.keys()) {
        if (!event.collectors.includes(key)) this.#sources.delete(key);
      }
      this.#add('fas_config_reload_count', { status: 'ok' });
    } else if (event.kind === 'config-refused') {
      this.#add('fas_config_reload_count', { status: 'failed' });
    } else if (
      event.kind === 'app-list-failed' ||
      event.kind === 'machine-list-failed' ||
      event.kind === 'state-failed'
    ) {
      this.#add('fas_errors_total', { kind: event.error.code });
    }
  }

  text(): string {
    return (Object.keys(FLEET_METRICS) as FleetMetric[])
      .map((name) => familyHeader(name, FLEET_METRICS[name]) + this.#body(name))
      .join('');
  }

  #add(name: FleetMetric, labels: Readonly<Record<string, string>>, by = 1): void {
    const key = `${name} ${labelText(labels)}`;
    this.#counters.set(key, (this.#counters.get(key) ?? 0) + by);
  }

  /** Present from the start, so that a rate over the first increase is right. */
  #addZeros(): void {
    for (const effect of EFFECTS) {
      for (const status of ['ok', 'failed']) this.#add(MACHINE_COUNTERS[effect], { status }, 0);
    }
    for (const status of ['create', 'destroy', 'start', 'stop', 'no_scale']) {
      this.#add('fas_reconcile_count', { status }, 0);
    }
    this.#add('fas_overdue_passes_total', {}, 0);
    for (const status of ['ok', 'failed']) this.#add('fas_config_reload_count', { status }, 0);
  }

  #forget(app: string): void {
    for (const apps of this.#failing.values()) apps.delete(app);
  }

  #fleetGauges(): readonly (readonly [FleetMetric, () => number | null])[] {
    const ageSeconds = (sinceMs: number | null): number | null =>
      sinceMs === null ? null : (this.#options.clock.elapsedMs() - sinceMs) / 1000;
    return [
      ['fas_apps', () => this.#apps],
      ['fas_busy_apps', () => this.#tick.stillBusy],
      ['fas_app_list_age_seconds', () => ageSeconds(this.#listReadAtMs)],
      ['fas_machine_list_age_seconds', () => ageSeconds(this.#machinesReadAtMs)],
      ['fas_last_tick_age_seconds', () => ageSeconds(this.#tickAtMs)],
      ['fas_tick_lateness_seconds', () => this.#tick.latenessMs / 1000],
    ];
  }

  #processGauges(): readonly (readonly [FleetMetric, () => number | null])[] {
    const { usage } = this.#options;
    const record = (): RecordStats | null => this.#options.record?.() ?? null;
    return [
      ['process_resident_memory_bytes', () => usage().residentBytes],
      ['process_cpu_seconds_total', () => usage().cpuSeconds],
      ['process_start_time_seconds', () => usage().startedAtMs / 1000],
      [
        'fas_record_age_seconds',
        () => {
          const ageMs = record()?.ageMs ?? null;
          return ageMs === null ? null : ageMs / 1000;
        },
      ],
      ['fas_record_bytes', () => record()?.bytes ?? null],
      ['fas_record_lost_total', () => record()?.lost ?? null],
    ];
  }

  #body(name: FleetMetric): string {
    if (name === 'fas_build_info') {
      const { version } = this.#options;
      return series(name, labelText({ version, node: process.version }), 1);
    }
    if (name === 'fas_pass_duration_seconds') return this.#duration.text();
    if (name === 'fas_pass_lateness_seconds') return this.#lateness.text();
    if (name === 'fas_metric_failing_apps') {
      return [...this.#failing].map(([labels, apps]) => series(name, labels, apps.size)).join('');
    }
    if (name === 'fas_fleet_brake') {
      return [...this.#brakes]
        .map(([metric, isOn]) => series(name, labelText({ metric }), isOn ? 1 : 0))
        .join('');
    }
    if (name === 'fas_source_state') return [...this.#sources.values()].map(sourceLines).join('');
    const gauge = this.#gauges.get(name);
    if (gauge !== undefined) {
      const value = gauge();
      return value === null ? '' : series(name, '', value);
    }
    return [...this.#counters]
      .filter(([key]) => key.startsWith(`${name} `))
      .map(([key, value]) => series(name, key.slice(name.length + 1), value))
      .join('');
  }
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
