/** What each process has been told of metrics, by its own wire: the judge of what it may grow and shrink on. */
import type { HttpRequest, HttpResponse } from '../../src/seams/http.js';
import { BACKLOG_DEFAULT, METRICS, QUERIES, type MetricName } from './metrics.js';

export interface Reading {
  /** Monotonic time at which it came. */
  readonly atMs: number;
  /** Null: no value, whether there was none or it could not be had. NaN as it came. */
  readonly value: number | null;
  /** Good enough to shrink on. */
  readonly isGood: boolean;
}

/** Longer than a source lies. */
const KEPT = 128;
const NOTHING: readonly Reading[] = [];

export class Readings {
  /** Apps whose newest value is surely too old now. */
  readonly #staleApps: (metric: MetricName) => ReadonlySet<string>;
  readonly #byKey = new Map<string, Reading[]>();
  /** Answers for all apps at once, by process and metric. */
  readonly #ofFleet = new Map<string, FleetReading[]>();

  constructor(staleApps: (metric: MetricName) => ReadonlySet<string>) {
    this.#staleApps = staleApps;
  }

  note(by: string, request: HttpRequest, response: HttpResponse | null, atMs: number): void {
    const question = questionOf(request);
    if (question === null) return;
    const { app, metric } = question;
    const stale = this.#staleApps(metric);
    const values = valuesIn(response);
    if (app === null) {
      keep(this.#ofFleet, `${by} ${metric}`, { atMs, values, stale });
    } else {
      const own = interpret(metric, stale.has(app) ? null : values, null);
      keep(this.#byKey, `${by} ${app} ${metric}`, { atMs, ...own });
    }
  }

  /** What a decision that was made on a list of that time may have known: the newest of then, and all that came since. */
  since(by: string, app: string, metric: MetricName, atMs: number): readonly Reading[] {
    const ofFleet = newestOf(this.#ofFleet.get(`${by} ${metric}`) ?? [], atMs).map((reading) => ({
      atMs: reading.atMs,
      ...interpret(metric, reading.stale.has(app) ? null : reading.values, app),
    }));
    const own = newestOf(this.#byKey.get(`${by} ${app} ${metric}`) ?? NOTHING, atMs);
    const readings = [...own, ...ofFleet].sort((a, b) => a.atMs - b.atMs);
    const later = readings.filter((reading) => reading.atMs >= atMs);
    const newest = readings.findLast((reading) => reading.atMs < atMs);
    return newest === undefined ? later : [newest, ...later];
  }
}

/** Values by app, null for a series that names none; null in its place: no answer that counts. */
type Values = ReadonlyMap<string | null, string> | null;

interface FleetReading {
  readonly atMs: number;
  readonly values: Values;
  readonly stale: ReadonlySet<string>;
}

/** The last before that time, and all from then on. */
function newestOf<T extends { readonly atMs: number }>(list: readonly T[], atMs: number): T[] {
  let first = list.length;
  while (first > 0 && (list[first - 1]?.atMs ?? 0) >= atMs) first -= 1;
  return list.slice(Math.max(0, first - 1));
}

function keep<T>(lists: Map<string, T[]>, key: string, reading: T): void {
  const list = lists.get(key) ?? [];
  list.push(reading);
  if (list.length > KEPT) list.shift();
  lists.set(key, list);
}

/** App null: all apps. Null in its place: the request is no query of a metric. */
function questionOf(request: HttpRequest): { metric: MetricName; app: string | null } | null {
  if (!request.url.endsWith('/api/v1/query')) return null;
  const query = new URLSearchParams(request.body).get('query') ?? '';
  const parts = /^(\w+)\s*(by \(app\))?\s*\((\w+)\{app=(~?)['"]([^'"]+)['"]\}\)$/.exec(query);
  if (parts === null) return null;
  const [, reduce = '', by, series = '', tilde, app = ''] = parts;
  const metric = METRICS.find((name) => QUERIES[name] === `${reduce}(${series}{app='$APP_NAME'})`);
  if (metric === undefined || (by === undefined) !== (tilde === '')) return null;
  return { metric, app: tilde === '' ? app : null };
}

function interpret(metric: MetricName, values: Values, app: string | null): Omit<Reading, 'atMs'> {
  if (values === null) return { value: null, isGood: false };
  const text = values.get(app);
  if (text === undefined) {
    const hasDefault = metric === 'backlog';
    return { value: hasDefault ? BACKLOG_DEFAULT : null, isGood: hasDefault };
  }
  const value = Number(text);
  return { value, isGood: Number.isFinite(value) };
}

function valuesIn(response: HttpResponse | null): Values {
  if (response?.status !== 200) return null;
  try {
    const answer = JSON.parse(response.body) as {
      status?: string;
      isPartial?: boolean;
      data?: {
        result?: readonly { metric?: { app?: string }; value: readonly [number, string] }[];
      };
    };
    const result = answer.data?.result;
    if (answer.status !== 'success' || answer.isPartial === true || result === undefined) {
      return null;
    }
    return new Map(result.map(({ metric, value }) => [metric?.app ?? null, value[1]]));
  } catch {
    return null;
  }
}
