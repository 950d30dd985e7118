import type { Sample } from '../../core/model/sample.js';
import { failure, type Answer } from './answer.js';
import { sampleOf } from './interpret.js';
import { isOfDataAlone, oldestNewestMs } from './max-age.js';
import type { PrometheusSettings } from './settings.js';

const AGELESS = failure(
  'source-bad-answer',
  'it has a value, and no series that would tell its age',
);

/** The one sample in an answer, and whether it is too old by the answer to the question of its age; null: nobody asked. */
export function judge(
  value: Answer,
  timestamps: Answer | null,
  settings: Pick<PrometheusSettings, 'query' | 'series' | 'default' | 'max-age'>,
  nowMs: number,
): Sample {
  const how = { rule: settings.series, defaultValue: settings.default };
  const maxAgeMs = settings['max-age'];
  const sample = sampleOf(value, how, nowMs);
  if (timestamps === null || maxAgeMs === undefined) return sample;
  if (sample.kind !== 'value' && sample.kind !== 'not-a-number') return sample;
  if (sample.kind === 'value' && sample.isDefault === true) return sample;
  if (timestamps.kind === 'failure') return sampleOf(timestamps, how, nowMs);
  const dataAtMs = oldestNewestMs(timestamps);
  if (dataAtMs === null) {
    // Two answers that contradict each other: of a value that is of some data the age is not known.
    return isOfDataAlone(settings.query) ? sampleOf(AGELESS, how, nowMs) : sample;
  }
  if (typeof dataAtMs !== 'number') return sampleOf(dataAtMs, how, nowMs);
  // Both times are the server's: a clock of ours that is off cannot make data look fresh.
  const ageMs = Math.max(0, sample.atMs - dataAtMs);
  if (ageMs > maxAgeMs) return { kind: 'stale', value: sample.value, atMs: dataAtMs, ageMs };
  return { ...sample, atMs: dataAtMs };
}
