/** How values are shown to people. */
import type { SampleJson } from '../core/model/sample-json.js';

/** "my-app-1", or "my-app-1 web" by a policy that is shown. */
export function nameOf({
  app,
  policy,
}: {
  readonly app: string;
  readonly policy?: string | undefined;
}): string {
  return policy === undefined ? app : `${app} ${policy}`;
}

/** "3", "2-5", or "-" when there is none. */
export function formatRange(min: number | null, max: number | null): string {
  if (min === null || max === null) return '-';
  return min === max ? String(min) : `${min}-${max}`;
}

/** Four significant digits where a value has fractions that matter. */
export function formatMetric(value: SampleJson): string {
  if (value === null) return 'empty';
  if (typeof value === 'object') return 'error' in value ? 'error' : formatInstances(value);
  if (typeof value === 'string' || Number.isInteger(value)) return String(value);
  return String(Math.abs(value) < 1000 ? Number(value.toPrecision(4)) : Math.round(value));
}

/** What machines are busy with, in sum: "7 in 3 machines". */
function formatInstances({
  instances,
}: Extract<SampleJson, { readonly instances: unknown }>): string {
  const values = Object.values(instances);
  const sum = values.reduce((total, value) => total + value, 0);
  return `${formatMetric(sum)} in ${plural(values.length, 'machine')}`;
}

/** One metric is shown by its value alone, unless `isNamed`. */
export function formatMetrics(
  metrics: readonly (readonly [name: string, value: SampleJson])[],
  { isNamed }: { readonly isNamed: boolean },
): string {
  if (metrics.length === 0) return '-';
  const [only] = metrics;
  if (only !== undefined && metrics.length === 1 && !isNamed) return formatMetric(only[1]);
  return metrics.map(([name, value]) => `${name}=${formatMetric(value)}`).join(' ');
}

/** "8s", "3m", "2h", "5d": one unit, rounded down. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

/** "00:12:05"; hours go on past 24. */
export function formatStopwatch(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** "2026-01-31 18:00Z": to the minute. */
export function formatMoment(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')}Z`;
}

/** Lines of at most `width` characters, broken at blanks where there are any. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length <= width || line === '') line = longer;
    else {
      lines.push(line);
      line = word;
    }
    for (; line.length > width; line = line.slice(width)) lines.push(line.slice(0, width));
  }
  return [...lines, line];
}
