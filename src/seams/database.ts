/** The one seam for a local database: SQL on a file, synchronous, one connection for one process. */

export type SqlValue = string | number | bigint | null | Uint8Array;

export type Row = Readonly<Record<string, SqlValue>>;

/**
 * `corrupt`: the file is damaged, or no database at all. `full`: no room, or the disk fails. `busy`: another process writes.
 * `unwritable`: it may only be read. `denied`: this user may not even read it. `other`: anything else, such as SQL that
 * is wrong.
 */
export type DatabaseFailureKind = 'corrupt' | 'full' | 'busy' | 'unwritable' | 'denied' | 'other';

export class DatabaseFailure extends Error {
  override readonly name = 'DatabaseFailure';
  constructor(
    readonly kind: DatabaseFailureKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Everything throws `DatabaseFailure`. */
export interface Database {
  readonly path: string;
  /** Becomes another number when a new file took the place of a damaged one: what was known of its content is void. */
  readonly generation: number;
  all(sql: string, parameters?: readonly SqlValue[]): readonly Row[];
  /** The rowid of the row that was inserted last. */
  run(sql: string, parameters?: readonly SqlValue[]): number;
  /**
   * All of it or none. `work` must not wait for anything. With `isForGood` it outlives a power cut once this returns,
   * else only the end of the process.
   */
  transaction<T>(work: () => T, options?: { readonly isForGood?: boolean }): T;
  close(): void;
}

/** A file as it is on the disk. */
export interface RawBytes {
  readonly length: number;
  /** Fewer where it ends, or where the disk does not give them. */
  read(at: number, length: number): Uint8Array;
}

/** What there is of a database that cannot be opened, or not be believed. */
export interface DamagedFile {
  readonly file: RawBytes;
  /** What was written and is not in the file yet; null: there is none. */
  readonly log: RawBytes | null;
}

export function numberIn(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') throw new DatabaseFailure('corrupt', `${column} is no number`);
  return value;
}

/**
 * For SQL that asks for bytes in place of a text: libsql ends the whole process when a text that it is to give is no UTF-8, as
 * damage leaves it.
 */
export function asBytes(column: string): string {
  return `CAST(${column} AS BLOB) AS ${column}`;
}

const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A text, or the bytes of one. */
export function textIn(row: Row, column: string): string {
  const value = row[column];
  if (typeof value === 'string') return value;
  try {
    if (value instanceof Uint8Array) return UTF_8.decode(value);
  } catch {
    // Damage.
  }
  throw new DatabaseFailure('corrupt', `${column} is no text`);
}

export function bytesIn(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (!(value instanceof Uint8Array)) {
    throw new DatabaseFailure('corrupt', `${column} is no bytes`);
  }
  return value;
}
