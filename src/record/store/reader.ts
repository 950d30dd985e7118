import { AppError } from '../../core/errors.js';
import { DatabaseFailure } from '../../database.js';
import type {
  DecisionOutline,
  DecisionQuery,
  MetricPoint,
  RecordedDecision,
  RecordGap,
  RecordReader,
} from '../../views.js';
import { MIXED_BUCKET, type Backend, type KeptDecision } from './backend.js';
import { decodePass } from './body.js';
import { bucketOf, valuesIn } from './value-buffer.js';

/** Reads what a recording has written, whether it still writes or not. */
export function createRecordReader(backend: Backend): RecordReader {
  return new BackendReader(backend);
}

/** Decisions that are read one after the other share most of their parts. */
const MOST_PARTS = 5000;

class BackendReader implements RecordReader {
  readonly #backend: Backend;
  readonly #parts = new Map<number, string>();

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  decisions(query: DecisionQuery): Promise<readonly DecisionOutline[]> {
    return reading(() => this.#backend.decisions(query).map((row) => outlineOf(row)));
  }

  decision(id: number): Promise<RecordedDecision | null> {
    return reading(() => {
      const row = this.#backend.decision(id);
      if (row === null) return null;
      const body = decodePass(row.body);
      const report = body.report(row.app, (part) => this.#part(part));
      return { ...outlineOf(row, body), report };
    });
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

function outlineOf(row: KeptDecision, body = decodePass(row.body)): DecisionOutline {
  const { id, app, policy, kind } = row;
  const { origin, outline } = body;
  const { startedAtMs: atMs, ...rest } = outline;
  return { id, atMs, app, policy, kind, ...origin, ...rest };
}

/** Bytes that cannot be read are damage, whatever stumbles over them. */
function reading<T>(work: () => T): Promise<T> {
  return Promise.resolve().then(() => {
    try {
      return work();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const isBusy = error instanceof DatabaseFailure && error.kind === 'busy';
      throw new AppError('state-unreadable', `the record cannot be read: ${message}`, {
        owner: 'user',
        isRetryable: isBusy,
        hint: isBusy
          ? 'another process is writing; try again'
          : 'the file may be damaged, or written by another version',
        cause: error,
      });
    }
  });
}
