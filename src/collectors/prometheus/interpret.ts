import type { Sample } from '../../core/sample.js';
import { emptySample, errorSample } from '../samples.js';
import type { Answer, Series } from './answer.js';

/** What to make of several series. */
export const SERIES_RULES = ['first', 'sum', 'max', 'min', 'avg', 'error'] as const;
export type SeriesRule = (typeof SERIES_RULES)[number];

export interface Interpretation {
  readonly rule: SeriesRule;
  /** The value of an empty answer; undefined leaves it empty. */
  readonly defaultValue: number | undefined;
}

/** Series named in a message before it says "and so many more". */
const MAX_NAMED = 5;

/** The one sample in an answer. `nowMs` dates answers that carry no time: empty ones and failures. */
export function sampleOf(answer: Answer, how: Interpretation, nowMs: number): Sample {
  if (answer.kind === 'failure') {
    return errorSample(answer.code, answer.message, nowMs);
  }
  const [only, ...others] = answer.series;
  if (only === undefined && answer.dropped !== undefined) {
    const message = `no series is left, as the server left some out: ${answer.dropped}`;
    return errorSample('source-partial', message, nowMs);
  }
  if (only === undefined) return emptySample(how.defaultValue, nowMs);
  if (others.length === 0) return numberSample(only.value, only.atMs, answer.note);
  const count = answer.series.length;
  if (how.rule === 'error') {
    const message = `the query gives ${count} series, one is wanted: ${namesOf(answer.series)}`;
    return errorSample('source-ambiguous', message, nowMs);
  }
  if (how.rule === 'first') {
    const first = answer.series.reduce((a, b) => (compareLabels(b.labels, a.labels) < 0 ? b : a));
    const warning = `${count} series, the first is used: ${namesOf([first])} of ${namesOf(answer.series)}`;
    return numberSample(first.value, first.atMs, joined(warning, answer.note));
  }
  const values = answer.series.map((series) => series.value);
  return numberSample(combine(how.rule, values), only.atMs, answer.note);
}

/** Prometheus' own order: label names in order, each with its value; the fewer labels first. */
export function compareLabels(a: Series['labels'], b: Series['labels']): number {
  const left = sortedLabels(a);
  const right = sortedLabels(b);
  for (const [index, text] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    if (text !== other) return text < other ? -1 : 1;
  }
  return left.length - right.length;
}

/** As PromQL writes it: `name{label="value"}`. */
function seriesName(labels: Series['labels']): string {
  const pairs = Object.keys(labels)
    .filter((name) => name !== '__name__')
    .sort()
    .map((name) => `${name}=${JSON.stringify(labels[name])}`);
  return `${labels['__name__'] ?? ''}{${pairs.join(',')}}`;
}

function sortedLabels(labels: Series['labels']): readonly string[] {
  return Object.keys(labels)
    .sort()
    .flatMap((name) => [name, labels[name] ?? '']);
}

function namesOf(series: readonly Series[]): string {
  const sorted = series.map((one) => one.labels).sort(compareLabels);
  const names = sorted.slice(0, MAX_NAMED).map(seriesName);
  const more = sorted.length - names.length;
  return more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ');
}

function numberSample(value: number, atMs: number, warning: string | undefined): Sample {
  if (!Number.isFinite(value)) return { kind: 'not-a-number', value, atMs };
  return { kind: 'value', value, atMs, ...(warning === undefined ? {} : { warning }) };
}

export function combine(rule: 'sum' | 'max' | 'min' | 'avg', values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  switch (rule) {
    case 'sum':
      return sum;
    case 'avg':
      return sum / values.length;
    case 'max':
      return values.reduce((a, b) => Math.max(a, b));
    case 'min':
      return values.reduce((a, b) => Math.min(a, b));
  }
}

function joined(first: string, second: string | undefined): string {
  return second === undefined ? first : `${first}; ${second}`;
}
