import { DatabaseFailure } from '../../database.js';
import type {
  DecisionOutline,
  DecisionQuery,
  KeptText,
  MetricPoint,
  RecordedDecision,
  RecordGap,
  RecordPage,
  RecordReader,
} from '../../views.js';
import { MIXED_BUCKET, type Backend, type KeptDecision } from './backend.js';
import { partsOf, unpackText } from './body.js';
import { outlineOf, wholeOf } from './pages.js';
import { readable } from './readable.js';
import { bucketOf, valuesIn } from './value-buffer.js';

/** Reads what a recording has written, whether it still writes or not. */
export function createRecordReader(backend: Backend): RecordReader {
  return new BackendReader(backend);
}

/** Decisions that are read one after the other share most of their parts. */
const MOST_PARTS = 5000;
/** What a page may hold: a page is made in one go, and passes wait for it. */
const PAGE = 200;
const PAGE_CHARACTERS = 256 * 1024;

class BackendReader implements RecordReader {
  readonly #backend: Backend;
  readonly #parts = new Map<number, string>();

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  decisions(query: DecisionQuery): Promise<readonly DecisionOutline[]> {
    return reading(() => this.#backend.decisions(query).map((row) => outlineOf(textOf(row))));
  }

  decision(id: number): Promise<RecordedDecision | null> {
    return reading(() => {
      const row = this.#backend.decision(id);
      return row === null ? null : wholeOf(textOf(row), (part) => this.#part(part));
    });
  }

  page(query: DecisionQuery, isWhole: boolean): Promise<RecordPage> {
    const limit = Math.min(query.limit, PAGE);
    return reading(() => {
      // One more than asked for says whether there is a next page.
      const rows = this.#backend.decisions({ ...query, limit: limit + 1 });
      const decisions: KeptText[] = [];
      const parts = new Map<number, string>();
      let characters = 0;
      let taken = 0;
      for (const row of rows.slice(0, limit)) {
        const kept = textOf(row);
        taken += 1;
        characters += kept.body?.length ?? 0;
        const own = isWhole ? this.#partsOf(kept) : new Map<number, string>();
        if (own === null) continue;
        decisions.push(kept);
        for (const [id, part] of own) {
          if (!parts.has(id)) characters += part.length;
          parts.set(id, part);
        }
        if (characters > PAGE_CHARACTERS) break;
      }
      const last = rows[taken - 1];
      const next =
        last === undefined || taken === rows.length ? null : { atMs: last.atMs, id: last.id };
      return { decisions, parts: Object.fromEntries(parts), next };
    });
  }

  /** Null when the process that writes the file has removed the decision meanwhile; none of a damaged one. */
  #partsOf({ id, body }: KeptText): ReadonlyMap<number, string> | null {
    if (body === null) return new Map();
    try {
      return partsOf(body, (part) => this.#part(part));
    } catch (error) {
      if (error instanceof DatabaseFailure && error.kind !== 'corrupt') throw error;
      return this.#backend.decision(id) === null ? null : new Map();
    }
  }

  #part(id: number): string {
    const known = this.#parts.get(id);
    if (known !== undefined) return known;
    const text = this.#backend.part(id);
    if (this.#parts.size >= MOST_PARTS) this.#parts.clear();
    this.#parts.set(id, text);
    return text;
  }

  metricValues(query: {
    readonly app: string;
    readonly metric?: string;
    readonly sinceMs?: number;
    readonly untilMs?: number;
  }): Promise<readonly MetricPoint[]> {
    const { app, metric, sinceMs = 0, untilMs = Number.MAX_SAFE_INTEGER } = query;
    return reading(() => {
      const names = new Map(
        this.#backend
          .series(app)
          .filter((series) => metric === undefined || series.metric === metric)
          .map((series) => [series.id, series.metric]),
      );
      if (names.size === 0) return [];
      const points: MetricPoint[] = [];
      for (const block of this.#backend.values([bucketOf(app), MIXED_BUCKET], sinceMs, untilMs)) {
        for (const { series, atMs, value } of valuesIn(block)) {
          const name = names.get(series);
          if (name === undefined || atMs < sinceMs || atMs > untilMs) continue;
          points.push({ app, metric: name, atMs, value });
        }
      }
      return points.sort((a, b) => a.atMs - b.atMs);
    });
  }

  gaps(query: {
    readonly sinceMs?: number;
    readonly untilMs?: number;
  }): Promise<readonly RecordGap[]> {
    const { sinceMs = 0, untilMs = Number.MAX_SAFE_INTEGER } = query;
    return reading(() => this.#backend.gaps(sinceMs, untilMs));
  }
}

function textOf({ id, atMs, app, policy, kind, body }: KeptDecision): KeptText {
  return { id, atMs, app, policy, kind, body: unpackedOrNull(body) };
}

function unpackedOrNull(body: Uint8Array): string | null {
  try {
    return unpackText(body);
  } catch {
    return null;
  }
}

function reading<T>(work: () => T): Promise<T> {
  return Promise.resolve().then(() => readable(work));
}
