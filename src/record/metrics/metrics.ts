/** What /metrics shows. */
import type { Clock } from '../../seams/clock.js';
import { createAppSeries } from './app-series.js';
import { createFleetSeries, type ProcessUsage } from './fleet-series.js';
import { PER_APP_LIMIT } from './metric-table.js';
import type { RecordStats } from '../store/recording.js';
import type { Recorder } from '../../seams/events.js';

const MOST_APPS = { auto: PER_APP_LIMIT, on: Number.POSITIVE_INFINITY, off: 0 };

export interface Metrics {
  readonly recorder: Recorder;
  /** The whole text in slices; whoever writes it lets others run between two of them. */
  text(): Iterable<string>;
}

export function createMetrics(options: {
  readonly clock: Clock;
  readonly version: string;
  /** False when every app is named: then there is no list that could age. */
  readonly isAppListRead: boolean;
  /** `auto`: series of single apps up to `PER_APP_LIMIT` apps. */
  readonly perApp: 'auto' | 'on' | 'off';
  readonly usage: () => ProcessUsage;
  /** Absent: there is no record. */
  readonly record?: () => RecordStats;
}): Metrics {
  const fleet = createFleetSeries(options);
  const apps = createAppSeries(MOST_APPS[options.perApp]);
  return {
    recorder: {
      pass(report) {
        fleet.pass(report);
        apps.pass(report);
      },
      fleet(event) {
        fleet.fleet(event);
        apps.fleet(event);
      },
    },
    *text() {
      yield fleet.text();
      yield* apps.text();
    },
  };
}

/** Of this process. */
export function processUsage(clock: Clock): () => ProcessUsage {
  const startedAtMs = clock.now() - process.uptime() * 1000;
  return () => {
    const { user, system } = process.cpuUsage();
    return {
      residentBytes: process.memoryUsage.rss(),
      cpuSeconds: (user + system) / 1e6,
      startedAtMs,
    };
  };
}
