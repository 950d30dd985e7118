/** How values are shown to people. */
import type { SampleJson } from '../record/sample-json.js';

/** "3", "2-5", or "-" when there is none. */
export function formatRange(min: number | null, max: number | null): string {
  if (min === null || max === null) return '-';
  return min === max ? String(min) : `${min}-${max}`;
}

/** Four significant digits where a value has fractions that matter. */
export function formatMetric(value: SampleJson): string {
  if (value === null) return 'empty';
  if (typeof value === 'object')
    return 'instances' in value ? plural(Object.keys(value.instances).length, 'instance') : 'error';
  if (typeof value === 'string' || Number.isInteger(value)) return String(value);
  return String(Math.abs(value) < 1000 ? Number(value.toPrecision(4)) : Math.round(value));
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
