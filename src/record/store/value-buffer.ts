/** Values of metrics on their way to the record: only what changes, many apps to a block. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { appended } from '../../core/model/appended.js';
import type { Sample } from '../../core/model/sample.js';
import { BUCKETS, MIXED_BUCKET, type ValueBlock, type Writer } from './backend.js';
import type { PassReport } from '../../seams/events.js';

/** All is written when so much waits, or when the first has waited for so long. */
const FULL = 20_000;
const WAIT_MS = 60_000;
/** So many wait at most; later ones are lost. */
const MOST_WAITING = 200_000;
/** So few go into one block, whatever their apps. */
const FEW = 2000;
/** What 4 bytes hold: the times in a block are nearer to each other than that. */
const SPAN_MS = 2 ** 32;

interface Change {
  readonly app: string;
  readonly metric: string;
  readonly atMs: number;
  readonly value: number | null;
}

/** What an app's metric was worth last. */
interface Last {
  readonly metric: string;
  value: number | null;
}

export class ValueBuffer {
  readonly #last = new Map<string, readonly Last[]>();
  readonly #changes: Change[] = [];
  /** Monotonic time of the first. */
  #sinceMs = 0;

  /** False when there was no room for a change. */
  note({ app, startedAtMs, samples }: PassReport, elapsedMs: number): boolean {
    let last = this.#last.get(app) ?? [];
    let hadRoom = true;
    for (const [metric, sample] of samples) {
      const value = valueOf(sample);
      const known = last.find((each) => each.metric === metric);
      if (known !== undefined && Object.is(known.value, value)) continue;
      if (this.#changes.length >= MOST_WAITING) {
        hadRoom = false;
        continue;
      }
      if (known === undefined) last = appended(last, { metric, value });
      else known.value = value;
      this.#put({ app, metric, atMs: startedAtMs, value }, elapsedMs);
    }
    if (last.length > 0) this.#last.set(app, last);
    return hadRoom;
  }

  forget(app: string): void {
    this.#last.delete(app);
  }

  get isEmpty(): boolean {
    return this.#changes.length === 0;
  }

  /** Writes what waits if it is due, or in any case. It is out of the buffer once `done` is called. */
  write(writer: Writer, elapsedMs: number, isAll: boolean): { readonly done: () => void } {
    const count = this.#changes.length;
    const isDue = isAll || count >= FULL || elapsedMs - this.#sinceMs >= WAIT_MS;
    if (count === 0 || !isDue) return { done: () => undefined };
    if (count <= FEW) writeBlocks(MIXED_BUCKET, this.#changes, writer);
    else {
      const buckets = Array.from({ length: BUCKETS }, (): Change[] => []);
      for (const change of this.#changes) buckets[bucketOf(change.app)]?.push(change);
      buckets.forEach((changes, bucket) => writeBlocks(bucket, changes, writer));
    }
    return { done: () => void this.#changes.splice(0, count) };
  }

  #put(change: Change, elapsedMs: number): void {
    if (this.#changes.length === 0) this.#sinceMs = elapsedMs;
    this.#changes.push(change);
  }
}

/** Which bucket an app's values are in: part of the format. */
export function bucketOf(app: string): number {
  return spread(app) % BUCKETS;
}

/** A number that differs from app to app (FNV-1a). */
export function spread(text: string): number {
  let sum = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) {
    sum = Math.imul(sum ^ text.charCodeAt(i), 0x01000193);
  }
  return sum >>> 0;
}

function valueOf(sample: Sample): number | null {
  return sample.kind === 'value' || sample.kind === 'not-a-number' ? sample.value : null;
}

function writeBlocks(bucket: number, changes: readonly Change[], writer: Writer): void {
  for (const span of spansOf(changes)) writer.values(blockOf(bucket, span, writer));
}

/** The changes in one piece, but for where the clock was set by weeks between two of them. */
function spansOf(changes: readonly Change[]): readonly (readonly Change[])[] {
  const spans: Change[][] = [];
  let [fromMs, toMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const change of changes) {
    const atMs = Math.floor(change.atMs);
    [fromMs, toMs] = [Math.min(fromMs, atMs), Math.max(toMs, atMs)];
    const span = spans.at(-1);
    if (span !== undefined && toMs - fromMs < SPAN_MS) span.push(change);
    else {
      spans.push([change]);
      [fromMs, toMs] = [atMs, atMs];
    }
  }
  return spans;
}

/**
 * Three columns, compressed: number of the series (4 bytes), milliseconds since the block's begin (4 bytes),
 * value (8 bytes, little endian), and a bit map of those that are null.
 */
function blockOf(bucket: number, changes: readonly Change[], writer: Writer): ValueBlock {
  const count = changes.length;
  const times = changes.map(({ atMs }) => atMs);
  const fromMs = Math.floor(Math.min(...times));
  const bytes = Buffer.alloc(4 + 17 * count);
  bytes.writeUInt32LE(count, 0);
  changes.forEach(({ app, metric, atMs, value }, i) => {
    bytes.writeUInt32LE(writer.series(app, metric), 4 + 4 * i);
    bytes.writeUInt32LE(Math.floor(atMs) - fromMs, 4 + 4 * count + 4 * i);
    bytes.writeDoubleLE(value ?? 0, 4 + 8 * count + 8 * i);
    bytes.writeUInt8(value === null ? 1 : 0, 4 + 16 * count + i);
  });
  const toMs = Math.floor(Math.max(...times));
  // What zlib gives is a piece of a chunk, which would be held as a whole.
  const body = new Uint8Array(deflateRawSync(bytes, { level: 6 }));
  return { bucket, fromMs, toMs, body };
}

export interface BlockValue {
  readonly series: number;
  readonly atMs: number;
  readonly value: number | null;
}

export function valuesIn({ fromMs, body }: ValueBlock): BlockValue[] {
  const bytes = inflateRawSync(body);
  const count = bytes.readUInt32LE(0);
  return Array.from({ length: count }, (_, i) => ({
    series: bytes.readUInt32LE(4 + 4 * i),
    atMs: fromMs + bytes.readUInt32LE(4 + 4 * count + 4 * i),
    value:
      bytes.readUInt8(4 + 16 * count + i) === 1 ? null : bytes.readDoubleLE(4 + 8 * count + 8 * i),
  }));
}
