/** The wire format of protocol buffers (protobuf.dev/programming-guides/encoding): a few messages by hand do not pay for a library. */

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** One field as it is on the wire: a varint is a bigint, everything else its bytes. */
export interface WireField {
  readonly number: number;
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
    const number = tag >> 3;
    const kind = tag & 7;
    if (kind === VARINT) fields.push({ number, value: varint() });
    else if (kind === BYTES) fields.push({ number, value: take(Number(varint())) });
    else if (kind === FIXED64) fields.push({ number, value: take(8) });
    else if (kind === FIXED32) fields.push({ number, value: take(4) });
    else throw new RangeError('the message has a field of an unknown kind');
  }
  return fields;
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
