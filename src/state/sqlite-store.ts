/** State in a local database: JSON by key. */
import type { Clock } from '../clock.js';
import { AppError } from '../core/errors.js';
import { DatabaseFailure, numberIn, textIn, type Database } from '../database.js';
import type { Json, StateStore } from '../ports.js';
import { readableRows } from './salvage.js';

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

/** Takes over from a damaged file what can still be read of it. */
export function salvageState(damaged: Database, fresh: Database): void {
  const rows = readableRows(damaged).filter(isWhole);
  fresh.transaction(
    () => {
      for (const row of rows) {
        fresh.run(PUT, [textIn(row, 'key'), textIn(row, 'value')]);
      }
    },
    { isForGood: true },
  );
}

/** Room that the state takes in its file. */
export function stateBytes(database: Database): number {
  const sql = "SELECT coalesce(sum(pgsize), 0) AS bytes FROM dbstat WHERE name = 'state'";
  return database.all(sql).reduce((sum, row) => sum + numberIn(row, 'bytes'), 0);
}

const PUT =
  'INSERT INTO state (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value';

/**
 * The database stays open when the store is closed. `setUpState` must have run. `onDamaged` is told once of each key
 * whose value is no JSON: `load` leaves it out, for all others are as good as before.
 */
export function createSqliteStateStore(
  database: Database,
  clock: Clock,
  onDamaged: (key: string) => void = () => undefined,
): StateStore {
  return new SqliteStateStore(database, clock, onDamaged);
}

/** Commits that come in one turn of the event loop are one transaction, written to the disk before any of them resolves. */
class SqliteStateStore implements StateStore {
  readonly isDurable = true;
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #onDamaged: (key: string) => void;
  readonly #damaged = new Set<string>();
  #waiting: Waiting[] = [];
  #writing: Promise<void> = Promise.resolve();

  constructor(database: Database, clock: Clock, onDamaged: (key: string) => void) {
    this.#database = database;
    this.#clock = clock;
    this.#onDamaged = onDamaged;
  }

  get generation(): number {
    return this.#database.generation;
  }

  load(): Promise<ReadonlyMap<string, Json>> {
    return Promise.resolve().then(() => {
      try {
        const rows = this.#inFile(() => this.#database.all('SELECT key, value FROM state'));
        for (const row of rows) if (!isWhole(row)) this.#tell(String(row['key']));
        return new Map(
          rows
            .filter(isWhole)
            .map((row) => [textIn(row, 'key'), JSON.parse(textIn(row, 'value')) as Json]),
        );
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
      for (const { resolve } of group) resolve();
    } catch (error) {
      const failure = unwritable(error);
      for (const { reject } of group) reject(failure);
    }
  }

  #put(changes: ReadonlyMap<string, string | null>): void {
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

function isWhole(row: Readonly<Record<string, unknown>>): boolean {
  try {
    const { key, value } = row;
    return typeof key === 'string' && typeof value === 'string' && JSON.parse(value) !== undefined;
  } catch {
    return false;
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
