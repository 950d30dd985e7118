import type { FaultKind } from './fault-kinds.js';

export type Surface = 'machines' | 'graphql' | 'prometheus' | 'metrics';

/** How a request stood to the lease of the machine it named. `foreign`: somebody else held it; `stale`: a nonce of no lease. */
export type LeaseStanding = 'none' | 'held' | 'foreign' | 'stale';

/** One request, written when its answer is known. */
export interface RequestEntry {
  readonly kind: 'request';
  readonly seq: number;
  readonly atMs: number;
  readonly requestId: string;
  readonly surface: Surface;
  /** `list-machines`, `create-machine`, `graphql`, ...; `unknown` for a path that nobody serves. */
  readonly action: string;
  readonly method: string;
  /** Path and query string. */
  readonly path: string;
  readonly app: string | null;
  readonly machine: string | null;
  /** The grant's name; null when the request was not let in. */
  readonly token: string | null;
  readonly userAgent: string;
  /** Null when no answer was sent at all. */
  readonly status: number | null;
  readonly fault: FaultKind | null;
  /** The client did not get the answer that the server made. */
  readonly isAnswerLost: boolean;
  readonly lease: LeaseStanding;
}

export type EffectKind =
  | 'create'
  | 'update'
  | 'start'
  | 'stop'
  | 'suspend'
  | 'restart'
  | 'signal'
  | 'destroy'
  | 'cordon'
  | 'uncordon'
  | 'metadata'
  | 'lease'
  | 'lease-refresh'
  | 'lease-release'
  | 'crash'
  | 'volume-create'
  | 'volume-destroy'
  | 'app-create'
  | 'app-destroy'
  | 'release'
  | 'host';

/** Something that a request, a deploy or the platform really did. */
export interface EffectEntry {
  readonly kind: 'effect';
  readonly seq: number;
  readonly atMs: number;
  readonly effect: EffectKind;
  /** The request that caused it; null for deploys, tests and the platform itself. */
  readonly requestId: string | null;
  /** Name of the token, `flyctl` for deploys, `platform`, or `test`. */
  readonly actor: string;
  readonly userAgent: string;
  readonly app: string;
  /** Its machine or volume. */
  readonly machine: string | null;
  readonly isAnswerLost: boolean;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** A machine's true state changed. */
export interface StateEntry {
  readonly kind: 'state';
  readonly seq: number;
  readonly atMs: number;
  readonly app: string;
  readonly machine: string;
  /** Null for a new machine. */
  readonly from: string | null;
  readonly to: string;
}

export type LogEntry = RequestEntry | EffectEntry | StateEntry;
type Unnumbered<T> = T extends LogEntry ? Omit<T, 'seq'> : never;

/** Append-only record of everything; listeners hear each entry as it is written. */
export class EventLog {
  readonly entries: LogEntry[] = [];
  readonly #listeners = new Set<(entry: LogEntry) => void>();
  #nextSeq = 0;

  constructor(readonly capacity: number) {}

  write(entry: Unnumbered<LogEntry>): void {
    const numbered = { ...entry, seq: this.#nextSeq++ } as LogEntry;
    if (this.capacity > 0) this.entries.push(numbered);
    // Dropping in large steps keeps the cost of each entry constant.
    if (this.entries.length > 2 * this.capacity) {
      this.entries.splice(0, this.entries.length - this.capacity);
    }
    for (const listener of this.#listeners) listener(numbered);
  }

  /** Returns the function that ends it. */
  subscribe(listener: (entry: LogEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
