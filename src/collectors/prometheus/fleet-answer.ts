/** An answer that holds the series of all apps. */
import {
  elementsOf,
  failure,
  isRecord,
  labelsOf,
  openAnswer,
  parseSeries,
  type Answer,
  type Failure,
  type Series,
} from './answer.js';
import { inSlices, type Breathe } from '../../seams/slices.js';
import { LEFT_OUT, type FleetPlan } from './plan/plan.js';
import type { Matching } from './plan/value.js';
import type { Remarks } from './remarks.js';

export interface FleetAnswer extends Remarks {
  readonly kind: 'fleet';
  /** What each app has, in the server's order; a series of it that is no number is a failure of that app alone. */
  readonly byApp: ReadonlyMap<string, readonly Series[] | Failure>;
  /** Apps of which something was left out by the functions around an `or`: only their own queries say what comes of it. */
  readonly leftOut: ReadonlySet<string>;
  /** When the server evaluated it; null when there are no series. */
  readonly atMs: number | null;
}

/** Series without the label, and those of apps that nobody asks for, are in nobody's way. */
export async function parseFleetAnswer(
  body: string,
  { label, keepsLabel, showsLeftOut }: Pick<FleetPlan, 'label' | 'keepsLabel' | 'showsLeftOut'>,
  breathe: Breathe,
): Promise<FleetAnswer | Failure> {
  const envelope = await openAnswer(body, breathe);
  if (envelope.kind === 'failure') return envelope;
  const { data, remarks } = envelope;
  if (data['resultType'] === 'scalar') {
    return failure('source-query-invalid', `the query gives a number without the label ${label}`);
  }
  const elements = elementsOf(data);
  if ('kind' in elements) return elements;
  const byApp = new Map<string, Series[] | Failure>();
  const leftOut = new Set<string>();
  const times = new Map<number, number>();
  let isUnclear = false;
  const owned = (series: Series): Series => (keepsLabel ? series : withoutLabel(series, label));
  await inSlices(elements, breathe, (element) => {
    const app = textLabel(element, label);
    if (app === null) {
      isUnclear = true;
      return;
    }
    if (app === '') return;
    if (showsLeftOut && textLabel(element, LEFT_OUT) !== '') {
      leftOut.add(app);
      if (!byApp.has(app)) byApp.set(app, []);
      return;
    }
    const before = byApp.get(app);
    if (before !== undefined && 'kind' in before) return;
    const series = parseSeries(element);
    if ('kind' in series) {
      byApp.set(app, series);
      return;
    }
    times.set(series.atMs, (times.get(series.atMs) ?? 0) + 1);
    const [only] = before ?? [];
    // Of one series alone nobody reads the labels.
    if (only === undefined || before === undefined) byApp.set(app, [series]);
    else if (before.length === 1) byApp.set(app, [owned(only), owned(series)]);
    else before.push(owned(series));
  });
  const answer = { kind: 'fleet', byApp, leftOut, atMs: mostFrequent(times), ...remarks } as const;
  return isUnclear ? { ...answer, dropped: remarks.dropped ?? UNREADABLE } : answer;
}

const UNREADABLE = 'the labels of a series cannot be read';

/** All series are evaluated at one time; that of an odd one is its own affair. */
function mostFrequent(times: ReadonlyMap<number, number>): number | null {
  let found: number | null = null;
  let most = 0;
  for (const [time, count] of times) {
    if (count > most) [found, most] = [time, count];
  }
  return found;
}

/** Empty when the series does not have it; null when that cannot be read. */
function textLabel(element: unknown, label: string): string | null {
  const labels = isRecord(element) ? element['metric'] : null;
  if (!isRecord(labels)) return null;
  const text = Object.hasOwn(labels, label) ? labels[label] : '';
  return typeof text === 'string' ? text : null;
}

/** What all apps share; a series of it that is no number is a failure of those alone who get it. */
export interface SharedAnswer extends Remarks {
  readonly kind: 'shared';
  readonly series: readonly SharedSeries[];
}

export interface SharedSeries {
  readonly labels: Series['labels'];
  readonly read: Series | Failure;
}

export async function parseSharedAnswer(
  body: string,
  breathe: Breathe,
): Promise<SharedAnswer | Failure> {
  const envelope = await openAnswer(body, breathe);
  if (envelope.kind === 'failure') return envelope;
  const elements = elementsOf(envelope.data);
  if ('kind' in elements) return elements;
  const series: SharedSeries[] = [];
  let isUnreadable = false;
  await inSlices(elements, breathe, (element) => {
    const read = parseSeries(element);
    const labels = 'kind' in read ? labelsOf(element) : read.labels;
    if (labels === null) isUnreadable = true;
    else series.push({ labels, read });
  });
  if (isUnreadable) return failure('source-bad-answer', 'a label is no text');
  return { kind: 'shared', series, ...envelope.remarks };
}

/** What the app's own query would have answered. `others`: the series of the plan's `otherwise`. */
export function answerOf(
  app: string,
  fleet: FleetAnswer,
  plan: Reading,
  others: SharedAnswer,
): Answer {
  const found = fleet.byApp.get(app) ?? NONE;
  if ('kind' in found) return found;
  const remarks = { ...notesOf(fleet, others), ...droppedIn(others) };
  const added: Series[] = [];
  for (const { read } of addedTo(found, others.series, plan)) {
    if ('kind' in read) return read;
    added.push(read);
  }
  // Of one series alone nobody reads the labels.
  if (found.length + added.length < 2) {
    return { kind: 'series', series: found.length === 0 ? added : found, ...remarks };
  }
  const left =
    found.length === 1 && !plan.keepsLabel
      ? found.map((one) => withoutLabel(one, plan.label))
      : found;
  return { kind: 'series', series: added.length === 0 ? left : [...left, ...added], ...remarks };
}

function notesOf(fleet: Remarks, others: Remarks): Remarks {
  const notes = [fleet.note, others.note].filter((note) => note !== undefined);
  return notes.length === 0 ? {} : { note: notes.join('; ') };
}

/** Whose series the fleet's query has dropped is not known: that is found out before (`Doubts`). */
function droppedIn({ dropped }: Remarks): Remarks {
  return dropped === undefined ? {} : { dropped };
}

type Reading = Pick<FleetPlan, 'label' | 'keepsLabel' | 'otherwise'>;

const NONE: readonly Series[] = [];

/** The right side of `or`: its series that match none of the left. */
function addedTo(
  series: readonly Series[],
  others: readonly SharedSeries[],
  { label, keepsLabel, otherwise }: Reading,
): readonly SharedSeries[] {
  if (others.length === 0 || series.length === 0) return others;
  const matching = otherwise?.matching ?? null;
  const hidden = keepsLabel ? null : label;
  return others.filter((other) =>
    series.every(({ labels }) => !doMatch(labels, hidden, other.labels, matching)),
  );
}

/** `hidden` is a label that the left is taken not to have. */
function doMatch(
  left: Series['labels'],
  hidden: string | null,
  right: Series['labels'],
  matching: Matching | null,
): boolean {
  const counts = (name: string): boolean =>
    name !== '__name__' && (matching === null || matching.labels.includes(name) === matching.isOn);
  for (const name in left) {
    if (name !== hidden && counts(name) && left[name] !== right[name]) return false;
  }
  for (const name in right) {
    if (counts(name) && (name === hidden || left[name] === undefined)) return false;
  }
  return true;
}

function withoutLabel(series: Series, label: string): Series {
  const { [label]: _, ...labels } = series.labels;
  return { ...series, labels };
}
