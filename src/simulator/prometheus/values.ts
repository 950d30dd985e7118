import type { Series } from './series.js';
import type { Matcher, Point } from './series.js';

/** What an expression yields. Times in milliseconds since the world began. */
export type Value =
  | { readonly kind: 'scalar'; readonly value: number }
  | { readonly kind: 'vector'; readonly samples: readonly Sample[] }
  | { readonly kind: 'range'; readonly rangeMs: number; readonly series: readonly RangeSeries[] };

export interface Sample {
  /** Empty when an operation took it away. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Of the sample itself, or of the evaluation when it was computed. */
  readonly tMs: number;
}

export interface RangeSeries {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly points: readonly Point[];
}

/** Where and when an expression is evaluated. */
export interface Evaluation {
  readonly tMs: number;
  readonly epochMs: number;
  select(matchers: readonly Matcher[]): readonly Series[];
}

/** A compiled expression. */
export type Expression = (at: Evaluation) => Value;

/** The query is wrong, or outside of what the simulator understands. */
export class QueryError extends Error {
  override readonly name = 'QueryError';
}

export function vectorOf(value: Value, what: string): readonly Sample[] {
  if (value.kind !== 'vector') throw new QueryError(`${what} wants an instant vector`);
  return value.samples;
}

export function computed(sample: Sample, value: number, at: Evaluation): Sample {
  return { name: '', labels: sample.labels, value, tMs: at.tMs };
}

/** The same text for the same labels. */
export function signature(
  labels: Readonly<Record<string, string>>,
  isKept: (label: string) => boolean,
): string {
  return JSON.stringify(
    Object.keys(labels)
      .filter((label) => isKept(label))
      .sort()
      .map((label) => [label, labels[label]]),
  );
}

export function pickLabels(
  labels: Readonly<Record<string, string>>,
  isKept: (label: string) => boolean,
): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([label]) => isKept(label)));
}
