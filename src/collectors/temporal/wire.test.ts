import { describe, expect, it } from 'vitest';
import { isNoNamespace } from './failure.js';
import {
  decodeBacklog,
  decodeCountResponse,
  encodeCountRequest,
  encodeDescribeQueueRequest,
} from './wire.js';

describe('the messages of CountWorkflowExecutions', () => {
  it('name namespace and query', () => {
    expect(encodeCountRequest('ns', 'é')).toEqual(
      Buffer.from([0x0a, 2, 0x6e, 0x73, 0x12, 2, 0xc3, 0xa9]),
    );
    expect(encodeCountRequest('', 'x')).toEqual(Buffer.from([0x12, 1, 0x78]));
    const long = encodeCountRequest('n', 'x'.repeat(300));
    expect([...long.subarray(3, 6)]).toEqual([0x12, 0xac, 0x02]);
    expect(long).toHaveLength(6 + 300);
  });

  it.each([
    [[], 0],
    [[0x08, 0x05], 5],
    [[0x08, 0xac, 0x02], 300],
    [[0x12, 0x02, 0x0a, 0x00, 0x08, 0x07], 7],
    [[0x08, 0x07, 0x19, 1, 2, 3, 4, 5, 6, 7, 8, 0x25, 1, 2, 3, 4], 7],
    [[0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f], 2 ** 53 - 1],
  ])('hold the count: %j', (bytes, count) => {
    expect(decodeCountResponse(Uint8Array.from(bytes))).toBe(count);
  });

  it.each([
    [[0x08]],
    [[0x08, 0xac]],
    [[0x12, 0x05, 0x00]],
    [[0x0b]],
    [[0x08, ...Array<number>(9).fill(0xff), 0x01]],
    [Array<number>(11).fill(0xff)],
  ])('are never a count when broken: %j', (bytes) => {
    expect(() => decodeCountResponse(Uint8Array.from(bytes))).toThrow(RangeError);
  });
});

describe('the messages of DescribeTaskQueue', () => {
  it('name namespace, queue and type, and ask for statistics', () => {
    expect([...encodeDescribeQueueRequest('n', 'q', 'activity')]).toEqual([
      0x0a, 1, 0x6e, 0x12, 3, 0x0a, 1, 0x71, 0x18, 2, 0x40, 1,
    ]);
  });

  it.each([
    [[0x2a, 0], 0],
    [[0x2a, 2, 0x08, 0x05], 5],
    [[0x0a, 1, 0x00, 0x2a, 5, 0x12, 0, 0x08, 0xac, 0x02], 300],
  ])('hold the backlog: %j', (bytes, backlog) => {
    expect(decodeBacklog(Uint8Array.from(bytes))).toBe(backlog);
  });

  const belowZero = [0x2a, 11, 0x08, ...Array<number>(9).fill(0xff), 0x01];
  it.each([[[]], [[0x28, 5]], [[0x2a, 2, 0x08]], [[0x0a, 2, 0x08, 5]], [belowZero]])(
    'are never a backlog without statistics that can be: %j',
    (bytes) => {
      expect(() => decodeBacklog(Uint8Array.from(bytes))).toThrow(RangeError);
    },
  );
});

describe('what Temporal says of itself', () => {
  it('is no count where the field of the count holds something else', () => {
    expect(() => decodeCountResponse(Buffer.from([0x0a, 1, 0x31]))).toThrow(RangeError);
    expect(() => decodeBacklog(Buffer.from([0x2a, 3, 0x0a, 1, 0x31]))).toThrow(RangeError);
    expect(() => decodeBacklog(Buffer.from([0x28, 3]))).toThrow(RangeError);
  });

  it('is that a namespace does not exist only in its own words', () => {
    const said = (code: number, details: string): boolean =>
      isNoNamespace(Object.assign(new Error(), { code, details }), 'own-b');
    // As 1.31.2 says it.
    expect(said(5, 'Namespace own-b is not found.')).toBe(true);
    expect(said(5, 'Namespace other is not found.')).toBe(false);
    expect(said(5, 'no route')).toBe(false);
    expect(said(12, 'Namespace own-b is not found.')).toBe(false);
  });
});
