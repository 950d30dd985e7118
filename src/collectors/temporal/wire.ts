/**
 * The two messages of `CountWorkflowExecutions` (temporal/api/workflowservice/v1/request_response.proto), by hand:
 * three fields do not pay for a protobuf library and the full set of definitions.
 */

export const COUNT_METHOD =
  '/temporal.api.workflowservice.v1.WorkflowService/CountWorkflowExecutions';

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** CountWorkflowExecutionsRequest: namespace = 1, query = 2. */
export function encodeCountRequest(namespace: string, query: string): Buffer {
  return Buffer.concat([textField(1, namespace), textField(2, query)]);
}

/**
 * `count` = 1 of CountWorkflowExecutionsResponse. An absent field is 0, as proto3 writes it.
 * Throws `RangeError` when the bytes are no such message.
 */
export function decodeCountResponse(bytes: Uint8Array): number {
  let count = 0n;
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at];
      if (byte === undefined) break;
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError('the message is cut off');
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const wireType = tag & 7;
    if (wireType === VARINT) {
      const value = varint();
      if (tag >> 3 === 1) count = BigInt.asIntN(64, value);
    } else if (wireType === BYTES) {
      const length = Number(varint());
      at += length;
    } else if (wireType === FIXED64) at += 8;
    else if (wireType === FIXED32) at += 4;
    else throw new RangeError('the message has a field of an unknown kind');
  }
  if (at !== bytes.length) throw new RangeError('the message is cut off');
  const value = Number(count);
  if (value < 0 || !Number.isSafeInteger(value)) throw new RangeError(`the count is ${count}`);
  return value;
}

function textField(field: number, text: string): Buffer {
  if (text === '') return Buffer.alloc(0);
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([(field << 3) | BYTES, ...varintBytes(bytes.length)]), bytes]);
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
