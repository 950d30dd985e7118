/** Between the histories that decisions look at and the store in which they survive. */
import { instant, type Clock } from '../../seams/clock.js';
import { toAppError, type AppError } from '../../core/model/errors.js';
import { formatHistory, parseHistory } from './stored-history.js';
import type { PolicyHistory } from '../../core/model/app-memory.js';
import type { Json, StateStore } from '../../seams/store.js';

const PREFIX = 'history/';

type Histories = Readonly<Record<string, PolicyHistory>>;

const NONE: Histories = {};

/** App names have no slash, policies may. */
function keyOf(app: string, policy: string): string {
  return `${PREFIX}${app}/${policy}`;
}

/**
 * What is noted in the same turn of the event loop, and while a commit is under way, goes with the next commit.
 * Without a store that lasts nothing is written: the loop's own memory is as good.
 */
export class HistoryDesk {
  readonly #clock: Clock;
  readonly #store: StateStore | null;
  /** As it was stored when the process began. */
  readonly #stored = new Map<string, Record<string, PolicyHistory>>();
  /** What is stored or will be. Key: app, then the key in the store. */
  readonly #kept = new Map<string, Map<string, PolicyHistory>>();
  #noted = new Map<string, PolicyHistory | null>();
  #commit: Promise<AppError | null> | null = null;
  #waiting: Promise<AppError | null> | null = null;
  /** Why what was noted is not kept; null: it is. */
  #failure: AppError | null = null;

  constructor(clock: Clock, store: StateStore | null) {
    this.#clock = clock;
    this.#store = store?.isDurable === true ? store : null;
  }

  /**
   * Takes in what was stored, but for what is newer here. What cannot be understood, or is not to be kept, counts as unknown:
   * limits and budgets then begin as spent.
   */
  load(stored: ReadonlyMap<string, Json>, isKept: (policy: string) => boolean): void {
    if (this.#store === null) return;
    const now = instant(this.#clock);
    for (const [key, value] of stored) {
      if (!key.startsWith(PREFIX)) continue;
      const [app = '', ...rest] = key.slice(PREFIX.length).split('/');
      if (this.#noted.has(key) || this.#kept.get(app)?.has(key) === true) continue;
      const policy = rest.join('/');
      const history = isKept(policy) ? parseHistory(value, now) : null;
      if (history === null) {
        this.#noted.set(key, null);
        continue;
      }
      this.#stored.set(app, { ...this.#stored.get(app), [policy]: history });
      this.#keptOf(app).set(key, history);
    }
  }

  /** By policy. */
  of(app: string): Histories {
    return this.#stored.get(app) ?? NONE;
  }

  /** Null: the policy has none any more. */
  note(app: string, policy: string, history: PolicyHistory | null): void {
    if (this.#store === null) return;
    const key = keyOf(app, policy);
    if (history === null) {
      const { [policy]: _gone, ...stored } = this.of(app);
      this.#stored.set(app, stored);
      this.#keptOf(app).delete(key);
    } else this.#keptOf(app).set(key, history);
    this.#noted.set(key, history);
    void this.secure();
  }

  drop(app: string): void {
    this.#stored.delete(app);
    for (const key of this.#kept.get(app)?.keys() ?? []) this.#noted.set(key, null);
    this.#kept.delete(app);
    if (this.#noted.size > 0) void this.secure();
  }

  /** The wall clock was set, and what is stored is as old as it was all the same; or it got lost. */
  rewrite(): void {
    for (const kept of this.#kept.values()) {
      for (const [key, history] of kept) this.#noted.set(key, history);
    }
    if (this.#noted.size > 0) void this.secure();
  }

  /** Resolves once all that was noted is kept, with null; otherwise with why it is not. Never rejects. */
  secure(): Promise<AppError | null> {
    if (this.#store === null) return Promise.resolve(null);
    if (this.#noted.size === 0) return this.#commit ?? Promise.resolve(this.#failure);
    this.#waiting ??= this.#next(this.#store);
    return this.#waiting;
  }

  async #next(store: StateStore): Promise<AppError | null> {
    await this.#clock.sleep(0);
    await this.#commit;
    this.#waiting = null;
    this.#commit = this.#write(store).finally(() => {
      this.#commit = null;
    });
    return this.#commit;
  }

  async #write(store: StateStore): Promise<AppError | null> {
    const batch = this.#noted;
    this.#noted = new Map();
    const now = instant(this.#clock);
    const changes = new Map<string, Json | null>();
    for (const [key, history] of batch) {
      changes.set(key, history && formatHistory(history, now));
    }
    try {
      await store.commit(changes);
      this.#failure = null;
    } catch (error) {
      this.#failure = toAppError(error);
      // It goes with the next commit, unless something newer is noted by then.
      this.#noted = new Map([...batch, ...this.#noted]);
    }
    return this.#failure;
  }

  #keptOf(app: string): Map<string, PolicyHistory> {
    const kept = this.#kept.get(app) ?? new Map<string, PolicyHistory>();
    this.#kept.set(app, kept);
    return kept;
  }
}
