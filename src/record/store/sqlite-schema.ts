/** The tables of the record. */
import { asBytes, DatabaseFailure, textIn, type Database } from '../../seams/database.js';
import type { RecordGap } from '../../seams/views.js';

/** Goes up when what is written could not be read by an earlier version, or the other way round. */
const FORMAT = '1';

const TABLES = [
  `CREATE TABLE IF NOT EXISTS record_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID`,
  // What decisions share, by content. used_ms: last use, give or take a day.
  `CREATE TABLE IF NOT EXISTS part (
    id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, used_ms INTEGER NOT NULL, body BLOB NOT NULL)`,
  `CREATE INDEX IF NOT EXISTS part_used ON part (used_ms)`,
  `CREATE TABLE IF NOT EXISTS decision (
    id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, kind INTEGER NOT NULL, app TEXT NOT NULL,
    policy TEXT NOT NULL, codes TEXT NOT NULL, actions TEXT NOT NULL, body BLOB NOT NULL)`,
  `CREATE INDEX IF NOT EXISTS decision_app ON decision (app, at_ms)`,
  `CREATE INDEX IF NOT EXISTS decision_at ON decision (at_ms)`,
  `CREATE INDEX IF NOT EXISTS decision_regular ON decision (at_ms) WHERE kind = 2`,
  `CREATE TABLE IF NOT EXISTS series (
    id INTEGER PRIMARY KEY, app TEXT NOT NULL, metric TEXT NOT NULL, UNIQUE (app, metric))`,
  `CREATE TABLE IF NOT EXISTS value_block (
    id INTEGER PRIMARY KEY, bucket INTEGER NOT NULL, from_ms INTEGER NOT NULL, to_ms INTEGER NOT NULL,
    bytes INTEGER NOT NULL, body BLOB NOT NULL)`,
  `CREATE INDEX IF NOT EXISTS value_block_at ON value_block (bucket, to_ms, bytes)`,
  `CREATE INDEX IF NOT EXISTS value_block_to ON value_block (to_ms)`,
  `CREATE TABLE IF NOT EXISTS gap (
    from_ms INTEGER NOT NULL, to_ms INTEGER NOT NULL, lost INTEGER, why TEXT NOT NULL)`,
];

/** Makes the tables that are missing. Throws `corrupt` when another version's are there. */
export function setUpRecord(database: Database): void {
  for (const sql of TABLES) database.run(sql);
  const format = metaOf(database, 'format');
  if (format === null) putMeta(database, 'format', FORMAT);
  else checkFormat(format);
}

/** For who only reads. Throws `corrupt` when the file has no record that this version can read. */
export function checkRecord(database: Database): void {
  checkFormat(metaOf(database, 'format') ?? 'none');
}

function checkFormat(format: string): void {
  if (format === FORMAT) return;
  throw new DatabaseFailure(
    'corrupt',
    `its record has format ${format}, this version reads ${FORMAT}`,
  );
}

/** Whether a process writes to the record, or ended without saying so. */
export function isRecordOpen(database: Database): boolean {
  return metaOf(database, 'open') === '1';
}

/**
 * After `beginRecord` is committed: that a process writes to the file stands in the file itself then. What is only in its log
 * nobody would miss if that were gone.
 */
export function showBegin(database: Database): void {
  try {
    database.all('PRAGMA wal_checkpoint(PASSIVE)');
  } catch {
    // The log goes into the file when it is long enough.
  }
}

export function metaOf(database: Database, key: string): string | null {
  const sql = `SELECT ${asBytes('value')} FROM record_meta WHERE key = ?`;
  const [row] = database.all(sql, [key]);
  return row === undefined ? null : textIn(row, 'value');
}

export function putMeta(database: Database, key: string, value: string): void {
  database.run(
    'INSERT INTO record_meta (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
    [key, value],
  );
}

/**
 * Notes that a process writes from now on, in a transaction of the caller. When the one before did not say that it
 * ended, that is a gap.
 */
export function beginRecord(database: Database, nowMs: number): RecordGap | null {
  const gap = metaOf(database, 'open') === '1' ? sinceLastWrite(database, nowMs) : null;
  putMeta(database, 'open', '1');
  if (gap === null) return null;
  const sql = 'INSERT INTO gap (from_ms, to_ms, lost, why) VALUES (?, ?, ?, ?)';
  database.run(sql, [gap.fromMs, gap.toMs, gap.lost, gap.why]);
  return gap;
}

function sinceLastWrite(database: Database, nowMs: number): RecordGap | null {
  const [row] = database.all(
    'SELECT CAST(max((SELECT coalesce(max(at_ms), 0) FROM decision), (SELECT coalesce(max(to_ms), 0) FROM value_block)) AS INTEGER) AS at',
  );
  const lastMs = Number(row?.['at'] ?? 0);
  if (lastMs === 0) return null;
  const toMs = Math.max(lastMs, Math.floor(nowMs));
  return { fromMs: lastMs, toMs, lost: null, why: 'the process ended without warning' };
}
