import { formatDurationMs } from '../time/duration.js';
import type { Sample, Samples } from './sample.js';

/** A sample as JSON shows it: "NaN", "+Inf" and "-Inf" are texts; null: the source has no value. */
export type SampleJson =
  | number
  | string
  | null
  | { readonly instances: Readonly<Record<string, number>> }
  | { readonly error: string };

/** JSON has no NaN and no infinity, so they are texts: "NaN", "+Inf", "-Inf". */
function numberJson(value: number): number | string {
  if (Number.isFinite(value)) return value;
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '+Inf' : '-Inf';
}

export function sampleJson(sample: Sample): SampleJson {
  switch (sample.kind) {
    case 'value':
    case 'not-a-number':
      return numberJson(sample.value);
    case 'empty':
      return null;
    case 'instances':
      return { instances: sample.values };
    case 'stale':
      return {
        error: `the newest value, ${numberJson(sample.value)}, is ${formatDurationMs(sample.ageMs)} old`,
      };
    case 'error':
      return { error: sample.message };
  }
}

export function samplesJson(samples: Samples): Readonly<Record<string, SampleJson>> {
  return Object.fromEntries([...samples].map(([name, sample]) => [name, sampleJson(sample)]));
}
