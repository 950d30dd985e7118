/** The reading that gives one value per instance: which machine of an app is busy with how much. */
import type { Sample } from '../../core/model/sample.js';
import { errorSample } from '../shared/samples/samples.js';
import { inSlices, type Breathe } from '../../seams/slices.js';
import type { Answer, Series } from './answer.js';
import { combine, type SeriesRule } from './interpret.js';

export interface InstanceReading {
  /** The label that names the machine; Fly's own is `instance`. */
  readonly label: string;
  /** What to make of several series of one instance; `first` stands for their sum, since all of them are its work. */
  readonly rule: SeriesRule;
  /** True: the answer is for many apps, and series that name another app in their label `app` are not its own. */
  readonly isForMany: boolean;
}

/**
 * The sample of each app that the answer is for. A value that is not finite, or a series without the label, says
 * nothing of any instance.
 */
export async function instanceSamples(
  answer: Answer,
  how: InstanceReading,
  nowMs: number,
  breathe: Breathe,
): Promise<(app: string) => Sample> {
  if (answer.kind === 'failure') {
    const failed = errorSample(answer.code, answer.message, nowMs);
    return () => failed;
  }
  const byApp = new Map<string, Map<string, number[]>>();
  await inSlices(answer.series, breathe, (series) => note(byApp, series, how));
  const atMs = answer.series[0]?.atMs ?? nowMs;
  const shared = byApp.get('');
  return (app) => sampleOf([shared, byApp.get(app)], how.rule, atMs);
}

function note(
  byApp: Map<string, Map<string, number[]>>,
  { labels, value }: Series,
  { label, isForMany }: InstanceReading,
): void {
  const instance = labels[label] ?? '';
  if (instance === '') return;
  const app = isForMany ? (labels['app'] ?? '') : '';
  const instances = byApp.get(app) ?? new Map<string, number[]>();
  byApp.set(app, instances);
  const values = instances.get(instance) ?? [];
  instances.set(instance, values);
  values.push(value);
}

function sampleOf(
  parts: readonly (ReadonlyMap<string, readonly number[]> | undefined)[],
  rule: SeriesRule,
  atMs: number,
): Sample {
  const found = new Map<string, readonly number[]>();
  for (const part of parts) {
    for (const [instance, values] of part ?? [])
      found.set(instance, [...(found.get(instance) ?? []), ...values]);
  }
  if (found.size === 0) return { kind: 'empty', atMs };
  const values: [string, number][] = [];
  for (const [instance, several] of found) {
    if (several.length > 1 && rule === 'error') {
      const message = `the query gives ${several.length} series for the instance ${instance}, one is wanted`;
      return errorSample('source-ambiguous', message, atMs);
    }
    const value = combine(rule === 'first' || rule === 'error' ? 'sum' : rule, several);
    if (Number.isFinite(value)) values.push([instance, value]);
  }
  return { kind: 'instances', values: Object.fromEntries(values), atMs };
}
