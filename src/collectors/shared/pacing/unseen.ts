/**
 * Names that nothing has been found under since the start. Most sources cannot tell what is empty from what is misspelt:
 * then a person is asked to look, once for each collector.
 */
import type { CollectorContext } from '../../../seams/schema.js';

/** Where others of the same collector are found, one that is not may simply be idle: it gets a day. */
const PATIENCE_MS = 24 * 60 * 60 * 1000;

export interface UnseenWords {
  /** The thing in the plural: "keys". */
  readonly things: string;
  /** What is done about it: "each counts as 0". */
  readonly meaning: string;
  /** What to look at: "key, prefix and the number of the database". */
  readonly check: string;
}

interface Absent {
  readonly app: string;
  /** The name that nothing was found under. */
  readonly name: string;
}

export class Unseen {
  readonly #seen = new Set<string>();
  #absent: Absent[] = [];
  #sinceMs: number | null = null;
  #isTold = false;

  constructor(
    readonly context: Pick<CollectorContext, 'clock' | 'warn'>,
    readonly metric: string,
    readonly words: UnseenWords,
  ) {}

  /** Something was found for the app, be it that it is empty now. */
  found(app: string): void {
    if (!this.#isTold) this.#seen.add(app);
  }

  /** Nothing was found under that name. */
  missed(app: string, name: string): void {
    if (!this.#isTold && !this.#seen.has(app)) this.#absent.push({ app, name });
  }

  /** To be called after each collection. */
  end(): void {
    const absent = this.#absent;
    this.#absent = [];
    const [first] = absent;
    if (this.#isTold || first === undefined) return;
    const nowMs = this.context.clock.elapsedMs();
    this.#sinceMs ??= nowMs;
    if (this.#seen.size > 0 && nowMs - this.#sinceMs < PATIENCE_MS) return;
    this.#isTold = true;
    this.#seen.clear();
    this.#tell(first, absent.length);
  }

  #tell({ app, name }: Absent, count: number): void {
    const { things, meaning, check } = this.words;
    const message = `nothing has been found yet for ${count} of the ${things}, such as ${name}: ${meaning}. If there should be something, check ${check}`;
    this.context.warn(message, { metric: this.metric, app, count });
  }
}
