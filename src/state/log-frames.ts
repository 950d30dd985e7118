/**
 * What a write-ahead log of SQLite holds, read without SQLite, which takes whatever follows a damaged place for the end.
 * The format: https://www.sqlite.org/fileformat2.html#walformat
 */
import type { RawBytes } from '../seams/database.js';

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** The last bit says that checksums take the words of the log with the highest byte first. */
const MAGIC = 0x37_7f_06_82;

export interface LogFrames {
  /** Number of a page -> where its newest content is in the log, as far as it was committed. */
  readonly pages: ReadonlyMap<number, number>;
  /** Pages of the file after the last commit; null: none is in the log. */
  readonly pageCount: number | null;
  /** Null: nothing in it is damaged. */
  readonly damage: string | null;
}

const NOTHING: LogFrames = { pages: new Map(), pageCount: null, damage: null };

export function logFrames(log: RawBytes | null): LogFrames {
  if (log === null || log.length === 0) return NOTHING;
  const header = viewOf(log.read(0, HEADER_BYTES));
  if (header.byteLength < HEADER_BYTES) return NOTHING;
  const magic = header.getUint32(0);
  const sum = new Checksum((magic & 1) === 0);
  sum.add(header, 0, 24);
  const pageBytes = header.getUint32(8);
  const isHeader = (magic & ~1) === MAGIC && sum.is(header, 24) && isPageSize(pageBytes);
  if (!isHeader) return { ...NOTHING, damage: 'the beginning of its log is damaged' };
  return committedIn(log, header, pageBytes, sum);
}

export function isPageSize(bytes: number): boolean {
  return bytes >= 512 && bytes <= 65_536 && (bytes & (bytes - 1)) === 0;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function committedIn(log: RawBytes, header: DataView, pageBytes: number, sum: Checksum): LogFrames {
  const pages = new Map<number, number>();
  let open: [number, number][] = [];
  let pageCount: number | null = null;
  const frameBytes = FRAME_HEADER_BYTES + pageBytes;
  for (let at = HEADER_BYTES; at + frameBytes <= log.length; at += frameBytes) {
    const frame = viewOf(log.read(at, frameBytes));
    // Others are left from before the log was last begun anew.
    const isOfNow = [0, 4].every((i) => frame.getUint32(8 + i) === header.getUint32(16 + i));
    sum.add(frame, 0, 8);
    sum.add(frame, FRAME_HEADER_BYTES, frameBytes);
    if (!isOfNow || !sum.is(frame, 16)) {
      const isDamaged = isOfNow || goesOn(log, header, at + frameBytes, frameBytes);
      return { pages, pageCount, damage: isDamaged ? 'its log is damaged' : null };
    }
    open.push([frame.getUint32(0), at + FRAME_HEADER_BYTES]);
    const count = frame.getUint32(4);
    if (count === 0) continue;
    for (const [page, place] of open) pages.set(page, place);
    open = [];
    pageCount = count;
  }
  return { pages, pageCount, damage: null };
}

/** Whether there are frames of now behind one that is none. */
function goesOn(log: RawBytes, header: DataView, from: number, frameBytes: number): boolean {
  for (let at = from; at + frameBytes <= log.length; at += frameBytes) {
    const salts = viewOf(log.read(at + 8, 8));
    if ([0, 4].every((i) => salts.getUint32(i) === header.getUint32(16 + i))) return true;
  }
  return false;
}

/** Goes on from frame to frame. */
class Checksum {
  #a = 0;
  #b = 0;
  readonly #isLittle: boolean;

  constructor(isLittle: boolean) {
    this.#isLittle = isLittle;
  }

  add(view: DataView, from: number, to: number): void {
    for (let at = from; at < to; at += 8) {
      this.#a = (this.#a + view.getUint32(at, this.#isLittle) + this.#b) | 0;
      this.#b = (this.#b + view.getUint32(at + 4, this.#isLittle) + this.#a) | 0;
    }
  }

  is(view: DataView, at: number): boolean {
    return view.getUint32(at) === this.#a >>> 0 && view.getUint32(at + 4) === this.#b >>> 0;
  }
}
