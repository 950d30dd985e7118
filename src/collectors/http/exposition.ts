/** Prometheus' text exposition format 0.0.4, and what OpenMetrics adds at the end of lines. */
import { inSlices, type Breathe } from '../../seams/slices.js';
import { appTemplate, type AppTemplate } from '../shared/settings/app-template.js';
import { timeMsOf } from '../shared/pacing/max-age.js';
import { parseNumber } from '../shared/samples/number-text.js';

type Labels = ReadonlyMap<string, string>;

export interface ExposedSeries {
  readonly labels: Labels;
  readonly value: number;
  /** Null: the line has no time. */
  readonly atMs: number | null;
}

/** By metric name. */
export type Exposition = ReadonlyMap<string, readonly ExposedSeries[]>;

/** What was given cannot be read; the message says where. */
export class ExpositionError extends Error {
  override readonly name = 'ExpositionError';
}

const METRIC = /[A-Za-z_:][\w:]*/y;
const LABEL = /\s*([A-Za-z_]\w*)\s*(=|!=)\s*"((?:[^"\\]|\\.)*)"\s*/y;
const VALUE = /[ \t]+(\S+)(?:[ \t]+(-?[\d.]+))?[ \t]*(?:# .*)?$/y;

/** Throws `ExpositionError` for a line that is none: half a body must not pass for a smaller number. */
export async function parseExposition(body: string, breathe: Breathe): Promise<Exposition> {
  const metrics = new Map<string, ExposedSeries[]>();
  let number = 0;
  await inSlices(linesOf(body), breathe, (line) => {
    number += 1;
    const text = line.trimEnd();
    if (text === '' || text.startsWith('#')) return;
    const series = parseLine(text);
    if (series === null) throw new ExpositionError(`line ${number} is no series`);
    const known = metrics.get(series.name);
    if (known === undefined) metrics.set(series.name, [series]);
    else known.push(series);
  });
  return metrics;
}

function* linesOf(body: string): Generator<string> {
  for (let start = 0; start <= body.length;) {
    const found = body.indexOf('\n', start);
    const end = found === -1 ? body.length : found;
    yield body.slice(start, end);
    start = end + 1;
  }
}

/** `name{label="value",other!="value"}`; throws `ExpositionError`. What does not depend on the app is done once. */
export function parseSelector(
  text: string,
): (
  exposition: Exposition,
  breathe: Breathe,
) => Promise<(app: string) => readonly ExposedSeries[]> {
  const head = parseHead(text);
  if (head === null || head.end !== text.length) {
    throw new ExpositionError('must be a selector such as queue_depth{app="$APP_NAME"}');
  }
  const matchers = head.labels.map(({ name, operator, value }): Matcher => {
    return { name, isEqual: operator === '=', value: appTemplate(value) };
  });
  // Series are looked up by it: else each app of a large fleet would search them all.
  const key = matchers.find(({ isEqual, value }) => isEqual && value.isPerApp);
  const rest = matchers.filter((matcher) => matcher !== key);
  return async (exposition, breathe) => {
    const all = exposition.get(head.name) ?? [];
    const index = key === undefined ? null : await seriesByLabel(all, key.name, breathe);
    return (app) =>
      (index === null ? all : (index.get(key?.value.fill(app) ?? '') ?? [])).filter(({ labels }) =>
        rest.every((matcher) => isMatch(matcher, labels, app)),
      );
  };
}

interface Matcher {
  readonly name: string;
  readonly isEqual: boolean;
  readonly value: AppTemplate;
}

/** A label that is not there is an empty one. */
function isMatch({ name, isEqual, value }: Matcher, labels: Labels, app: string): boolean {
  return ((labels.get(name) ?? '') === value.fill(app)) === isEqual;
}

async function seriesByLabel(
  all: readonly ExposedSeries[],
  name: string,
  breathe: Breathe,
): Promise<ReadonlyMap<string, readonly ExposedSeries[]>> {
  const index = new Map<string, ExposedSeries[]>();
  await inSlices(all, breathe, (series) => {
    const value = series.labels.get(name) ?? '';
    const known = index.get(value);
    if (known === undefined) index.set(value, [series]);
    else known.push(series);
  });
  return index;
}

interface Head {
  readonly name: string;
  readonly labels: readonly {
    readonly name: string;
    readonly operator: string;
    readonly value: string;
  }[];
  readonly end: number;
}

function parseLine(text: string): (ExposedSeries & { readonly name: string }) | null {
  const head = parseHead(text);
  if (head === null || head.labels.some(({ operator }) => operator !== '=')) return null;
  const [, written, time] = matchAt(VALUE, text, head.end) ?? [];
  const value = written === undefined ? null : parseNumber(written);
  if (value === null) return null;
  const labels = new Map(head.labels.map((label) => [label.name, label.value]));
  // Milliseconds, but seconds in OpenMetrics.
  return { name: head.name, labels, value, atMs: timeMsOf(time) };
}

function parseHead(text: string): Head | null {
  const name = matchAt(METRIC, text, 0)?.[0];
  if (name === undefined) return null;
  const labels: { name: string; operator: string; value: string }[] = [];
  let at = name.length;
  if (text[at] !== '{') return { name, labels, end: at };
  at += 1;
  while (text[at] !== '}') {
    const match = matchAt(LABEL, text, at);
    if (match === null) return null;
    const [whole, label = '', operator = '', value = ''] = match;
    labels.push({ name: label, operator, value: unescaped(value) });
    at += whole.length;
    if (text[at] === ',') at += 1;
    else if (text[at] !== '}') return null;
  }
  return { name, labels, end: at + 1 };
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char));
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
