/** The record of a file, for commands that ask it: beside a `serve` that writes it, or on a copy. */
import path from 'node:path';
import { AppError } from '../core/model/errors.js';
import { DatabaseFailure, type DatabaseFailureKind } from '../seams/database.js';
import type { RecordPages } from '../seams/views.js';
import { checkRecord, createRecordReader, createSqliteBackend } from '../record/store/index.js';
import type { CliContext } from './context.js';
import { DATA_FILE } from './data.js';

/** Calls back with the record, and closes it. `dataDir`: a directory, or a file. */
export async function withRecordFile<T>(
  context: CliContext,
  dataDir: string,
  work: (record: RecordPages) => Promise<T>,
): Promise<T> {
  const file = context.files.isDirectory(dataDir) ? path.join(dataDir, DATA_FILE) : dataDir;
  let database;
  try {
    database = context.files.openToRead(file);
    checkRecord(database);
  } catch (error) {
    database?.close();
    throw unreadable(file, error);
  }
  try {
    // Nothing is written, so nothing has to fit.
    const backend = createSqliteBackend(database, { maxBytes: 0, now: () => context.clock.now() });
    return await work(createRecordReader(backend));
  } finally {
    database.close();
  }
}

function unreadable(file: string, error: unknown): AppError {
  if (error instanceof AppError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const kind = error instanceof DatabaseFailure ? error.kind : 'other';
  return new AppError('state-unreadable', `${file} cannot be read: ${message}`, {
    owner: 'user',
    hint:
      HINTS[kind] ??
      `--data-dir names the directory that serve writes to, or its file ${DATA_FILE}`,
    cause: error,
  });
}

const HINTS: Partial<Record<DatabaseFailureKind, string>> = {
  busy: 'another process is writing; try again',
  denied: 'run the command as the user that serve runs as, or let this user read the file',
};
