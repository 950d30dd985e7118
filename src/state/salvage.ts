import { textIn, type Database, type Row } from '../database.js';

/** So often what lies between two places of damage is divided in two. */
const DEPTH = 9;
/** Before and after every key. */
const FIRST = '';
const LAST = '\u{10ffff}';

/** The rows of the state that can be read of a damaged file: towards each place of damage from both of its sides. */
export function readableRows(damaged: Database): readonly Row[] {
  const rows = new Map<string, Row>();
  readBetween(damaged, FIRST, LAST, DEPTH, rows);
  return [...rows.values()];
}

function readBetween(
  damaged: Database,
  low: string,
  high: string,
  depth: number,
  rows: Map<string, Row>,
): void {
  const up = readFrom(damaged, low, high, 'ASC', rows);
  if (up.isAll) return;
  const down = readFrom(damaged, up.last, high, 'DESC', rows);
  if (down.isAll || depth === 0) return;
  const middle = between(up.last, down.last);
  readBetween(damaged, middle, down.last, depth - 1, rows);
  readBetween(damaged, up.last, middle, depth - 1, rows);
}

/** Row by row, until there are no more or one cannot be read. */
function readFrom(
  damaged: Database,
  low: string,
  high: string,
  way: 'ASC' | 'DESC',
  rows: Map<string, Row>,
): { readonly last: string; readonly isAll: boolean } {
  const sql = `SELECT key, value FROM state WHERE key > ? AND key < ? ORDER BY key ${way} LIMIT 1`;
  let [from, to] = [low, high];
  for (;;) {
    const stopped = { last: way === 'ASC' ? from : to, isAll: false };
    let row: Row | undefined;
    let key: string;
    try {
      [row] = damaged.all(sql, [from, to]);
      if (row === undefined) return { ...stopped, isAll: true };
      key = textIn(row, 'key');
    } catch {
      return stopped;
    }
    // Damage may look like a row.
    if (rows.has(key) || !(key > from && key < to)) return stopped;
    rows.set(key, row);
    if (way === 'ASC') from = key;
    else to = key;
  }
}

const DIGITS = [0, 1, 2, 3, 4];
const BASE = 128;

/** A text somewhere in the middle of two. */
function between(low: string, high: string): string {
  let shared = 0;
  while (shared < low.length && low[shared] === high[shared]) shared += 1;
  const numberOf = (text: string): number =>
    DIGITS.reduce((sum, i) => sum * BASE + Math.min(text.charCodeAt(shared + i) || 0, BASE - 1), 0);
  let middle = Math.floor((numberOf(low) + numberOf(high)) / 2);
  let end = '';
  for (const _ of DIGITS) {
    end = String.fromCharCode(middle % BASE) + end;
    middle = Math.floor(middle / BASE);
  }
  return low.slice(0, shared) + end;
}
