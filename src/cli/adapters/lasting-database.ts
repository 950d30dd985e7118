/** A database that outlives its file. */
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  DatabaseFailure,
  type DamagedFile,
  type Database,
  type DatabaseFailureKind,
  type Row,
  type SqlValue,
} from '../../seams/database.js';
import type { DataFiles, LastingOptions } from '../context.js';
import { openDatabaseToRead, openForWriting, type LibsqlDatabase } from './database.js';
import { lockFolder } from './folder-lock.js';
import { checkFile, hasLog, logDamageOf, withDamagedFile } from './data-file.js';
import { finishReplacing, replaceDamaged } from './replacement.js';

export function openLastingDatabase(path: string, options: LastingOptions): Database {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new DatabaseFailure('unwritable', (error as Error).message, { cause: error });
  }
  return new LastingDatabase(path, options);
}

export const dataFiles: DataFiles = {
  openLasting: openLastingDatabase,
  openToRead: openDatabaseToRead,
  lockFolder,
  isDirectory(path) {
    try {
      return statSync(path).isDirectory();
    } catch {
      // What is wrong with it shows when it is opened.
      return false;
    }
  },
};

class LastingDatabase implements Database {
  generation = 0;
  readonly #options: LastingOptions;
  /** Null: there was no room for it. */
  #database: LibsqlDatabase | null = null;

  constructor(
    readonly path: string,
    options: LastingOptions,
  ) {
    this.#options = options;
    try {
      this.#opened();
    } catch (error) {
      if (!isFailure(error, 'full')) throw error;
    }
  }

  all(sql: string, parameters?: readonly SqlValue[]): readonly Row[] {
    return this.#guarded((database) => database.all(sql, parameters));
  }

  run(sql: string, parameters?: readonly SqlValue[]): number {
    return this.#guarded((database) => database.run(sql, parameters));
  }

  transaction<T>(work: () => T, options?: { readonly isForGood?: boolean }): T {
    return this.#guarded((database) => {
      const result = database.transaction(work, options);
      database.share();
      return result;
    });
  }

  close(): void {
    try {
      // One file is left, which can be copied as it is.
      this.#database?.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } catch {
      // The next start takes the rest over.
    }
    this.#database?.close();
  }

  #depth = 0;

  /** The file is replaced once the outermost call has failed, never under a transaction. */
  #guarded<T>(work: (database: LibsqlDatabase) => T): T {
    this.#depth += 1;
    try {
      return work(this.#opened());
    } catch (error) {
      if (this.#depth === 1 && isFailure(error, 'corrupt')) {
        this.#replace(error);
      }
      throw error;
    } finally {
      this.#depth -= 1;
    }
  }

  #opened(): LibsqlDatabase {
    if (this.#database !== null) return this.#database;
    finishReplacing(this.path);
    try {
      this.#database = this.#open();
    } catch (error) {
      if (!isFailure(error, 'corrupt')) throw error;
      this.#database = this.#replace(error);
    }
    return this.#database;
  }

  #open(): LibsqlDatabase {
    const { setUp, onDoubt, isUnfinished, isWhole } = this.#options;
    if (isWhole !== undefined) judge(this.path, isWhole);
    const damage = logDamageOf(this.path);
    const isLogged = hasLog(this.path);
    const database = openForWriting(this.path, setUp);
    const isLogMissing = !isLogged && isUnfinished?.(database) === true;
    const why = damage ?? (isLogMissing ? 'its log is missing' : null);
    if (why !== null) onDoubt?.(database, why);
    return database;
  }

  #replace({ message }: DatabaseFailure): LibsqlDatabase {
    this.#database?.close();
    this.#database = null;
    replaceDamaged(this.path, message, this.#options);
    this.generation += 1;
    this.#database = this.#open();
    return this.#database;
  }
}

function judge(path: string, isWhole: (file: DamagedFile) => boolean): void {
  checkFile(path);
  if (existsSync(path) && !withDamagedFile(path, isWhole)) {
    throw new DatabaseFailure('corrupt', 'some of its pages are damaged');
  }
}

function isFailure(error: unknown, kind: DatabaseFailureKind): error is DatabaseFailure {
  return error instanceof DatabaseFailure && error.kind === kind;
}
