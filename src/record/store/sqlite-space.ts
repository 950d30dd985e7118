/** How much room the record takes in its file, and what goes when it is too much. */
import { numberIn, type Database } from '../../seams/database.js';
import { PartSweep } from './part-sweep.js';

const DAY_MS = 86_400_000;
const KEPT_MS = 42 * DAY_MS;
/** Removed at once, so that nothing else waits for long; more than is ever written at once. */
const ROWS_AT_ONCE = 100;
/** The use of a part is noted once a day. */
const PART_SLACK_MS = 2 * DAY_MS;
const VACUUM_PAGES = 500;
/** What others keep in the file is counted again after so long: it takes some milliseconds. */
const COUNT_EVERY_MS = 60_000;
/** This share of the room is kept for what comes while room is made. */
const RESERVE = 1 / 16;
/** The log beside the file may be such a share of the size while somebody reads on. */
const LOG_SHARE = 1 / 8;
/** Parts are looked through when this share of the decisions that may have used them is gone. */
const GONE_SHARE = 1 / 4;

/** What says how an app is now is no regular decision but its newest. */
const REGULAR = `kind = 2 AND at_ms < ? AND EXISTS (SELECT 1 FROM decision AS later
  WHERE later.app = decision.app AND later.policy = decision.policy AND later.at_ms > decision.at_ms)`;

export interface SpaceOptions {
  readonly maxBytes: number;
  /** Bytes that others keep in the file, beside those. */
  readonly otherBytes: () => number;
  /** Numbers of parts that are remembered may be void. */
  readonly onPartsGone: () => void;
}

export class SqliteSpace {
  readonly #database: Database;
  readonly #maxBytes: number;
  readonly #countOthers: () => number;
  readonly #onPartsGone: () => void;
  /** Null: not counted yet. */
  #otherBytes: number | null = null;
  #countedAtMs = 0;
  #pageBytes: number | null = null;
  /** Bytes of values in the file; null: not counted yet. */
  #valueBytes: number | null = null;
  #sweep: PartSweep | null = null;
  /** Decisions that the last sweep read, and those that were removed since it began. */
  #swept = 0;
  #removed = 0;

  constructor(database: Database, { maxBytes, otherBytes, onPartsGone }: SpaceOptions) {
    this.#database = database;
    this.#maxBytes = maxBytes;
    this.#countOthers = otherBytes;
    this.#onPartsGone = onPartsGone;
  }

  forget(): void {
    this.#valueBytes = null;
    this.#otherBytes = null;
  }

  addValueBytes(bytes: number): void {
    if (this.#valueBytes !== null) this.#valueBytes += bytes;
  }

  oldestMs(): number | null {
    const [row] = this.#database.all('SELECT CAST(min(at_ms) AS INTEGER) AS at FROM decision');
    const at = row?.['at'];
    return typeof at === 'number' ? at : null;
  }

  /** By the record alone. */
  usedBytes(): number {
    this.#otherBytes ??= this.#countOthers();
    const pages = this.#pragma('page_count') - this.#pragma('freelist_count');
    return Math.max(0, pages * this.#pageSize() - this.#otherBytes);
  }

  /** Who reads in one long transaction keeps what is written in the log beside the file, which grows until that ends. */
  isLogHeld(): boolean {
    try {
      const [row] = this.#database.all('PRAGMA wal_checkpoint(PASSIVE)');
      if (row === undefined) return false;
      const pages = numberIn(row, 'log');
      const isHeld = numberIn(row, 'checkpointed') < pages;
      return isHeld && pages * this.#pageSize() > this.#maxBytes * LOG_SHARE;
    } catch {
      // A full disk, which is no reader.
      return false;
    }
  }

  tidy(nowMs: number): boolean {
    this.#countAgain(nowMs);
    return this.#database.transaction(() => {
      const tooOld = this.#removeOld(nowMs - KEPT_MS);
      const isTooMuch = this.usedBytes() > this.#maxBytes * (1 - RESERVE);
      // Decisions are few beside parts that nobody needs: all could be gone before those are found.
      const more = isTooMuch && (this.#sweepParts() || this.#removeFirst());
      const unused = this.#removeUnused();
      this.#giveBack();
      return tooOld || more || unused;
    });
  }

  makeRoom(): boolean {
    return this.#database.transaction(() => {
      const isSwept = this.#sweepParts();
      return this.#removeFirst() || isSwept;
    });
  }

  #countAgain(nowMs: number): void {
    // A clock that was set back says nothing of how long ago it was.
    if (Math.abs(nowMs - this.#countedAtMs) < COUNT_EVERY_MS) return;
    this.#otherBytes = this.#countOthers();
    this.#countedAtMs = nowMs;
  }

  /** Parts that no decision refers to, if there may be many. False when there is no more to do. */
  #sweepParts(): boolean {
    if (this.#sweep?.isValid === false) this.#sweep = null;
    if (this.#sweep === null) {
      if (this.#removed < this.#swept * GONE_SHARE) return false;
      this.#sweep = new PartSweep(this.#database);
      this.#removed = 0;
    }
    const { removed, isDone } = this.#sweep.step();
    if (removed > 0) this.#onPartsGone();
    if (isDone) {
      this.#swept = this.#sweep.decisions;
      this.#sweep = null;
    }
    return !isDone || removed > 0;
  }

  #removeOld(beforeMs: number): boolean {
    const decisions = this.#remove('decision', 'at_ms < ?', 'at_ms', beforeMs);
    const values = this.#removeValues(beforeMs);
    this.#database.run('DELETE FROM gap WHERE to_ms < ?', [beforeMs]);
    return decisions || values;
  }

  /** Regular decisions but an app's newest; then values, down to half; then decisions of any kind, oldest first. */
  #removeFirst(): boolean {
    if (this.#remove('decision', REGULAR, 'at_ms', Number.MAX_SAFE_INTEGER)) return true;
    const share = Math.min(this.#maxBytes, this.usedBytes()) / 2;
    if (this.#countValues() > share && this.#removeValues(Number.MAX_SAFE_INTEGER)) return true;
    if (this.#remove('decision', 'at_ms < ?', 'at_ms', Number.MAX_SAFE_INTEGER)) return true;
    return this.#removeValues(Number.MAX_SAFE_INTEGER);
  }

  /** Parts that were used before the oldest decision alone: no others need to be looked through for them. */
  #removeUnused(): boolean {
    const oldestMs = this.oldestMs() ?? Number.MAX_SAFE_INTEGER;
    const hasRemoved = this.#remove('part', 'used_ms < ?', 'used_ms', oldestMs - PART_SLACK_MS);
    if (hasRemoved) this.#onPartsGone();
    return hasRemoved;
  }

  /** The oldest; true when there were any. */
  #remove(table: string, condition: string, order: string, bound: number): boolean {
    const rows = this.#database.all(
      `DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table} WHERE ${condition} ORDER BY ${order} LIMIT ${ROWS_AT_ONCE}) RETURNING id`,
      [bound],
    );
    if (table === 'decision') this.#removed += rows.length;
    return rows.length > 0;
  }

  #removeValues(beforeMs: number): boolean {
    const rows = this.#database.all(
      `DELETE FROM value_block WHERE id IN (SELECT id FROM value_block WHERE to_ms < ? ORDER BY to_ms LIMIT ${ROWS_AT_ONCE}) RETURNING bytes`,
      [beforeMs],
    );
    const bytes = rows.reduce((sum, row) => sum + numberIn(row, 'bytes'), 0);
    if (this.#valueBytes !== null) this.#valueBytes -= bytes;
    return rows.length > 0;
  }

  #countValues(): number {
    this.#valueBytes ??= Number(
      this.#database.all('SELECT coalesce(sum(bytes), 0) AS bytes FROM value_block')[0]?.['bytes'],
    );
    return this.#valueBytes;
  }

  /** A file that is larger than it may be gets smaller, a little at a time. */
  #giveBack(): void {
    const mostBytes = this.#maxBytes + (this.#otherBytes ?? 0);
    if (this.#pragma('page_count') * this.#pageSize() <= mostBytes) return;
    if (this.#pragma('freelist_count') === 0) return;
    this.#database.all(`PRAGMA incremental_vacuum(${VACUUM_PAGES})`);
  }

  #pageSize(): number {
    this.#pageBytes ??= this.#pragma('page_size');
    return this.#pageBytes;
  }

  #pragma(name: 'page_count' | 'freelist_count' | 'page_size'): number {
    const [row] = this.#database.all(`PRAGMA ${name}`);
    return row === undefined ? 0 : numberIn(row, name);
  }
}
