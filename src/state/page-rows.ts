/** The rows of the state in the pages of a damaged file: a table WITHOUT ROWID is one tree, with rows in all its pages. */
import type { DamagedFile } from '../seams/database.js';
import { PageFile } from './page-file.js';

const INTERIOR = 2;
const LEAF = 10;
/** The table is the first that is made in a file. */
const ROOT = 3;
/** A tree of so many levels has more pages than a file may have. */
const MOST_LEVELS = 20;

export interface FoundRows {
  /** Key -> value, as text. */
  readonly rows: ReadonlyMap<string, string>;
  /** False: there may be others, or newer ones, or rows that are damaged. */
  readonly isWhole: boolean;
}

export function findRows(damaged: DamagedFile): FoundRows {
  return new RowFinder(new PageFile(damaged)).find();
}

class RowFinder {
  readonly #file: PageFile;
  readonly #rows = new Map<string, string>();
  readonly #visited = new Set<number>();
  #isWhole = true;

  constructor(file: PageFile) {
    this.#file = file;
    this.#isWhole = file.logDamage === null;
  }

  find(): FoundRows {
    this.#walk(ROOT, MOST_LEVELS);
    if (!this.#isWhole) this.#walkLost();
    return { rows: this.#rows, isWhole: this.#isWhole };
  }

  #walk(number: number, levels: number): void {
    const page = this.#visited.has(number) || levels === 0 ? null : this.#file.page(number);
    this.#visited.add(number);
    const tree = page && treePageOf(page);
    if (page === null || tree === null) {
      this.#isWhole = false;
      return;
    }
    if (!tree.isWhole) this.#isWhole = false;
    for (const cell of tree.cells) {
      if (cell.child !== null) this.#walk(cell.child, levels - 1);
      this.#take(page, cell);
    }
    if (tree.lastChild !== null) this.#walk(tree.lastChild, levels - 1);
  }

  /** Pages of the tree to which nothing leads any more. What is in free pages is older than the table. */
  #walkLost(): void {
    for (let number = ROOT; number <= this.#file.count; number += 1) {
      if (this.#visited.has(number) || !this.#isOfState(number)) continue;
      this.#visited.add(number);
      const page = this.#file.page(number);
      for (const cell of (page && treePageOf(page)?.cells) ?? []) if (page) this.#take(page, cell);
    }
  }

  #isOfState(number: number): boolean {
    let at = number;
    for (let level = 0; level < MOST_LEVELS; level += 1) {
      const use = this.#file.useOf(at);
      if (use?.kind !== 'inner') return false;
      if (use.parent === ROOT) return true;
      at = use.parent;
    }
    return false;
  }

  #take(page: DataView, cell: Cell): void {
    const payload = payloadOf(this.#file, page, cell);
    const row = payload && rowOf(payload);
    if (row === null || this.#rows.has(row.key)) this.#isWhole = false;
    else this.#rows.set(row.key, row.value);
  }
}

interface Cell {
  /** The page with the rows before this one; null in a leaf. */
  readonly child: number | null;
  /** Of the row. */
  readonly bytes: number;
  /** Where the row begins in the page. */
  readonly at: number;
}

interface TreePage {
  readonly cells: readonly Cell[];
  readonly lastChild: number | null;
  /** False: bytes of the page are neither of a row nor free. */
  readonly isWhole: boolean;
}

/** Null: it is no page of such a tree. */
function treePageOf(page: DataView): TreePage | null {
  const kind = page.getUint8(0);
  if (kind !== INTERIOR && kind !== LEAF) return null;
  try {
    return cellsOf(page, kind === LEAF);
  } catch (error) {
    // Something in it leads out of it.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function cellsOf(page: DataView, isLeaf: boolean): TreePage | null {
  const pointers = isLeaf ? 8 : 12;
  const count = page.getUint16(3);
  const cells: Cell[] = [];
  let used = pointers + 2 * count;
  if (used > page.byteLength) return null;
  for (let i = 0; i < count; i += 1) {
    const start = page.getUint16(pointers + 2 * i);
    if (start < used || start + 4 > page.byteLength) continue;
    const child = isLeaf ? null : page.getUint32(start);
    const { value: bytes, end: at } = varint(page, isLeaf ? start : start + 4);
    cells.push({ child, bytes, at });
  }
  for (const { child, bytes, at } of cells) {
    const local = localBytes(bytes, page.byteLength);
    const size = (child === null ? 0 : 4) + varintBytes(bytes) + local + (local < bytes ? 4 : 0);
    if (at + local > page.byteLength) return { cells, lastChild: null, isWhole: false };
    used += Math.max(4, size);
  }
  const lastChild = isLeaf ? null : page.getUint32(8);
  const isWhole =
    cells.length === count && used + freeBytes(page, pointers, count) === page.byteLength;
  return { cells, lastChild, isWhole };
}

function freeBytes(page: DataView, pointers: number, count: number): number {
  const content = page.getUint16(5) || 65_536;
  let free = content - (pointers + 2 * count) + page.getUint8(7);
  let block = page.getUint16(1);
  for (let n = 0; block !== 0 && n < page.byteLength / 4; n += 1) {
    if (block + 4 > page.byteLength) return -1;
    free += page.getUint16(block + 2);
    block = page.getUint16(block);
  }
  return free;
}

/** What of a row is in the page itself. */
function localBytes(bytes: number, pageBytes: number): number {
  const most = Math.floor(((pageBytes - 12) * 64) / 255) - 23;
  if (bytes <= most) return bytes;
  const least = Math.floor(((pageBytes - 12) * 32) / 255) - 23;
  const local = least + ((bytes - least) % (pageBytes - 4));
  return local <= most ? local : least;
}

/** The row, with what of it lies in pages of its own. Null: not all of it is there. */
function payloadOf(file: PageFile, page: DataView, { bytes, at }: Cell): Uint8Array | null {
  if (bytes > file.count * file.pageBytes) return null;
  const local = localBytes(bytes, page.byteLength);
  if (at + local + (local < bytes ? 4 : 0) > page.byteLength) return null;
  const payload = new Uint8Array(bytes);
  payload.set(bytesIn(page, at, local));
  let next = local < bytes ? page.getUint32(at + local) : 0;
  for (let done = local; done < bytes;) {
    const more = file.page(next);
    if (more === null) return null;
    const length = Math.min(bytes - done, page.byteLength - 4);
    payload.set(bytesIn(more, 4, length), done);
    done += length;
    next = more.getUint32(0);
  }
  return payload;
}

function bytesIn(view: DataView, at: number, length: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + at, length);
}

const TEXT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Null: it is none of the state's. */
function rowOf(payload: Uint8Array): { readonly key: string; readonly value: string } | null {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  try {
    const header = varint(view, 0);
    const key = varint(view, header.end);
    const value = varint(view, key.end);
    const [keyBytes, valueBytes] = [textBytes(key.value), textBytes(value.value)];
    if (header.value !== value.end || header.value + keyBytes + valueBytes !== payload.length) {
      return null;
    }
    const from = header.value + keyBytes;
    return {
      key: TEXT.decode(payload.subarray(header.value, from)),
      value: TEXT.decode(payload.subarray(from)),
    };
  } catch {
    return null;
  }
}

function textBytes(serialType: number): number {
  return serialType >= 13 && serialType % 2 === 1 ? (serialType - 13) / 2 : Number.NaN;
}

function varint(view: DataView, at: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let i = 0; i < 8; i += 1) {
    const byte = view.getUint8(at + i);
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return { value, end: at + i + 1 };
  }
  return { value: value * 256 + view.getUint8(at + 8), end: at + 9 };
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) bytes += 1;
  return bytes;
}
