/** State in a local database: JSON by key. */
import type { Clock } from '../seams/clock.js';
import { AppError } from '../core/model/errors.js';
import {
  asBytes,
  DatabaseFailure,
  numberIn,
  textIn,
  type DamagedFile,
  type Database,
  type Row,
} from '../seams/database.js';
import { findRows } from './page-rows.js';
import { type Json, LOST_STATE, type StateStore } from '../seams/store.js';

/** Another process writes to the file: so often and so long it is tried again. */
const BUSY = { tries: 40, pauseMs: 50 };

interface Waiting {
  /** Key -> JSON text; null removes. */
  readonly changes: ReadonlyMap<string, string | null>;
  readonly resolve: () => void;
  readonly reject: (error: AppError) => void;
}

/** Makes its table where it is missing. */
export function setUpState(database: Database): void {
  database.run(
    'CREATE TABLE IF NOT EXISTS state (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID',
  );
}

/** Takes over from a damaged file what can still be read of it. False: something may be lost, which the new file says. */
export function salvageState(damaged: DamagedFile, fresh: Database): boolean {
  const found = findRows(damaged);
  const rows = [...found.rows].filter(([, value]) => jsonIn(value) !== undefined);
  const isWhole = found.isWhole && rows.length === found.rows.size;
  fresh.transaction(
    () => {
      for (const [key, value] of rows) fresh.run(PUT, [key, value]);
      if (!isWhole) fresh.run(PUT, [LOST_STATE, 'true']);
    },
    { isForGood: true },
  );
  return isWhole;
}

/** Whether the state in a file is as it was written, as far as that can be seen without SQLite. */
export function isStateWhole(file: DamagedFile): boolean {
  return findRows(file).isWhole;
}

/** Notes that something of the state may be lost. */
export function noteLoss(database: Database): void {
  database.transaction(() => database.run(PUT, [LOST_STATE, 'true']), { isForGood: true });
}

/** Room that the state takes in its file. */
export function stateBytes(database: Database): number {
  const sql = "SELECT coalesce(sum(pgsize), 0) AS bytes FROM dbstat WHERE name = 'state'";
  return database.all(sql).reduce((sum, row) => sum + numberIn(row, 'bytes'), 0);
}

const ALL = `SELECT ${asBytes('key')}, ${asBytes('value')} FROM state`;
const PUT =
  'INSERT INTO state (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value';

/**
 * The database stays open when the store is closed. `setUpState` must have run. `onDamaged` is told once of each key
 * whose value is no JSON: `load` leaves it out, for all others are as good as before. `hasLost`: values got lost, which the
 * file could not be made to say.
 */
export function createSqliteStateStore(
  database: Database,
  clock: Clock,
  onDamaged: (key: string) => void = () => undefined,
  hasLost = false,
): StateStore {
  return new SqliteStateStore(database, clock, onDamaged, hasLost);
}

/** Commits that come in one turn of the event loop are one transaction, written to the disk before any of them resolves. */
class SqliteStateStore implements StateStore {
  readonly isDurable = true;
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #onDamaged: (key: string) => void;
  readonly #damaged = new Set<string>();
  #hasLost: boolean;
  #waiting: Waiting[] = [];
  #writing: Promise<void> = Promise.resolve();

  constructor(
    database: Database,
    clock: Clock,
    onDamaged: (key: string) => void,
    hasLost: boolean,
  ) {
    this.#database = database;
    this.#clock = clock;
    this.#onDamaged = onDamaged;
    this.#hasLost = hasLost;
  }

  get hasLost(): boolean {
    return this.#hasLost;
  }

  get generation(): number {
    return this.#database.generation;
  }

  load(): Promise<ReadonlyMap<string, Json>> {
    return Promise.resolve().then(() => {
      try {
        const rows = this.#inFile(() => this.#database.all(ALL));
        const values = new Map<string, Json>();
        for (const row of rows) {
          const key = textIn(row, 'key');
          const value = valueIn(row);
          if (value === undefined) this.#tell(key);
          else if (key !== LOST_STATE) values.set(key, value);
          if (value === undefined || key === LOST_STATE) this.#hasLost = true;
        }
        return values;
      } catch (error) {
        throw unreadable(error);
      }
    });
  }

  commit(changes: ReadonlyMap<string, Json | null>): Promise<void> {
    return new Promise((resolve, reject) => {
      // As they are now: what the caller changes later is another commit.
      const written = [...changes].map(
        ([key, value]) => [key, value === null ? null : JSON.stringify(value)] as const,
      );
      this.#waiting.push({ changes: new Map(written), resolve, reject });
      if (this.#waiting.length > 1) return;
      this.#writing = this.#writing.then(() => this.#clock.sleep(0)).then(() => this.#write());
    });
  }

  async close(): Promise<void> {
    await this.#writing;
  }

  /** Once more where the file turns out to be damaged: another has taken its place, with what could be read of it. */
  #inFile<T>(work: () => T): T {
    const { generation } = this.#database;
    try {
      return work();
    } catch (error) {
      if (this.#database.generation === generation) throw error;
      return work();
    }
  }

  #tell(key: string): void {
    if (this.#damaged.has(key)) return;
    this.#damaged.add(key);
    this.#onDamaged(key);
  }

  async #write(): Promise<void> {
    const group = this.#waiting;
    this.#waiting = [];
    const changes = new Map(group.flatMap((waiting) => [...waiting.changes]));
    try {
      for (let attempt = 1; ; attempt += 1) {
        if (this.#tryWrite(changes, attempt >= BUSY.tries)) break;
        await this.#clock.sleep(BUSY.pauseMs);
      }
      if (changes.get(LOST_STATE) === null) this.#forgetLoss();
      for (const { resolve } of group) resolve();
    } catch (error) {
      const failure = unwritable(error);
      for (const { reject } of group) reject(failure);
    }
  }

  #forgetLoss(): void {
    this.#hasLost = false;
    this.#damaged.clear();
  }

  #put(changes: ReadonlyMap<string, string | null>): void {
    if (changes.get(LOST_STATE) === null) {
      for (const key of this.#damaged) this.#database.run('DELETE FROM state WHERE key = ?', [key]);
    }
    for (const [key, value] of changes) {
      if (value === null) this.#database.run('DELETE FROM state WHERE key = ?', [key]);
      else this.#database.run(PUT, [key, value]);
    }
  }

  /** False when another process was writing. */
  #tryWrite(changes: ReadonlyMap<string, string | null>, isLast: boolean): boolean {
    try {
      this.#inFile(() => this.#database.transaction(() => this.#put(changes), { isForGood: true }));
      return true;
    } catch (error) {
      if (!isLast && error instanceof DatabaseFailure && error.kind === 'busy') return false;
      throw error;
    }
  }
}

/** Undefined: it is damaged. */
function valueIn(row: Row): Json | undefined {
  try {
    return jsonIn(textIn(row, 'value'));
  } catch {
    return undefined;
  }
}

/** Undefined: it is none. */
function jsonIn(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function unreadable(error: unknown): AppError {
  return new AppError('state-unreadable', `the state cannot be read: ${messageOf(error)}`, {
    owner: 'user',
    hint: 'check the disk that data-dir is on: until the state can be read, which is tried at each tick, nothing shrinks',
    cause: error,
  });
}

function unwritable(error: unknown): AppError {
  return new AppError('state-unwritable', `the state cannot be written: ${messageOf(error)}`, {
    owner: 'user',
    isRetryable: true,
    hint: 'check the room on the disk that data-dir is on, and who may write there',
    cause: error,
  });
}
