/** What the loop needs of a source of metrics. */
import type { Sample } from '../core/model/sample.js';

/** Reads one named metric for many apps. */
export interface Collector {
  /** The metric's name in expressions. */
  readonly name: string;
  /** Unique among the collectors of a fleet: two policies may each have one of the same name. Default: the name. */
  readonly key?: string;
  /** As in the configuration: prometheus, temporal, ... */
  readonly type: string;
  /**
   * Calls `emit` exactly once for each app asked for, as soon as its outcome is known, then resolves.
   * Errors are samples; it rejects only with the signal's reason. Its own deadline is the collector's business.
   */
  collect(
    apps: readonly string[],
    emit: (app: string, sample: Sample) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** Frees connections; nothing of it lives on. */
  close(): Promise<void>;
  /** How it asks for many apps now; absent where that is not worth telling. */
  readonly describe?: () => CollectionWay;
}

export interface CollectionWay {
  /** `fleet`: once for all apps, each has its part of the answer. `shared`: once, one answer for all. `per-app`: app by app. */
  readonly way: 'fleet' | 'shared' | 'per-app';
  /** One clause, in words. */
  readonly why: string;
  /** What is asked, where it is one text. */
  readonly query?: string;
}
