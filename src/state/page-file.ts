/**
 * The pages of a SQLite database, read without SQLite, which refuses a file that is short of one of them.
 * The format: https://www.sqlite.org/fileformat2.html
 */
import type { DamagedFile, RawBytes } from '../seams/database.js';
import { isPageSize, logFrames, viewOf } from './log-frames.js';

/** What every file of ours has; its header may say something else when that is what is damaged. */
const PAGE_BYTES = 4096;
/** Of an entry in a page that says what pages are for. */
const ENTRY_BYTES = 5;

export interface PageUse {
  readonly kind: 'root' | 'free' | 'overflow' | 'inner';
  readonly parent: number;
}

const USES: ReadonlyMap<number, PageUse['kind']> = new Map([
  [1, 'root'],
  [2, 'free'],
  [3, 'overflow'],
  [4, 'overflow'],
  [5, 'inner'],
]);

export class PageFile {
  readonly pageBytes: number;
  /** Those that the file holds, if only in part, or its log. */
  readonly count: number;
  /** Null: the log is whole, or there is none. */
  readonly logDamage: string | null;
  readonly #file: RawBytes;
  readonly #log: RawBytes | null;
  readonly #newer: ReadonlyMap<number, number>;

  constructor({ file, log }: DamagedFile) {
    this.#file = file;
    this.#log = log;
    const header = file.read(16, 2);
    const said = header.length < 2 ? 0 : viewOf(header).getUint16(0);
    this.pageBytes = isPageSize(said) ? said : PAGE_BYTES;
    const { pages, pageCount, damage } = logFrames(log);
    this.#newer = pages;
    this.logDamage = damage;
    this.count = Math.max(Math.ceil(file.length / this.pageBytes), pageCount ?? 0);
  }

  /** What is missing of a page at the end is zero. Null: nothing of it is there. */
  page(number: number): DataView | null {
    if (number < 1 || number > this.count) return null;
    const newer = this.#newer.get(number);
    const bytes =
      newer === undefined
        ? this.#file.read((number - 1) * this.pageBytes, this.pageBytes)
        : (this.#log?.read(newer, this.pageBytes) ?? new Uint8Array());
    if (bytes.length === 0) return null;
    const page = new Uint8Array(this.pageBytes);
    page.set(bytes);
    return viewOf(page);
  }

  /** Null: it is not known. */
  useOf(number: number): PageUse | null {
    const each = Math.floor(this.pageBytes / ENTRY_BYTES) + 1;
    const map = Math.floor((number - 2) / each) * each + 2;
    const at = ENTRY_BYTES * (number - map - 1);
    const page = number > map ? this.page(map) : null;
    const kind = page && USES.get(page.getUint8(at));
    if (page === null || kind == null) return null;
    return { kind, parent: page.getUint32(at + 1) };
  }
}
