import type { Sample } from '../../core/model/sample.js';
import { emptySample, errorSample } from '../shared/samples/samples.js';
import { inSlices, type Breathe } from '../../seams/slices.js';
import type { Answer, Series, SeriesAnswer } from './answer.js';

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
    const message = `the query gives ${count} series, one is wanted: ${namesOf(answer)}`;
    return errorSample('source-ambiguous', message, nowMs);
  }
  if (how.rule === 'first') {
    const [first = only] = firstOf(answer);
    const warning = `${count} series, the first is used: ${seriesName(first.labels)} of ${namesOf(answer)}`;
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

function namesOf(answer: SeriesAnswer): string {
  const names = firstOf(answer).map(({ labels }) => seriesName(labels));
  const more = answer.series.length - names.length;
  return more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ');
}

/** The first few by their labels. */
function firstOf({ series, first }: SeriesAnswer): readonly Series[] {
  if (first !== undefined) return first;
  const firsts = new Firsts();
  for (const one of series) firsts.take(one);
  return firsts.found;
}

/** The same answer, with what it takes to name the first of many series. */
export async function withFirst(
  answer: Answer,
  rule: SeriesRule,
  breathe: Breathe,
): Promise<Answer> {
  const isNamed = rule === 'first' || rule === 'error';
  if (answer.kind === 'failure' || answer.series.length < MANY || !isNamed) return answer;
  const firsts = new Firsts();
  await inSlices(answer.series, breathe, (one) => firsts.take(one));
  return { ...answer, first: firsts.found };
}

/** More are looked through in slices. */
const MANY = 1000;

/** Keeps the first `MAX_NAMED` by their labels of all that it is given; of equal ones the earlier. */
class Firsts {
  readonly found: Series[] = [];

  take(series: Series): void {
    const last = this.found.at(-1);
    const isFull = this.found.length === MAX_NAMED;
    if (last !== undefined && isFull && compareLabels(series.labels, last.labels) >= 0) return;
    if (isFull) this.found.pop();
    const at = this.found.findIndex(({ labels }) => compareLabels(series.labels, labels) < 0);
    this.found.splice(at === -1 ? this.found.length : at, 0, series);
  }
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
