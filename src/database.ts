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

export function numberIn(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') throw new DatabaseFailure('corrupt', `${column} is no number`);
  return value;
}

export function textIn(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw new DatabaseFailure('corrupt', `${column} is no text`);
  return value;
}

export function bytesIn(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (!(value instanceof Uint8Array)) {
    throw new DatabaseFailure('corrupt', `${column} is no bytes`);
  }
  return value;
}
