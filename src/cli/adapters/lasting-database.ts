/** A database that outlives its file. */
import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  DatabaseFailure,
  type Database,
  type DatabaseFailureKind,
  type Row,
  type SqlValue,
} from '../../database.js';
import type { DataFiles, LastingOptions } from '../context.js';
import {
  openDatabaseToRead,
  openedToRead,
  openForWriting,
  type LibsqlDatabase,
} from './database.js';

export function openLastingDatabase(path: string, options: LastingOptions): Database {
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (error) {
    throw new DatabaseFailure('unwritable', (error as Error).message, { cause: error });
  }
  return new LastingDatabase(path, options);
}

export const dataFiles: DataFiles = {
  openLasting: openLastingDatabase,
  openToRead: openDatabaseToRead,
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
        this.#database?.close();
        this.#database = null;
        this.generation += 1;
        this.#database = this.#startAnew(error);
      }
      throw error;
    } finally {
      this.#depth -= 1;
    }
  }

  #opened(): LibsqlDatabase {
    try {
      this.#database ??= openForWriting(this.path, this.#options.setUp);
    } catch (error) {
      if (!isFailure(error, 'corrupt')) throw error;
      this.#database = this.#startAnew(error);
    }
    return this.#database;
  }

  #startAnew(error: DatabaseFailure): LibsqlDatabase {
    const { setUp, salvage, now, onMovedAside } = this.#options;
    const stamp = new Date(now()).toISOString().replaceAll(/[-:]|\.\d+/g, '');
    let aside = `${this.path}.damaged-${stamp}`;
    for (let n = 2; existsSync(aside); n += 1) aside = `${this.path}.damaged-${stamp}-${n}`;
    renameSync(this.path, aside);
    for (const ending of ['-wal', '-shm']) {
      if (existsSync(this.path + ending)) renameSync(this.path + ending, aside + ending);
    }
    const fresh = openForWriting(this.path, setUp);
    onMovedAside(aside, error.message);
    try {
      const damaged = openedToRead(aside, pathToFileURL(aside).href);
      try {
        salvage(damaged, fresh);
      } finally {
        damaged.close();
      }
    } catch {
      // Nothing of it can be read.
    }
    return fresh;
  }
}

function isFailure(error: unknown, kind: DatabaseFailureKind): error is DatabaseFailure {
  return error instanceof DatabaseFailure && error.kind === kind;
}
