/** Reads bodies: each within its own bound, and all of them together within one. */
import { abortable } from '../../seams/clock.js';
import { formatSizeBytes } from '../../core/model/size.js';
import { HttpFailure } from '../../seams/http.js';

/** Of each body so much always fits: short answers never wait for the long ones of others. */
const FREE_BYTES = 1_000_000;

/** Room for the bodies that are on their way, for all connections together. */
export interface BodyRoom {
  /**
   * Waits until `bytes` more fit beside the long bodies of others. The one that began first never waits: so somebody always comes to an
   * end, and the room is overrun by one body at most. Rejects with the signal's reason.
   */
  take(reader: object, bytes: number, signal: AbortSignal): Promise<void>;
  /** The body is read, or given up. */
  leave(reader: object): void;
  /** What is taken, for tests and figures. */
  readonly takenBytes: number;
}

export function createBodyRoom(limitBytes: number): BodyRoom {
  /** In the order in which they came. */
  const taken = new Map<object, number>();
  const short = new WeakMap<object, number>();
  let takenBytes = 0;
  let waiting: (() => void)[] = [];
  const isFirst = (reader: object): boolean => taken.keys().next().value === reader;
  return {
    async take(reader, bytes, signal) {
      const shortBytes = (short.get(reader) ?? 0) + bytes;
      short.set(reader, shortBytes);
      if (shortBytes <= FREE_BYTES) return;
      if (!taken.has(reader)) taken.set(reader, 0);
      const mustWait = (): boolean => takenBytes + bytes > limitBytes && !isFirst(reader);
      while (mustWait()) {
        await abortable(signal, new Promise<void>((resolve) => waiting.push(resolve)));
      }
      takenBytes += bytes;
      taken.set(reader, (taken.get(reader) ?? 0) + bytes);
    },
    leave(reader) {
      takenBytes -= taken.get(reader) ?? 0;
      taken.delete(reader);
      const woken = waiting;
      waiting = [];
      for (const wake of woken) wake();
    },
    get takenBytes() {
      return takenBytes;
    },
  };
}

/** The whole body as UTF-8 text; rejects with `HttpFailure` when it is longer, which is found out without reading on. */
export async function readBody(
  body: AsyncIterable<Uint8Array> & { destroy(): unknown },
  { maxBytes, room }: { readonly maxBytes: number; readonly room: BodyRoom },
  signal: AbortSignal,
): Promise<string> {
  // Decoded as it comes: the whole of a long one at once would take a tenth of a second.
  const decoder = new TextDecoder();
  const parts: string[] = [];
  let length = 0;
  try {
    for await (const part of body) {
      length += part.length;
      if (length > maxBytes) {
        throw new HttpFailure('too-large', `the body is longer than ${formatSizeBytes(maxBytes)}`);
      }
      await room.take(parts, part.length, signal);
      parts.push(decoder.decode(part, { stream: true }));
    }
    parts.push(decoder.decode());
    return parts.join('');
  } finally {
    room.leave(parts);
    body.destroy();
  }
}
