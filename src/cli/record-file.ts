/** The record of a file, for commands that ask it: beside a `serve` that writes it, or on a copy. */
import path from 'node:path';
import { Option } from 'commander';
import { AppError } from '../core/errors.js';
import { timeZone } from '../core/schedule/local-time.js';
import { DatabaseFailure } from '../database.js';
import type { RecordReader } from '../views.js';
import { checkRecord, createRecordReader, createSqliteBackend } from '../record/store/index.js';
import type { CliContext } from './context.js';
import { DATA_FILE } from './data.js';
import { usageError } from './failure.js';
import { load } from './load.js';

export interface RecordOptions {
  readonly dataDir?: string;
  readonly config?: string;
}

export function dataDirOption(): Option {
  return new Option(
    '--data-dir <path>',
    'where the record is: a directory or a file (default: FAS_DATA_DIR)',
  );
}

/** The zone in which times are shown and read: that of the process, UTC unless TZ says another. */
export function zoneOf({ env }: Pick<CliContext, 'env'>): string {
  const zone = nonEmpty(env['TZ']) ?? 'UTC';
  try {
    timeZone(zone);
    return zone;
  } catch {
    throw usageError(`TZ is no time zone: ${zone}`, 'an IANA name such as Europe/Berlin');
  }
}

/** Calls back with the record, and closes it. Throws `usage` when nobody said where it is. */
export async function withRecord<T>(
  context: CliContext,
  options: RecordOptions,
  work: (reader: RecordReader) => Promise<T>,
): Promise<T> {
  const file = recordFile(context, options);
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

function recordFile(context: CliContext, { dataDir, config }: RecordOptions): string {
  const given = dataDir ?? nonEmpty(context.env['FAS_DATA_DIR']) ?? configured(context, config);
  if (given === undefined) {
    throw usageError(
      'it is not said where the record is',
      'give --data-dir, or set FAS_DATA_DIR as for serve; without it the record lasts until serve ends',
    );
  }
  return context.files.isDirectory(given) ? path.join(given, DATA_FILE) : given;
}

function configured(context: CliContext, file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  return load(context, { file, purpose: 'validate' }).config.dataDir ?? undefined;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function unreadable(file: string, error: unknown): AppError {
  if (error instanceof AppError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const isBusy = error instanceof DatabaseFailure && error.kind === 'busy';
  return new AppError('state-unreadable', `${file} cannot be read: ${message}`, {
    owner: 'user',
    hint: isBusy
      ? 'another process is writing; try again'
      : `--data-dir names the directory that serve writes to, or its file ${DATA_FILE}`,
    cause: error,
  });
}
