import { asBytes, bytesIn, numberIn, type Database } from '../../seams/database.js';
import { partIdsOf, partIdsOfMachine } from './body.js';

/** Read or looked at in one step, which takes some 20 ms. */
const ROWS_AT_ONCE = 500;

/**
 * Finds the parts that no decision refers to, and removes them, a little at a time. Decisions may come and go between
 * two steps; each step is within one transaction, and removes nothing before it has read all decisions that are there.
 */
export class PartSweep {
  readonly #database: Database;
  /** Later ones are spared. */
  readonly #lastPart: number;
  /** One bit for each part that is referred to. */
  readonly #marks: Uint8Array;
  /** Parts that refer to others, which are not marked yet. */
  readonly #machines: number[] = [];
  #readUpTo = 0;
  #sweptUpTo = 0;
  #decisions = 0;

  constructor(database: Database) {
    this.#database = database;
    this.#lastPart = this.#lastId('part');
    this.#marks = new Uint8Array(Math.floor(this.#lastPart / 8) + 1);
  }

  /** So many decisions were read. */
  get decisions(): number {
    return this.#decisions;
  }

  /** False once the newest decisions were removed: others may come under their numbers, and would not be read. */
  get isValid(): boolean {
    return this.#lastId('decision') >= this.#readUpTo;
  }

  step(): { readonly removed: number; readonly isDone: boolean } {
    for (let n = 0; n < ROWS_AT_ONCE; n += 1) {
      if (!this.#readNext()) return this.#removeSome();
    }
    return { removed: 0, isDone: false };
  }

  #readNext(): boolean {
    const machine = this.#machines.pop();
    if (machine !== undefined) {
      const [row] = this.#database.all(`SELECT ${asBytes('body')} FROM part WHERE id = ?`, [
        machine,
      ]);
      for (const part of row ? ifReadable(() => partIdsOfMachine(bytesIn(row, 'body')), []) : []) {
        this.#mark(part);
      }
      return true;
    }
    const sql = `SELECT id, ${asBytes('body')} FROM decision WHERE id > ? ORDER BY id LIMIT 1`;
    const [row] = this.#database.all(sql, [this.#readUpTo]);
    if (row === undefined) return false;
    const body = bytesIn(row, 'body');
    const { policy, machines } = ifReadable(() => partIdsOf(body), { policy: 0, machines: [] });
    this.#mark(policy);
    this.#machines.push(...machines.filter((part) => this.#mark(part)));
    this.#readUpTo = numberIn(row, 'id');
    this.#decisions += 1;
    return true;
  }

  #removeSome(): { readonly removed: number; readonly isDone: boolean } {
    const rows = this.#database.all(
      `SELECT id FROM part WHERE id > ? AND id <= ? ORDER BY id LIMIT ${ROWS_AT_ONCE}`,
      [this.#sweptUpTo, this.#lastPart],
    );
    const ids = rows.map((row) => numberIn(row, 'id'));
    const unused = ids.filter((id) => !this.#isMarked(id));
    for (const id of unused) this.#database.run('DELETE FROM part WHERE id = ?', [id]);
    this.#sweptUpTo = ids.at(-1) ?? this.#lastPart;
    return { removed: unused.length, isDone: ids.length < ROWS_AT_ONCE };
  }

  /** False when it was marked before, or need not be. */
  #mark(part: number): boolean {
    if (part > this.#lastPart || this.#isMarked(part)) return false;
    this.#marks[part >> 3] = (this.#marks[part >> 3] ?? 0) | (1 << (part & 7));
    return true;
  }

  #isMarked(part: number): boolean {
    return ((this.#marks[part >> 3] ?? 0) & (1 << (part & 7))) !== 0;
  }

  #lastId(table: 'part' | 'decision'): number {
    return Number(this.#database.all(`SELECT coalesce(max(id), 0) AS id FROM ${table}`)[0]?.['id']);
  }
}

/** What cannot be read refers to nothing that could be. */
function ifReadable<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
