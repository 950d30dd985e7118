/** Where stored decisions are kept: memory or a file. Everything is synchronous, and throws what its medium throws. */
import type { DecisionQuery, RecordedKind, RecordGap } from '../../seams/views.js';

/** A decision as it is kept. `codes` and `actions` are words with a blank before and after each, for filters. */
export interface DecisionRow {
  readonly atMs: number;
  readonly app: string;
  readonly policy: string;
  readonly kind: RecordedKind;
  readonly codes: string;
  readonly actions: string;
  readonly body: Uint8Array;
}

export interface KeptDecision extends DecisionRow {
  readonly id: number;
}

/** Changes of metrics of many apps in a span of time. */
export interface ValueBlock {
  /** Apps are spread over `BUCKETS`, so that reading one app reads a small part of all. */
  readonly bucket: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly body: Uint8Array;
}

export const BUCKETS = 16;
/** Of blocks with few values, whatever their apps. */
export const MIXED_BUCKET = BUCKETS;

export interface Series {
  readonly id: number;
  readonly app: string;
  readonly metric: string;
}

export interface Writer {
  /** The number of the part with that text, which is put in when it is new. */
  part(text: string): number;
  decision(row: DecisionRow): void;
  /** The number of the metric of the app. */
  series(app: string, metric: string): number;
  values(block: ValueBlock): void;
  gap(gap: RecordGap): void;
}

export interface Backend {
  /**
   * Whether what is written piles up beside the file, because a program reads that for long: as `tidy` found it last.
   * What can wait does.
   */
  readonly isLogHeld: boolean;
  /** All that `work` writes, or nothing. */
  write(work: (writer: Writer) => void): void;
  /** `upTo`: none beyond that one, in the order asked for. */
  decisions(query: DecisionQuery, upTo?: Position): readonly KeptDecision[];
  /**
   * The last of the first so many decisions of the app and the time asked for, in that order, whatever else is asked for; null:
   * there are no more than that. It costs far less than to look into as many.
   */
  lastOf(query: DecisionQuery, count: number): Position | null;
  decision(id: number): KeptDecision | null;
  /** Throws when there is none. */
  part(id: number): string;
  series(app: string): readonly Series[];
  /** Those that touch the span, oldest first. */
  values(buckets: readonly number[], sinceMs: number, untilMs: number): readonly ValueBlock[];
  gaps(sinceMs: number, untilMs: number): readonly RecordGap[];
  /** Removes a little of what is too old or too much. True when there may be more to remove. */
  tidy(nowMs: number): boolean;
  /** Removes some of what may go first, because there is no room. False when there is nothing to remove. */
  makeRoom(): boolean;
  stats(): BackendStats;
  /** Notes that who wrote has ended, and that nothing is missing; else the next one begins with a gap. */
  end(): void;
}

/** Where a decision stands in its order. */
export interface Position {
  readonly atMs: number;
  readonly id: number;
}

export interface BackendStats {
  /** Wall time of the oldest decision; null when there is none. */
  readonly oldestMs: number | null;
  readonly bytes: number;
}

export function wordsOf(words: Iterable<string>): string {
  const text = [...new Set(words)].join(' ');
  return text === '' ? '' : ` ${text} `;
}

/** Whether a kept decision is one that was asked for. */
export function isAskedFor(row: Omit<KeptDecision, 'body'>, query: DecisionQuery): boolean {
  const { app, policy, sinceMs, untilMs, action, reason, kinds, after, order } = query;
  return (
    (app === undefined || row.app === app) &&
    (policy === undefined || row.policy === policy) &&
    (sinceMs === undefined || row.atMs >= sinceMs) &&
    (untilMs === undefined || row.atMs <= untilMs) &&
    (action === undefined || row.actions.includes(` ${action} `)) &&
    (reason === undefined || row.codes.includes(` ${reason} `)) &&
    (kinds === undefined || kinds.includes(row.kind)) &&
    (after === undefined || inOrder(after, row, order) < 0)
  );
}

/** Below zero when `a` comes before `b`. */
export function inOrder(
  a: { readonly atMs: number; readonly id: number },
  b: { readonly atMs: number; readonly id: number },
  order: DecisionQuery['order'],
): number {
  const later = a.atMs - b.atMs || a.id - b.id;
  return order === 'oldest-first' ? later : -later;
}
