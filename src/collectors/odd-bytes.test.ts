/**
 * Bytes of binary answers that are not as they should be: each byte in turn, and each place at which the answer ends. It is
 * refused, or it is an answer that could have been sent; in no time, and with no more memory than the bytes themselves deserve.
 */
import { describe, expect, it } from 'vitest';
import { AnswerBytes, BadAnswer, RequestBytes } from './kafka/bytes.js';
import { findCoordinators, listOffsets, metadata, offsetFetch, LATEST } from './kafka/messages.js';
import { decodeIsActive, decodeMetricValues, decodeSpecNames } from './keda-external/wire.js';
import { bytesField, numberField, textField } from './shared/grpc/protobuf.js';
import { decodeBacklog, decodeCountResponse, hasPollers } from './temporal/wire.js';

const ODD_BYTES = [0x00, 0x01, 0x07, 0x7f, 0x80, 0xfe, 0xff];

function* oddBytes(good: Buffer): Generator<Buffer> {
  for (const [at] of good.entries()) {
    yield good.subarray(0, at);
    for (const byte of ODD_BYTES) {
      const odd = Buffer.from(good);
      odd[at] = byte;
      yield odd;
    }
  }
  yield Buffer.concat([good, Buffer.from([0xff])]);
}

/** How many things there are in what was read, on all levels. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (value instanceof Map) return sizeOf([...value]);
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce<number>((sum, inner) => sum + sizeOf(inner), 1);
}

describe('odd bytes of Kafka', () => {
  const node = (answer: RequestBytes, id: number): RequestBytes =>
    answer.int32(id).string('kafka-1').int32(9092).int16(-1);
  const topics = new RequestBytes().int32(0);
  topics.array([1, 2], (id) => node(topics, id));
  topics
    .string('cluster')
    .int32(1)
    .array(['jobs-a', 'jobs-b'], (topic) => {
      topics.int16(0).string(topic).int8(0);
      topics.array([0, 1], (partition) => {
        topics.int16(0).int32(partition).int32(1);
        topics.array([1], (id) => topics.int32(id)).array([1], (id) => topics.int32(id));
      });
    });
  const offsets = new RequestBytes().int32(0);
  offsets.array(['jobs-a', 'jobs-b'], (topic) => {
    offsets.string(topic).array([0, 1], (partition) => {
      offsets.int32(partition).int16(0).int64(-1).int64(12);
    });
  });
  const groups = new RequestBytes().int32(0);
  groups.compactArray(['a', 'b'], (group) => {
    groups.compactString(group).compactArray(['jobs-a'], (topic) => {
      groups.compactString(topic).compactArray([0, 1], (partition) => {
        groups.int32(partition).int64(7).int32(-1).compactString('').int16(0).tags();
      });
      groups.tags();
    });
    groups.int16(0).tags();
  });
  groups.tags();
  const coordinators = new RequestBytes().int32(0);
  coordinators.compactArray(['a', 'b'], (group) => {
    coordinators.compactString(group).int32(1).compactString('kafka-1').int32(9092);
    coordinators.int16(0).compactString('').tags();
  });
  coordinators.tags();

  it.each<[string, { read(answer: AnswerBytes): unknown }, RequestBytes]>([
    ['topics', metadata(['jobs-a', 'jobs-b']), topics],
    ['offsets', listOffsets(new Map(), LATEST), offsets],
    ['commits', offsetFetch(['a', 'b']), groups],
    ['coordinators', findCoordinators(['a', 'b']), coordinators],
  ])('in an answer about %s', (_, call, answer) => {
    const good = answer.toBuffer();
    expect(sizeOf(call.read(new AnswerBytes(good)))).toBeGreaterThan(5);
    for (const odd of oddBytes(good)) {
      try {
        expect(sizeOf(call.read(new AnswerBytes(odd)))).toBeLessThan(10 * good.length);
      } catch (error) {
        expect(error).toBeInstanceOf(BadAnswer);
      }
    }
  });
});

describe('odd bytes of protocol buffers', () => {
  const metric = (name: string, whole: number): Buffer =>
    bytesField(1, Buffer.concat([textField(1, name), numberField(2, whole)]));
  const double = Buffer.alloc(8);
  double.writeDoubleLE(2.5);
  const float = bytesField(1, Buffer.concat([textField(1, 'f'), Buffer.from([0x19]), double]));

  it.each<[string, (bytes: Buffer) => unknown, Buffer]>([
    ['a count of Temporal', decodeCountResponse, numberField(1, 300)],
    ['a backlog of Temporal', decodeBacklog, bytesField(5, numberField(1, 300))],
    ['pollers of Temporal', hasPollers, bytesField(1, textField(2, 'worker-1'))],
    ['whether a scaler is active', decodeIsActive, numberField(1, 1)],
    ['names of metrics', decodeSpecNames, bytesField(1, textField(1, 'jobs'))],
    ['values of metrics', decodeMetricValues, Buffer.concat([metric('jobs', 300), float])],
  ])('in %s', (_, decode, good) => {
    decode(good);
    for (const odd of oddBytes(good)) {
      try {
        const read = decode(odd);
        expect(sizeOf(read)).toBeLessThan(10 * good.length + 10);
        if (typeof read === 'number') expect(Number.isSafeInteger(read) && read >= 0).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }
  });
});
