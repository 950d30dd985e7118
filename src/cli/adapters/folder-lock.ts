/** A folder for one process: what two would write to at once would be whole, and the record of one a lie to the other. */
import { mkdirSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { DatabaseFailure } from '../../database.js';
import type { FolderLock } from '../context.js';
import { makePrivate } from './data-file.js';
import { LibsqlDatabase } from './database.js';

const LOCK_FILE = 'fly-autoscaler.lock';

/**
 * The lock is one of the system on an empty database: it ends with its process, however that ends, and no number of a process
 * has to be believed. Nothing is ever written to the file.
 */
export function lockFolder(folder: string): FolderLock {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new DatabaseFailure('unwritable', (error as Error).message, { cause: error });
  }
  const file = path.join(folder, LOCK_FILE);
  makePrivate(file);
  const held = locked(file) ?? lockedAnew(file);
  return { release: () => held.close() };
}

/** Null: something was written to the file. */
function locked(file: string): LibsqlDatabase | null {
  const database = new LibsqlDatabase(file, file);
  try {
    database.exec('BEGIN IMMEDIATE');
    return database;
  } catch (error) {
    database.close();
    if (error instanceof DatabaseFailure && error.kind === 'corrupt') return null;
    throw error;
  }
}

/** In the same file: another may be taking it. */
function lockedAnew(file: string): LibsqlDatabase {
  truncateSync(file);
  const database = locked(file);
  if (database === null) throw new DatabaseFailure('unwritable', `${file} is changed by others`);
  return database;
}
