/** Databases in files, by libsql. Loaded only where there is a file to open: it takes some 10 MB. */
import { accessSync, constants, existsSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type Libsql from 'libsql';
import {
  DatabaseFailure,
  type Database,
  type DatabaseFailureKind,
  type Row,
  type SqlValue,
} from '../../seams/database.js';
import { APPLICATION_ID, checkFile, makePrivate, NOT_OURS, whyNotOpened } from './data-file.js';

/** Another process may hold the file for so long; the event loop waits with it. */
const BUSY_LIMIT_MS = 20;
/** In pages of 4 KB: what may pile up before it goes from the log into the file. */
const CHECKPOINT_PAGES = 1000;
const CACHE_KIB = 4096;

type LibsqlModule = typeof Libsql;
type Connection = Libsql.Database;
type Statement = ReturnType<Connection['prepare']>;

const load = createRequire(import.meta.url);

/**
 * What libsql gets to see of a value. It ends the whole process when it is given a boolean, and a list of parameters is
 * the only place where it takes bytes: nothing reaches it but through here.
 */
function bound(value: SqlValue): SqlValue {
  const given: unknown = value;
  switch (typeof given) {
    case 'string':
    case 'number':
    case 'bigint':
      return given;
    default:
      if (given === null) return null;
      if (given instanceof Uint8Array) {
        return Buffer.from(given.buffer, given.byteOffset, given.byteLength);
      }
      throw new DatabaseFailure('other', `a ${typeof given} cannot be a parameter`);
  }
}

function failure(error: unknown): DatabaseFailure {
  if (error instanceof DatabaseFailure) return error;
  const { code, message } = error as { readonly code?: unknown; readonly message: string };
  return new DatabaseFailure(kindOf(typeof code === 'string' ? code : ''), message, {
    cause: error,
  });
}

/** By the number of a result. */
const KINDS: ReadonlyMap<number, DatabaseFailureKind> = new Map([
  [5, 'busy'],
  [6, 'busy'],
  [8, 'unwritable'],
  [10, 'full'],
  [11, 'corrupt'],
  [13, 'full'],
  [14, 'unwritable'],
  [26, 'corrupt'],
]);

/** `code`: as libsql names it. It has no names for many results; those come as numbers, of which the last byte says the kind. */
export function kindOf(code: string): DatabaseFailureKind {
  const [, number] = /^UNKNOWN_SQLITE_ERROR_(\d+)$/.exec(code) ?? [];
  if (number !== undefined) return KINDS.get(Number(number) & 0xff) ?? 'other';
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') return 'corrupt';
  if (code === 'SQLITE_FULL' || code.startsWith('SQLITE_IOERR')) return 'full';
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) return 'busy';
  if (code.startsWith('SQLITE_READONLY') || code.startsWith('SQLITE_CANTOPEN')) return 'unwritable';
  return 'other';
}

export class LibsqlDatabase implements Database {
  readonly generation = 0;
  readonly #connection: Connection;
  readonly #statements = new Map<string, Statement>();
  #isForGood = false;
  #isAlone = false;

  /** `location`: a path or a `file:` URL. */
  constructor(
    readonly path: string,
    location: string,
  ) {
    try {
      const Module = load('libsql') as LibsqlModule;
      this.#connection = new Module(location, { timeout: BUSY_LIMIT_MS });
    } catch (error) {
      const why = whyNotOpened(path) ?? (error as Error).message;
      throw new DatabaseFailure('unwritable', why, { cause: error });
    }
  }

  exec(sql: string): void {
    try {
      this.#connection.exec(sql);
    } catch (error) {
      throw failure(error);
    }
  }

  all(sql: string, parameters: readonly SqlValue[] = []): readonly Row[] {
    try {
      const rows = this.#statement(sql).all(parameters.map(bound)) as Record<string, unknown>[];
      for (const row of rows) {
        for (const [column, value] of Object.entries(row)) {
          if (value instanceof ArrayBuffer) row[column] = new Uint8Array(value);
        }
      }
      return rows as readonly Row[];
    } catch (error) {
      throw failure(error);
    }
  }

  run(sql: string, parameters: readonly SqlValue[] = []): number {
    try {
      return Number(this.#statement(sql).run(parameters.map(bound)).lastInsertRowid);
    } catch (error) {
      throw failure(error);
    }
  }

  transaction<T>(work: () => T, { isForGood = false } = {}): T {
    if (isForGood !== this.#isForGood) {
      this.exec(`PRAGMA synchronous = ${isForGood ? 'FULL' : 'NORMAL'}`);
      this.#isForGood = isForGood;
    }
    this.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.exec('COMMIT');
      return result;
    } catch (error) {
      this.#rollBack();
      throw error;
    }
  }

  /**
   * The file for itself: what a log needs in memory else lies in a file that it shares with readers, and a full disk has
   * no room for that one. Call it before anything else.
   */
  keepAlone(): void {
    this.exec('PRAGMA locking_mode = EXCLUSIVE');
    this.#isAlone = true;
  }

  /** Where something could be written there should be room to share it again; if not, the next time. */
  share(): void {
    if (!this.#isAlone) return;
    try {
      // Only without a log can it be left to others.
      this.exec(`PRAGMA journal_mode = DELETE; PRAGMA locking_mode = NORMAL;
        PRAGMA journal_mode = WAL`);
      this.#isAlone = false;
    } catch {
      // Nothing is lost by that.
    }
  }

  close(): void {
    this.#statements.clear();
    this.#connection.close();
  }

  /** A failure such as a full disk has rolled it back already. */
  #rollBack(): void {
    try {
      if (this.#connection.inTransaction) this.#connection.exec('ROLLBACK');
    } catch {
      // The failure that led here says more.
    }
  }

  #statement(sql: string): Statement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#connection.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

function applicationId(database: LibsqlDatabase): number {
  return Number(database.all('PRAGMA application_id')[0]?.['application_id']);
}

/**
 * Makes the file when there is none, for its owner alone. Nobody may have it open. One that is there can be opened on a full
 * disk too: nothing is written.
 */
export function openForWriting(path: string, setUp: (database: Database) => void): LibsqlDatabase {
  checkFile(path);
  const isNew = !existsSync(path);
  makePrivate(path);
  try {
    return openedForWriting(path, setUp, false);
  } catch (error) {
    const isFull = error instanceof DatabaseFailure && error.kind === 'full';
    if (!isFull) throw error;
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0) {
      // An empty file that was there before is one that has lost what it held.
      if (isNew) rmSync(path, { force: true });
      throw error;
    }
    try {
      return openedForWriting(path, setUp, true);
    } catch {
      throw error;
    }
  }
}

function openedForWriting(
  path: string,
  setUp: (database: Database) => void,
  isAlone: boolean,
): LibsqlDatabase {
  const database = new LibsqlDatabase(path, path);
  try {
    if (isAlone) database.keepAlone();
    const isEmpty = database.all('SELECT 1 FROM sqlite_master LIMIT 1').length === 0;
    if (isEmpty) database.exec('PRAGMA auto_vacuum = INCREMENTAL');
    else if (applicationId(database) !== APPLICATION_ID) {
      throw new DatabaseFailure('corrupt', NOT_OURS);
    }
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
      PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}; PRAGMA journal_size_limit = 16777216;
      PRAGMA cache_size = -${CACHE_KIB};`);
    if (isEmpty) database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
    setUp(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** For reading alone, beside the process that writes it or without one. Throws `DatabaseFailure`. */
export function openDatabaseToRead(path: string): Database {
  refuseUnreadable(path);
  // Sharing a file with its writer takes a lock file beside it; where none can be made, nobody writes.
  const url = pathToFileURL(path).href;
  try {
    return openedToRead(path, `${url}?mode=ro`);
  } catch (error) {
    if (!(error instanceof DatabaseFailure) || error.kind !== 'unwritable') throw error;
    refuseUnfinished(path);
    return openedToRead(path, `${url}?immutable=1`);
  }
}

function refuseUnreadable(path: string): void {
  try {
    accessSync(path, constants.R_OK);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EACCES') throw new DatabaseFailure('denied', 'permission denied');
    throw new DatabaseFailure('unwritable', code === 'ENOENT' ? 'it does not exist' : message);
  }
}

/** Without a lock file only the file itself is read, not what its writer has put beside it. */
function refuseUnfinished(path: string): void {
  const log = `${path}-wal`;
  if ((statSync(log, { throwIfNoEntry: false })?.size ?? 0) === 0) return;
  throw new DatabaseFailure(
    'unwritable',
    `the newest of it is in ${log}, which can be read only where this user may write: copy both`,
  );
}

export function openedToRead(path: string, location: string): Database {
  const database = new LibsqlDatabase(path, location);
  try {
    if (applicationId(database) !== APPLICATION_ID) {
      throw new DatabaseFailure('corrupt', NOT_OURS);
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
