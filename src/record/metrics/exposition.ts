/** The Prometheus text format, version 0.0.4. */
import type { MetricFamily } from './metric-table.js';

export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };

export function escapeLabel(value: string): string {
  return value.replaceAll(/[\\"\n]/g, (character) => ESCAPES[character] ?? character);
}

/** `a="1",b="2"`, without braces, so that more can be put behind it. */
export function labelText(labels: Readonly<Record<string, string>>): string {
  return (
    Object.entries(labels)
      // Joined: what is put together otherwise is kept in its pieces, and those of an app are kept.
      .map(([name, value]) => [name, '="', escapeLabel(value), '"'].join(''))
      .join(',')
  );
}

export function formatValue(value: number): string {
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
}

/** One line; `labels` as `labelText` gives them. */
export function series(name: string, labels: string, value: number): string {
  return `${name}${labels === '' ? '' : `{${labels}}`} ${formatValue(value)}\n`;
}

export function familyHeader(name: string, { help, type }: MetricFamily): string {
  const text = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return `# HELP ${name} ${text}\n# TYPE ${name} ${type}\n`;
}
