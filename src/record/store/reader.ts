import type { Clock } from '../../seams/clock.js';
import { DatabaseFailure } from '../../seams/database.js';
import type {
  DecisionOutline,
  DecisionQuery,
  KeptText,
  MetricPoint,
  RecordedDecision,
  RecordGap,
  RecordPage,
  RecordReader,
} from '../../seams/views.js';
import { MIXED_BUCKET, type Backend, type KeptDecision } from './backend.js';
import { partsOf, unpackText } from './body.js';
import { outlineOf, wholeOf } from './pages.js';
import { readable } from './readable.js';
import { bucketOf, valuesIn } from './value-buffer.js';

/**
 * Reads what a recording has written, whether it still writes or not. `clock`: of a process that has other things to do, to
 * which it comes between two parts of a large record.
 */
export function createRecordReader(backend: Backend, clock: Clock | null = null): RecordReader {
  return new BackendReader(backend, clock);
}

/** Decisions that are read one after the other share most of their parts. */
const MOST_PARTS = 5000;
/** What a page may hold: a page is made in one go, and passes wait for it. */
const PAGE = 200;
const PAGE_CHARACTERS = 256 * 1024;

/** Looked through in one go for those few that are asked for: some ten milliseconds. */
const SLICE = 5000;

class BackendReader implements RecordReader {
  readonly #backend: Backend;
  readonly #clock: Clock | null;
  readonly #parts = new Map<number, string>();

  constructor(backend: Backend, clock: Clock | null) {
    this.#backend = backend;
    this.#clock = clock;
  }

  async decisions(query: DecisionQuery): Promise<readonly DecisionOutline[]> {
    const rows = await this.#rows(query);
    return reading(() => rows.map((row) => outlineOf(textOf(row))));
  }

  async #rows(query: DecisionQuery): Promise<readonly KeptDecision[]> {
    const found: KeptDecision[] = [];
    let rest = query;
    for (;;) {
      const asked = rest;
      const upTo = isPicky(asked) ? await reading(() => this.#backend.lastOf(asked, SLICE)) : null;
      found.push(...(await reading(() => this.#backend.decisions(asked, upTo ?? undefined))));
      if (upTo === null || found.length >= query.limit) return found;
      rest = { ...query, limit: query.limit - found.length, after: upTo };
      await this.#clock?.sleep(0);
    }
  }

  decision(id: number): Promise<RecordedDecision | null> {
    return reading(() => {
      const row = this.#backend.decision(id);
      return row === null ? null : wholeOf(textOf(row), (part) => this.#part(part));
    });
  }

  async page(query: DecisionQuery, isWhole: boolean): Promise<RecordPage> {
    const limit = Math.min(query.limit, PAGE);
    // One more than asked for says whether there is a next page.
    const rows = await this.#rows({ ...query, limit: limit + 1 });
    return reading(() => {
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

/** Whether it asks for something that no index knows. */
function isPicky({ policy, action, reason, kinds }: DecisionQuery): boolean {
  return [policy, action, reason, kinds].some((each) => each !== undefined);
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
