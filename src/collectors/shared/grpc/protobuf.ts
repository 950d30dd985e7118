/** The wire format of protocol buffers (protobuf.dev/programming-guides/encoding): a few messages by hand do not pay for a library. */

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** One field as it is on the wire: a varint is a bigint, everything else its bytes. */
export interface WireField {
  readonly number: number;
  /** False: the bytes are those of a number of fixed length. */
  readonly isSized: boolean;
  readonly value: bigint | Buffer;
}

/** The fields in order; `RangeError` when the bytes are no message. */
export function readFields(bytes: Uint8Array): readonly WireField[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fields: WireField[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = buffer[at];
      if (byte === undefined) break;
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError('the message is cut off');
  };
  const take = (length: number): Buffer => {
    const taken = buffer.subarray(at, at + length);
    at += length;
    if (at > buffer.length) throw new RangeError('the message is cut off');
    return taken;
  };
  while (at < buffer.length) {
    const tag = Number(varint());
    const number = Math.floor(tag / 8);
    const kind = tag % 8;
    if (number === 0 || tag >= 2 ** 32)
      throw new RangeError('the message has a field without a number');
    const add = (value: bigint | Buffer, isSized = false): void => {
      fields.push({ number, isSized, value });
    };
    if (kind === VARINT) add(varint());
    else if (kind === BYTES) add(take(Number(varint())), true);
    else if (kind === FIXED64) add(take(8));
    else if (kind === FIXED32) add(take(4));
    else throw new RangeError('the message has a field of an unknown kind');
  }
  return fields;
}

/** All values of a varint field; `RangeError` when one is no varint. */
export function varintsIn(fields: readonly WireField[], wanted: number): readonly bigint[] {
  return fields
    .filter(({ number }) => number === wanted)
    .map(({ value }) => {
      if (typeof value === 'bigint') return value;
      throw new RangeError(`field ${wanted} is no number`);
    });
}

/** All values of a field of texts or messages; `RangeError` when one is none. */
export function bytesIn(fields: readonly WireField[], wanted: number): readonly Buffer[] {
  return fields
    .filter(({ number }) => number === wanted)
    .map(({ value, isSized }) => {
      if (typeof value !== 'bigint' && isSized) return value;
      throw new RangeError(`field ${wanted} is no text and no message`);
    });
}

/** A text; nothing when it is empty, as proto3 writes it. */
export function textField(number: number, text: string): Buffer {
  return text === '' ? Buffer.alloc(0) : bytesField(number, Buffer.from(text));
}

/** A number, an enum or true as 1; nothing when it is zero, as proto3 writes it. */
export function numberField(number: number, value: number): Buffer {
  return value === 0
    ? Buffer.alloc(0)
    : Buffer.from([(number << 3) | VARINT, ...varintBytes(value)]);
}

/** A message within a message. */
export function bytesField(number: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | BYTES, ...varintBytes(bytes.length)]), bytes]);
}

function varintBytes(value: number): readonly number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  return [...bytes, rest];
}
