/** An answer that holds the series of all apps. */
import {
  elementsOf,
  failure,
  isRecord,
  openAnswer,
  parseSeries,
  type Answer,
  type Failure,
  type Series,
} from './answer.js';
import type { FleetPlan } from './plan/plan.js';
import type { Matching } from './plan/value.js';

export interface FleetAnswer {
  readonly kind: 'fleet';
  /** What each app has, in the server's order; a series of it that is no number is a failure of that app alone. */
  readonly byApp: ReadonlyMap<string, readonly Series[] | Failure>;
  /** When the server evaluated it; null when there are no series. */
  readonly atMs: number | null;
  readonly note?: string;
}

/** Series without the label, and those of apps that nobody asks for, are in nobody's way. */
export function parseFleetAnswer(body: string, label: string): FleetAnswer | Failure {
  const envelope = openAnswer(body);
  if (envelope.kind === 'failure') return envelope;
  const { data, note } = envelope;
  if (data['resultType'] === 'scalar') {
    return failure('source-query-invalid', `the query gives a number without the label ${label}`);
  }
  const elements = elementsOf(data);
  if ('kind' in elements) return elements;
  const byApp = new Map<string, Series[] | Failure>();
  let atMs: number | null = null;
  for (const element of elements) {
    const app = appOf(element, label);
    if (app === null) continue;
    const before = byApp.get(app);
    if (before !== undefined && 'kind' in before) continue;
    const series = parseSeries(element);
    if ('kind' in series) {
      byApp.set(app, series);
      continue;
    }
    atMs ??= series.atMs;
    if (before === undefined) byApp.set(app, [series]);
    else before.push(series);
  }
  return { kind: 'fleet', byApp, atMs, ...(note === undefined ? {} : { note }) };
}

function appOf(element: unknown, label: string): string | null {
  const labels = isRecord(element) ? element['metric'] : null;
  const app = isRecord(labels) ? labels[label] : null;
  return typeof app === 'string' && app !== '' ? app : null;
}

/** What the app's own query would have answered. `others`: the series of the plan's `otherwise`. */
export function answerOf(
  app: string,
  fleet: FleetAnswer,
  plan: Reading,
  others: readonly Series[],
): Answer {
  const found = fleet.byApp.get(app) ?? NONE;
  if ('kind' in found) return found;
  const note = fleet.note === undefined ? {} : { note: fleet.note };
  const added = addedTo(found, others, plan);
  // Of one series alone nobody reads the labels.
  if (found.length + added.length < 2) {
    return { kind: 'series', series: found.length === 0 ? added : found, ...note };
  }
  const series = plan.keepsLabel ? found : found.map((one) => withoutLabel(one, plan.label));
  return { kind: 'series', series: [...series, ...added], ...note };
}

type Reading = Pick<FleetPlan, 'label' | 'keepsLabel' | 'otherwise'>;

const NONE: readonly Series[] = [];

/** The right side of `or`: its series that match none of the left. */
function addedTo(
  series: readonly Series[],
  others: readonly Series[],
  { label, keepsLabel, otherwise }: Reading,
): readonly Series[] {
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
