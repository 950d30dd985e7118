import type { ErrorCode } from './errors.js';

/** One outcome of a collection. Nothing but `value` is good enough to shrink on. */
export type Sample =
  | {
      readonly kind: 'value';
      /** Finite. */
      readonly value: number;
      /** When the source says the value was true; milliseconds since the epoch. */
      readonly atMs: number;
      /** True when the source had nothing and the collector's `default` stands in. */
      readonly isDefault?: boolean;
      /** Something that a person should know, such as "3 series, the first is used: ..." */
      readonly warning?: string;
    }
  /** The source answered, and has no value for this app. */
  | { readonly kind: 'empty'; readonly atMs: number }
  /** The newest value is older than `max-age` allows. */
  | {
      readonly kind: 'stale';
      readonly value: number;
      readonly atMs: number;
      readonly ageMs: number;
    }
  /**
   * One value per instance, of a metric that is read so: it says which machine is busy with how much. Expressions see
   * nothing of it; it has no one value.
   */
  | {
      readonly kind: 'instances';
      /** Machine id -> finite value. An instance that is missing is one of which nobody knows. */
      readonly values: Readonly<Record<string, number>>;
      readonly atMs: number;
    }
  /** NaN, +Inf or -Inf: an expression sees it, nothing shrinks on it. */
  | { readonly kind: 'not-a-number'; readonly value: number; readonly atMs: number }
  | {
      readonly kind: 'error';
      readonly code: ErrorCode;
      /** Without secrets. */
      readonly message: string;
      readonly atMs: number;
    };

/** Metric name -> outcome, for one app. A metric that was not collected is absent. */
export type Samples = ReadonlyMap<string, Sample>;

/** What an app hears that is not asked for while its source is down: what the source said last, and for how long that goes on. */
export function messageWhileDown(message: string, failingForS: number, askedInS: number): string {
  return `${message} (failing for ${failingForS}s, asked again in ${askedInS}s)`;
}

/** What the source said, without how long that goes on. */
export function messageOfSource(message: string): string {
  return message.replace(/ \(failing for \d+s, asked again in \d+s\)$/, '');
}
