/** How old data may be, for sources whose answers say when they were true. */
import type { Sample } from '../../../core/model/sample.js';
import { duration, setting } from '../../../seams/schema.js';
import { parseNumber } from '../samples/number-text.js';
import { errorSample } from '../samples/samples.js';

/** The setting; `judgedBy` tells people where the time of the data comes from. */
export function maxAgeSetting(judgedBy: string) {
  return setting(duration().optional(), {
    description: `Data older than this is not used. ${judgedBy}`,
    example: '2m',
    defaultText: 'no limit',
  });
}

/** Times from here on are milliseconds, smaller ones seconds: the year 5138 or 1973. */
const LEAST_MS = 1e11;

/** ISO 8601 with a zone, and as PostgreSQL writes it; without a zone nobody knows when that was. */
const WITH_ZONE =
  /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?(Z|[+-]\d\d(?::?\d\d)?)$/i;

/** A time as answers have it: seconds or milliseconds since the epoch, as a number or a text, or a date with its zone. Null when it is none. */
export function timeMsOf(written: unknown): number | null {
  const number = typeof written === 'string' ? parseNumber(written.trim()) : written;
  if (typeof number === 'number') {
    if (!Number.isFinite(number)) return null;
    return Math.round(Math.abs(number) < LEAST_MS ? number * 1000 : number);
  }
  const parts = typeof written === 'string' ? WITH_ZONE.exec(written.trim()) : null;
  if (parts === null) return null;
  const [, date = '', time = '', zone = ''] = parts;
  const hours = /^[+-]\d\d$/.test(zone) ? `${zone}:00` : zone;
  const ms = Date.parse(`${date}T${time}${hours.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2')}`);
  return Number.isNaN(ms) ? null : ms;
}

/** The sample with the time of its data, or what it is when that is too long ago or unknown. Of defaults, errors and nothing there is no age. */
export function judgedByAge(
  sample: Sample,
  /** Null: the answer does not say. */
  dataAtMs: number | null,
  maxAgeMs: number,
  nowMs: number,
): Sample {
  if (sample.kind !== 'value' && sample.kind !== 'not-a-number') return sample;
  if (sample.kind === 'value' && sample.isDefault === true) return sample;
  if (dataAtMs === null) {
    const message = 'the answer does not say when its number was true, which max-age needs to know';
    return errorSample('source-bad-answer', message, nowMs);
  }
  // Clocks of two machines differ a little.
  const ageMs = Math.max(0, nowMs - dataAtMs);
  if (ageMs > maxAgeMs) return { kind: 'stale', value: sample.value, atMs: dataAtMs, ageMs };
  return { ...sample, atMs: dataAtMs };
}
