/** What each process has been told of what machines are busy with, by its own wire. */
import type { HttpRequest, HttpResponse } from '../../src/seams/http.js';
import { BUSY_QUERY } from './metrics.js';

export interface BusyReading {
  /** Monotonic time at which it came. */
  readonly atMs: number;
  /** Machine -> value. Null: the source had no answer that counts. */
  readonly values: ReadonlyMap<string, number> | null;
}

const KEPT = 16;
/** No app has such a name. */
const FLEET = '*';
const NOTHING: readonly BusyReading[] = [];

export class BusyReadings {
  readonly #byKey = new Map<string, BusyReading[]>();

  note(by: string, request: HttpRequest, response: HttpResponse | null, atMs: number): void {
    const whom = askedFor(request);
    if (whom === null) return;
    const key = `${by} ${whom}`;
    const readings = this.#byKey.get(key) ?? [];
    readings.push({ atMs, values: response?.status === 200 ? valuesIn(response.body) : null });
    if (readings.length > KEPT) readings.shift();
    this.#byKey.set(key, readings);
  }

  /** The newest before that time, and all that came since. */
  since(by: string, app: string, atMs: number): readonly BusyReading[] {
    const of = (whom: string): readonly BusyReading[] =>
      this.#byKey.get(`${by} ${whom}`) ?? NOTHING;
    const readings = [...of(app), ...of(FLEET)].sort((a, b) => a.atMs - b.atMs);
    const later = readings.filter((reading) => reading.atMs >= atMs);
    const newest = readings.findLast((reading) => reading.atMs < atMs);
    return newest === undefined ? later : [newest, ...later];
  }
}

/** The app that the request asks for, or `FLEET`; null: it is another question. */
function askedFor(request: HttpRequest): string | null {
  if (!request.url.endsWith('/api/v1/query')) return null;
  const query = new URLSearchParams(request.body).get('query') ?? '';
  const [, tilde, app] = /app(=~?)['"]([^'"]+)['"]/.exec(query) ?? [];
  if (tilde === undefined || app === undefined) return null;
  if (tilde === '=') return BUSY_QUERY.replace('$APP_NAME', app) === query ? app : null;
  const [before = '', after = ''] = BUSY_QUERY.replace('(instance)', '(instance, app)').split(
    "='$APP_NAME'",
  );
  return query === `${before}=~"${app}"${after}` ? FLEET : null;
}

/** Machine ids are unique, so that one answer for all apps reads as that for one. */
function valuesIn(body: string): ReadonlyMap<string, number> | null {
  try {
    const answer = JSON.parse(body) as {
      status?: string;
      isPartial?: boolean;
      data?: {
        result?: readonly {
          metric?: { instance?: string };
          value?: readonly [number, string];
        }[];
      };
    };
    const result = answer.data?.result;
    if (answer.status !== 'success' || answer.isPartial === true || result === undefined)
      return null;
    return new Map(
      result.map(({ metric, value }) => [metric?.instance ?? '', Number(value?.[1])] as const),
    );
  } catch {
    return null;
  }
}
