/** A record in a local database. */
import {
  asBytes,
  bytesIn,
  DatabaseFailure,
  numberIn,
  textIn,
  type Database,
  type Row,
} from '../../seams/database.js';
import type { DecisionQuery, RecordGap } from '../../seams/views.js';
import type {
  Backend,
  BackendStats,
  DecisionRow,
  KeptDecision,
  Position,
  Series,
  ValueBlock,
  Writer,
} from './backend.js';
import { digestOf, packText, unpackText } from './body.js';
import { asNumbers, DECISION, GAP, KINDS, selection, VALUE_BLOCK } from './sqlite-selection.js';
import { beginRecord, putMeta, showBegin } from './sqlite-schema.js';
import { SqliteSpace } from './sqlite-space.js';

const DAY_MS = 86_400_000;
/** Parts whose numbers are remembered; the others are looked up. */
const MOST_KNOWN = 5000;

export interface SqliteBackendOptions {
  /** Of the record alone. */
  readonly maxBytes: number;
  /** Counts the bytes that others keep in the file. Default: none. */
  readonly otherBytes?: () => number;
  /** Wall time. */
  readonly now: () => number;
  /** Told with the first write when the process before did not say that it ended. */
  readonly onGap?: (gap: RecordGap) => void;
}

/** `setUpRecord` must have run. The database stays open when the backend has ended. */
export function createSqliteBackend(database: Database, options: SqliteBackendOptions): Backend {
  return new SqliteBackend(database, options);
}

class SqliteBackend implements Backend {
  readonly #database: Database;
  readonly #maxBytes: number;
  readonly #otherBytes: () => number;
  readonly #now: () => number;
  readonly #onGap: (gap: RecordGap) => void;
  #space: SqliteSpace;
  /** Hash -> number of the part, and when its use was last noted. */
  readonly #parts = new Map<string, { readonly id: number; readonly usedMs: number }>();
  readonly #series = new Map<string, number>();
  #generation: number;
  /** Becomes another number when another process wrote. */
  #version: number | null = null;
  /** Whether the file says that this process writes to it. */
  #isBegun = false;
  #isLogHeld = false;

  constructor(
    database: Database,
    { maxBytes, otherBytes = () => 0, now, onGap = () => undefined }: SqliteBackendOptions,
  ) {
    this.#database = database;
    this.#maxBytes = maxBytes;
    this.#now = now;
    this.#onGap = onGap;
    this.#otherBytes = otherBytes;
    this.#space = this.#spaceInFile();
    this.#generation = database.generation;
  }

  get isLogHeld(): boolean {
    return this.#isLogHeld;
  }

  write(work: (writer: Writer) => void): void {
    this.#noticeFile();
    try {
      const gap = this.#database.transaction(() => {
        this.#notice();
        const found = this.#isBegun ? null : beginRecord(this.#database, this.#now());
        work(this.#writer);
        return found;
      });
      if (!this.#isBegun) showBegin(this.#database);
      this.#isBegun = true;
      if (gap !== null) this.#onGap(gap);
    } catch (error) {
      // What was rolled back has no number.
      this.#forget();
      throw error;
    }
  }

  readonly #writer: Writer = {
    part: (text) => this.#part(text),
    decision: (row) => this.#insert(row),
    series: (app, metric) => this.#seriesId(app, metric),
    values: ({ bucket, fromMs, toMs, body }) => {
      this.#database.run(
        'INSERT INTO value_block (bucket, from_ms, to_ms, bytes, body) VALUES (?, ?, ?, ?, ?)',
        [bucket, fromMs, toMs, body.length, body],
      );
      this.#space.addValueBytes(body.length);
    },
    gap: ({ fromMs, toMs, lost, why }) => {
      const sql = 'INSERT INTO gap (from_ms, to_ms, lost, why) VALUES (?, ?, ?, ?)';
      this.#database.run(sql, [fromMs, toMs, lost, why]);
    },
  };

  lastOf(query: DecisionQuery, count: number): Position | null {
    const { app, sinceMs, untilMs, after, order } = query;
    const span = { limit: 1, ...(app !== undefined && { app }), ...(order && { order }) };
    const times = {
      ...(sinceMs !== undefined && { sinceMs }),
      ...(untilMs !== undefined && { untilMs }),
      ...(after && { after }),
    };
    const { sql, parameters } = selection({ ...span, ...times });
    const way = order === 'oldest-first' ? 'ASC' : 'DESC';
    const text = `SELECT ${asNumbers('id', 'at_ms')} FROM decision ${sql}
      ORDER BY decision.at_ms ${way}, decision.id ${way} LIMIT 1 OFFSET ?`;
    const [row] = this.#database.all(text, [...parameters, count - 1]);
    return row === undefined ? null : { atMs: numberIn(row, 'at_ms'), id: numberIn(row, 'id') };
  }

  decisions(query: DecisionQuery, upTo?: Position): readonly KeptDecision[] {
    const { sql, parameters } = selection(query, upTo);
    const way = query.order === 'oldest-first' ? 'ASC' : 'DESC';
    const text = `SELECT ${DECISION} FROM decision ${sql} ORDER BY decision.at_ms ${way}, decision.id ${way} LIMIT ?`;
    return this.#database.all(text, [...parameters, query.limit]).map(keptDecision);
  }

  decision(id: number): KeptDecision | null {
    const [row] = this.#database.all(`SELECT ${DECISION} FROM decision WHERE id = ?`, [id]);
    return row === undefined ? null : keptDecision(row);
  }

  part(id: number): string {
    const [row] = this.#database.all(`SELECT ${asBytes('body')} FROM part WHERE id = ?`, [id]);
    if (row === undefined) throw new DatabaseFailure('corrupt', `part ${id} is missing`);
    return unpackText(bytesIn(row, 'body'));
  }

  series(app: string): readonly Series[] {
    return this.#database
      .all(`SELECT id, ${asBytes('metric')} FROM series WHERE app = ?`, [app])
      .map((row) => ({ id: numberIn(row, 'id'), app, metric: textIn(row, 'metric') }));
  }

  values(buckets: readonly number[], sinceMs: number, untilMs: number): readonly ValueBlock[] {
    const among = buckets.map(() => '?').join(', ');
    const sql = `SELECT ${VALUE_BLOCK} FROM value_block
      WHERE bucket IN (${among}) AND to_ms >= ? AND from_ms <= ? ORDER BY value_block.to_ms`;
    return this.#database.all(sql, [...buckets, sinceMs, untilMs]).map((row) => ({
      bucket: numberIn(row, 'bucket'),
      fromMs: numberIn(row, 'from_ms'),
      toMs: numberIn(row, 'to_ms'),
      body: bytesIn(row, 'body'),
    }));
  }

  gaps(sinceMs: number, untilMs: number): readonly RecordGap[] {
    const sql = `SELECT ${GAP} FROM gap WHERE to_ms >= ? AND from_ms <= ? ORDER BY from_ms`;
    return this.#database.all(sql, [sinceMs, untilMs]).map((row) => ({
      fromMs: numberIn(row, 'from_ms'),
      toMs: numberIn(row, 'to_ms'),
      lost: row['lost'] === null ? null : numberIn(row, 'lost'),
      why: textIn(row, 'why'),
    }));
  }

  tidy(nowMs: number): boolean {
    this.#noticeFile();
    this.#isLogHeld = this.#space.isLogHeld();
    return this.#isLogHeld || this.#space.tidy(nowMs);
  }

  makeRoom(): boolean {
    this.#noticeFile();
    return this.#space.makeRoom();
  }

  stats(): BackendStats {
    return { oldestMs: this.#space.oldestMs(), bytes: this.#space.usedBytes() };
  }

  end(): void {
    // Of the one before, the file says what it said.
    if (this.#isBegun) putMeta(this.#database, 'open', '0');
  }

  #spaceInFile(): SqliteSpace {
    return new SqliteSpace(this.#database, {
      maxBytes: this.#maxBytes,
      otherBytes: this.#otherBytes,
      onPartsGone: () => this.#parts.clear(),
    });
  }

  /** What was known of a file ends with it. */
  #noticeFile(): void {
    const { generation } = this.#database;
    if (generation === this.#generation) return;
    this.#generation = generation;
    this.#isBegun = false;
    this.#space = this.#spaceInFile();
    this.#forget();
  }

  /** What another process removed has no number any more. */
  #notice(): void {
    const [row] = this.#database.all('PRAGMA data_version');
    const version = row === undefined ? null : numberIn(row, 'data_version');
    if (version !== this.#version) this.#forget();
    this.#version = version;
  }

  #forget(): void {
    this.#parts.clear();
    this.#series.clear();
    this.#space.forget();
  }

  #part(text: string): number {
    const nowMs = this.#now();
    const digest = digestOf(text);
    const key = digest.toString('latin1');
    const known = this.#parts.get(key) ?? this.#findPart(digest);
    if (known !== null && nowMs - known.usedMs < DAY_MS) {
      this.#know(key, known);
      return known.id;
    }
    const id = known === null ? this.#insertPart(digest, text, nowMs) : known.id;
    if (known !== null) this.#database.run('UPDATE part SET used_ms = ? WHERE id = ?', [nowMs, id]);
    this.#know(key, { id, usedMs: nowMs });
    return id;
  }

  #findPart(digest: Uint8Array): { readonly id: number; readonly usedMs: number } | null {
    const [row] = this.#database.all('SELECT id, used_ms FROM part WHERE hash = ?', [digest]);
    if (row === undefined) return null;
    return { id: numberIn(row, 'id'), usedMs: numberIn(row, 'used_ms') };
  }

  #insertPart(digest: Uint8Array, text: string, nowMs: number): number {
    const sql = 'INSERT INTO part (hash, used_ms, body) VALUES (?, ?, ?)';
    return this.#database.run(sql, [digest, nowMs, packText(text)]);
  }

  #know(key: string, part: { readonly id: number; readonly usedMs: number }): void {
    if (this.#parts.size >= MOST_KNOWN && !this.#parts.has(key)) {
      const [oldest] = this.#parts.keys();
      if (oldest !== undefined) this.#parts.delete(oldest);
    }
    this.#parts.set(key, part);
  }

  #insert({ atMs, kind, app, policy, codes, actions, body }: DecisionRow): void {
    this.#database.run(
      'INSERT INTO decision (at_ms, kind, app, policy, codes, actions, body) VALUES (?, ?, ?, ?, ?, ?, ?)',
      [Math.floor(atMs), KINDS.indexOf(kind), app, policy, codes, actions, body],
    );
  }

  #seriesId(app: string, metric: string): number {
    const key = `${app} ${metric}`;
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    const sql = 'SELECT id FROM series WHERE app = ? AND metric = ?';
    const [row] = this.#database.all(sql, [app, metric]);
    const id =
      row === undefined
        ? this.#database.run('INSERT INTO series (app, metric) VALUES (?, ?)', [app, metric])
        : numberIn(row, 'id');
    if (this.#series.size >= MOST_KNOWN) this.#series.clear();
    this.#series.set(key, id);
    return id;
  }
}

function keptDecision(row: Row): KeptDecision {
  const kind = KINDS[numberIn(row, 'kind')];
  if (kind === undefined) throw new DatabaseFailure('corrupt', 'a decision has an unknown kind');
  return {
    id: numberIn(row, 'id'),
    atMs: numberIn(row, 'at_ms'),
    kind,
    app: textIn(row, 'app'),
    policy: textIn(row, 'policy'),
    codes: textIn(row, 'codes'),
    actions: textIn(row, 'actions'),
    body: bytesIn(row, 'body'),
  };
}
