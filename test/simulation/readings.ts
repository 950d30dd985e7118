/** What each process has been told of metrics, by its own wire: the judge of what it may grow and shrink on. */
import type { HttpRequest, HttpResponse } from '../../src/http.js';
import { BACKLOG_DEFAULT, METRICS, QUERIES, type MetricName } from './profiles.js';

export interface Reading {
  /** Monotonic time at which it came. */
  readonly atMs: number;
  /** Null: no value, whether there was none or it could not be had. NaN as it came. */
  readonly value: number | null;
  /** Good enough to shrink on. */
  readonly isGood: boolean;
}

/** Some minutes. */
const KEPT = 32;
const NOTHING: readonly Reading[] = [];

export class Readings {
  readonly #byKey = new Map<string, Reading[]>();

  /** Null: the request is no query of a metric. */
  static questionOf(request: HttpRequest): { metric: MetricName; app: string } | null {
    if (!request.url.endsWith('/api/v1/query')) return null;
    const query = new URLSearchParams(request.body).get('query') ?? '';
    const app = /app='([^']+)'/.exec(query)?.[1];
    const metric = METRICS.find((name) => QUERIES[name].replace('$APP_NAME', app ?? '') === query);
    return app === undefined || metric === undefined ? null : { metric, app };
  }

  note(by: string, request: HttpRequest, response: HttpResponse | null, atMs: number): void {
    const question = Readings.questionOf(request);
    if (question === null) return;
    const key = `${by} ${question.app} ${question.metric}`;
    const readings = this.#byKey.get(key) ?? [];
    readings.push({ atMs, ...interpret(question.metric, response) });
    if (readings.length > KEPT) readings.shift();
    this.#byKey.set(key, readings);
  }

  /** What a decision that was made on a list of that time may have known: the newest of then, and all that came since. */
  since(by: string, app: string, metric: MetricName, atMs: number): readonly Reading[] {
    const readings = this.#byKey.get(`${by} ${app} ${metric}`) ?? NOTHING;
    const later = readings.filter((reading) => reading.atMs >= atMs);
    const newest = readings.findLast((reading) => reading.atMs < atMs);
    return newest === undefined ? later : [newest, ...later];
  }
}

function interpret(metric: MetricName, response: HttpResponse | null): Omit<Reading, 'atMs'> {
  const text = response?.status === 200 ? valueIn(response.body) : undefined;
  if (text === undefined) return { value: null, isGood: false };
  if (text === null) {
    const hasDefault = metric === 'backlog';
    return { value: hasDefault ? BACKLOG_DEFAULT : null, isGood: hasDefault };
  }
  const value = Number(text);
  return { value, isGood: Number.isFinite(value) };
}

/** Undefined: not an answer that counts. Null: an empty one. */
function valueIn(body: string): string | null | undefined {
  try {
    const answer = JSON.parse(body) as {
      status?: string;
      isPartial?: boolean;
      data?: { result?: readonly { value?: readonly [number, string] }[] };
    };
    const result = answer.data?.result;
    if (answer.status !== 'success' || answer.isPartial === true || result === undefined)
      return undefined;
    const [first] = result;
    return first === undefined ? null : first.value?.[1];
  } catch {
    return undefined;
  }
}
