/** Between the histories that decisions look at and the store in which they survive. */
import { instant, type Clock } from '../clock.js';
import { toAppError, type AppError } from '../core/errors.js';
import type { PolicyHistory } from '../core/history.js';
import type { Json, StateStore } from '../ports.js';
import { formatHistory, parseHistory } from './stored-history.js';

const PREFIX = 'history/';

type Histories = Readonly<Record<string, PolicyHistory>>;

const NONE: Histories = {};

/** App and policy, neither of which has a slash. */
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
  /** Keys that are stored or will be. Key: app. */
  readonly #keys = new Map<string, Set<string>>();
  #noted = new Map<string, PolicyHistory | null>();
  #commit: Promise<AppError | null> | null = null;
  #waiting: Promise<AppError | null> | null = null;
  /** Why what was noted is not kept; null: it is. */
  #failure: AppError | null = null;

  constructor(clock: Clock, store: StateStore | null) {
    this.#clock = clock;
    this.#store = store?.isDurable === true ? store : null;
  }

  /** What cannot be read counts as unknown: limits and budgets then begin as spent. Never rejects. */
  async load(): Promise<void> {
    if (this.#store === null) return;
    const now = instant(this.#clock);
    try {
      for (const [key, value] of await this.#store.load()) {
        if (!key.startsWith(PREFIX)) continue;
        const [app = '', policy = ''] = key.slice(PREFIX.length).split('/');
        const history = parseHistory(value, now);
        if (history === null) this.#noted.set(key, null);
        else this.#stored.set(app, { ...this.#stored.get(app), [policy]: history });
        this.#keysOf(app).add(key);
      }
    } catch (error) {
      this.#failure = toAppError(error);
    }
  }

  /** By policy. */
  of(app: string): Histories {
    return this.#stored.get(app) ?? NONE;
  }

  note(app: string, policy: string, history: PolicyHistory): void {
    if (this.#store === null) return;
    const key = keyOf(app, policy);
    this.#keysOf(app).add(key);
    this.#noted.set(key, history);
    void this.secure();
  }

  drop(app: string): void {
    this.#stored.delete(app);
    for (const key of this.#keys.get(app) ?? []) this.#noted.set(key, null);
    this.#keys.delete(app);
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

  #keysOf(app: string): Set<string> {
    const keys = this.#keys.get(app) ?? new Set<string>();
    this.#keys.set(app, keys);
    return keys;
  }
}
