/** A Prometheus collector for a fleet beside its source, which is what answers queries in this process, in virtual time. */
import { seededRandom } from '../seams/clock.js';
import { guarded } from '../collectors/shared/pacing/guard.js';
import { recallFrom } from '../collectors/shared/samples/recall.js';
import { prometheus } from '../collectors/prometheus/index.js';
import { prometheusSchema } from '../collectors/prometheus/settings.js';
import type { Sample } from '../core/model/sample.js';
import { collectAll } from './collector-contract.js';
import { createFakeClock } from './fake-clock.js';
import type { Collector } from '../seams/collector.js';

type Labels = Readonly<Record<string, string>>;
export type FleetSeries = readonly (readonly [labels: Labels, value: string])[];

/** When the source says that it evaluated. */
export const AT_SECONDS = 1_767_225_600;

export function vectorBody(series: FleetSeries): string {
  const result = series.map(([metric, value]) => ({ metric, value: [AT_SECONDS, value] }));
  return JSON.stringify({ status: 'success', data: { resultType: 'vector', result } });
}

/** An interval of 15 s; the query is `sum(jobs{app="$APP_NAME"})` unless told. */
export function fleetSource(
  settings: Readonly<Record<string, unknown>> = {},
  patterns: readonly string[] = ['a*'],
) {
  const clock = createFakeClock();
  const asked: string[] = [];
  const warnings: string[] = [];
  const source = {
    answer: (_query: string): string | Promise<string> => vectorBody([]),
    status: 200,
  };
  const parsed = prometheusSchema.parse({
    'metric-name': 'jobs',
    address: 'http://source.test',
    query: 'sum(jobs{app="$APP_NAME"})',
    ...settings,
  });
  const kept = new Map<string, object>();
  const open = (appPatterns: readonly string[]): Collector =>
    guarded(prometheus).create(parsed, {
      connect: () => ({
        close: () => Promise.resolve(),
        async request({ body }) {
          const query = new URLSearchParams(body).get('query') ?? '';
          asked.push(query);
          const text = await source.answer(query);
          return { status: source.status, headers: {}, body: text };
        },
      }),
      clock,
      random: seededRandom(1),
      userAgent: 'test',
      timeoutMs: 30_000,
      intervalMs: 15_000,
      appPatterns,
      warn: (message) => warnings.push(message),
      recall: recallFrom(kept),
    });
  let collector = open(patterns);
  /** Another takes its place, as when a reload changes what apps there are. */
  const reopen = (appPatterns: readonly string[]): void => {
    collector = open(appPatterns);
  };
  const collect = (...apps: readonly string[]): Promise<ReadonlyMap<string, Sample>> =>
    clock.runUntil(collectAll(collector, apps));
  return { clock, asked, warnings, source, collector, collect, reopen };
}

/** The value, the code of the error, or the kind. */
export const outcomeOf = (sample: Sample | undefined): unknown =>
  sample?.kind === 'value' ? sample.value : sample?.kind === 'error' ? sample.code : sample?.kind;
