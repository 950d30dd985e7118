/** Values of metrics on their way to the record: only what changes, many apps to a block. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Sample } from '../../core/sample.js';
import type { PassReport } from '../../ports.js';
import { BUCKETS, type ValueBlock, type Writer } from './backend.js';

/** A bucket is written when it holds so many changes, or when its first is so old. */
const FULL = 1000;
const WAIT_MS = 60_000;
/** So many wait at most; later ones are lost. */
const MOST_WAITING = 200_000;

interface Change {
  readonly app: string;
  readonly metric: string;
  readonly atMs: number;
  readonly value: number | null;
}

interface Bucket {
  readonly changes: Change[];
  /** Monotonic time of the first. */
  sinceMs: number;
}

/** What an app's metric was worth last. */
interface Last {
  readonly metric: string;
  value: number | null;
}

export class ValueBuffer {
  readonly #last = new Map<string, Last[]>();
  readonly #buckets: readonly Bucket[] = Array.from({ length: BUCKETS }, () => ({
    changes: [],
    sinceMs: 0,
  }));
  #waiting = 0;

  /** False when there was no room for a change. */
  note({ app, startedAtMs, samples }: PassReport, elapsedMs: number): boolean {
    let last = this.#last.get(app);
    if (last === undefined) {
      last = [];
      this.#last.set(app, last);
    }
    let hadRoom = true;
    for (const [metric, sample] of samples) {
      const value = valueOf(sample);
      const known = last.find((each) => each.metric === metric);
      if (known !== undefined && Object.is(known.value, value)) continue;
      if (this.#waiting >= MOST_WAITING) {
        hadRoom = false;
        continue;
      }
      if (known === undefined) last.push({ metric, value });
      else known.value = value;
      this.#put({ app, metric, atMs: startedAtMs, value }, elapsedMs);
    }
    return hadRoom;
  }

  forget(app: string): void {
    this.#last.delete(app);
  }

  get isEmpty(): boolean {
    return this.#waiting === 0;
  }

  /** Writes the buckets that are due, or all. What was written is out of the buffer once `done` is called. */
  write(writer: Writer, elapsedMs: number, isAll: boolean): { readonly done: () => void } {
    const due = this.#buckets
      .map((bucket, index) => ({ bucket, index, count: bucket.changes.length }))
      .filter(
        ({ bucket, count }) =>
          count > 0 && (isAll || count >= FULL || elapsedMs - bucket.sinceMs >= WAIT_MS),
      );
    for (const { bucket, index } of due) writer.values(blockOf(index, bucket.changes, writer));
    return {
      done: () => {
        for (const { bucket, count } of due) {
          bucket.changes.splice(0, count);
          this.#waiting -= count;
        }
      },
    };
  }

  #put(change: Change, elapsedMs: number): void {
    const bucket = this.#buckets[bucketOf(change.app)];
    if (bucket === undefined) return;
    if (bucket.changes.length === 0) bucket.sinceMs = elapsedMs;
    bucket.changes.push(change);
    this.#waiting += 1;
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
  return { bucket, fromMs, toMs, body: deflateRawSync(bytes, { level: 3 }) };
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
