/** A folder for one process: what two would write to at once would be whole, and the record of one a lie to the other. */
import { mkdirSync, statSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { DatabaseFailure } from '../../seams/database.js';
import type { FolderLock } from '../context.js';
import { makePrivate } from './data-file.js';
import { LibsqlDatabase } from './database.js';

const LOCK_FILE = 'fly-autoscaler.lock';

/**
 * The lock is one of the system on a database of one page: it ends with its process, however that ends, and no number of a
 * process has to be believed. Throws `busy` when another has it, and `full` when there is no room for that page.
 */
export function lockFolder(folder: string): FolderLock {
  const file = path.join(folder, LOCK_FILE);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    makePrivate(file);
    const held = locked(file) ?? lockedAnew(file);
    return { release: () => held.close() };
  } catch (error) {
    if (error instanceof DatabaseFailure) throw error;
    throw new DatabaseFailure('unwritable', (error as Error).message, { cause: error });
  }
}

/** Null: the file is damaged. */
function locked(file: string): LibsqlDatabase | null {
  const database = new LibsqlDatabase(file, file);
  try {
    database.exec('BEGIN IMMEDIATE');
    if (statSync(file).size === 0) {
      // Without a page of its own, what holds it would write one, for which a disk may have no room later.
      database.exec('PRAGMA user_version = 1; COMMIT; BEGIN IMMEDIATE');
    }
    return database;
  } catch (error) {
    database.close();
    const isPassing =
      error instanceof DatabaseFailure && (error.kind === 'busy' || error.kind === 'full');
    if (isPassing) throw error;
    return null;
  }
}

/** In the same file: another may be taking it. */
function lockedAnew(file: string): LibsqlDatabase {
  truncateSync(file);
  const database = locked(file);
  if (database === null) throw new DatabaseFailure('unwritable', `${file} cannot be locked`);
  return database;
}
