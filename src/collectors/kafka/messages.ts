/**
 * The few requests that lag needs, each in one version (kafka.apache.org/protocol, "The Messages"). Groups are asked for all at once,
 * which brokers before 3.0 do not know.
 */
import { RequestBytes, type AnswerBytes } from './bytes.js';

/** A request, and how its answer is read. */
export interface Call<T> {
  readonly api: number;
  readonly version: number;
  /** Both headers have tags; since KIP-482. */
  readonly isFlexible: boolean;
  readonly body: Buffer;
  /** Throws `BadAnswer`. */
  read(answer: AnswerBytes): T;
}

export interface Node {
  readonly id: number;
  /** host:port */
  readonly address: string;
}

export interface Partition {
  readonly index: number;
  /** Of the leader; -1 when there is none. */
  readonly leaderId: number;
}

export interface Topic {
  readonly name: string;
  readonly errorCode: number;
  readonly isInternal: boolean;
  readonly partitions: readonly Partition[];
}

export interface Coordinator {
  readonly group: string;
  readonly errorCode: number;
  readonly node: Node;
}

/** An offset, or why there is none. */
export interface PartitionOffset {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
  /** -1: none. */
  readonly offset: number;
}

export interface GroupOffsets {
  readonly group: string;
  readonly errorCode: number;
  readonly offsets: readonly PartitionOffset[];
}

export const LATEST = -1;
export const EARLIEST = -2;

const FIND_COORDINATOR = 10;
const OFFSET_FETCH = 9;

/** Name of an API -> newest version that the broker knows. */
export function apiVersions(): Call<ReadonlyMap<number, number>> {
  return {
    api: 18,
    version: 0,
    isFlexible: false,
    body: Buffer.alloc(0),
    read(answer) {
      answer.int16();
      const ranges = answer.array(() => {
        const api = answer.int16();
        answer.int16();
        return [api, answer.int16()] as const;
      });
      return new Map(ranges);
    },
  };
}

/** The error code, and the mechanisms that the broker knows. */
export function saslHandshake(
  mechanism: string,
): Call<{ readonly errorCode: number; readonly mechanisms: readonly string[] }> {
  return {
    api: 17,
    version: 1,
    isFlexible: false,
    body: new RequestBytes().string(mechanism).toBuffer(),
    read: (answer) => ({
      errorCode: answer.int16(),
      mechanisms: answer.array(() => answer.string()),
    }),
  };
}

export function saslAuthenticate(
  token: Buffer,
): Call<{ readonly errorCode: number; readonly message: string; readonly token: Buffer }> {
  return {
    api: 36,
    version: 0,
    isFlexible: false,
    body: new RequestBytes().bytes(token).toBuffer(),
    read: (answer) => ({
      errorCode: answer.int16(),
      message: answer.string(),
      token: answer.byteString(),
    }),
  };
}

/** Null: all topics. None is created by asking for it. */
export function metadata(
  topics: readonly string[] | null,
): Call<{ readonly nodes: readonly Node[]; readonly topics: readonly Topic[] }> {
  const request = new RequestBytes();
  request.array(topics, (topic) => request.string(topic)).int8(0);
  return {
    api: 3,
    version: 4,
    isFlexible: false,
    body: request.toBuffer(),
    read(answer) {
      answer.int32();
      const nodes = answer.array(() => {
        const node = readNode(answer, () => answer.string());
        answer.nullableString();
        return node;
      });
      answer.nullableString();
      answer.int32();
      return { nodes, topics: answer.array(() => readTopic(answer)) };
    },
  };
}

function readTopic(answer: AnswerBytes): Topic {
  const errorCode = answer.int16();
  const name = answer.string();
  const isInternal = answer.int8() !== 0;
  const partitions = answer.array(() => {
    // Of the replicas; what matters is whether there is a leader.
    answer.int16();
    const partition = { index: answer.int32(), leaderId: answer.int32() };
    answer.array(() => answer.int32());
    answer.array(() => answer.int32());
    return partition;
  });
  return { name, errorCode, isInternal, partitions };
}

export function findCoordinators(groups: readonly string[]): Call<readonly Coordinator[]> {
  const request = new RequestBytes().int8(0);
  request.compactArray(groups, (group) => request.compactString(group)).tags();
  return {
    api: FIND_COORDINATOR,
    version: 4,
    isFlexible: true,
    body: request.toBuffer(),
    read(answer) {
      answer.int32();
      return answer.compactArray(() => {
        const group = answer.compactString();
        const node = readNode(answer, () => answer.compactString());
        const errorCode = answer.int16();
        answer.compactString();
        answer.tags();
        return { group, node, errorCode };
      });
    },
  };
}

/** All that the groups have committed; a partition without a commit is absent. */
export function offsetFetch(groups: readonly string[]): Call<readonly GroupOffsets[]> {
  const request = new RequestBytes();
  request.compactArray(groups, (group) =>
    request
      .compactString(group)
      .compactArray(null, () => undefined)
      .tags(),
  );
  // Not the offsets of transactions that are still open: those would have to be waited for.
  request.int8(0).tags();
  return {
    api: OFFSET_FETCH,
    version: 8,
    isFlexible: true,
    body: request.toBuffer(),
    read(answer) {
      answer.int32();
      return answer.compactArray(() => readGroup(answer));
    },
  };
}

function readGroup(answer: AnswerBytes): GroupOffsets {
  const group = answer.compactString();
  const topics = answer.compactArray(() => {
    const topic = answer.compactString();
    const offsets = answer.compactArray((): PartitionOffset => {
      const partition = answer.int32();
      const offset = answer.int64();
      answer.int32();
      answer.compactString();
      const errorCode = answer.int16();
      answer.tags();
      return { topic, partition, offset, errorCode };
    });
    answer.tags();
    return offsets;
  });
  const errorCode = answer.int16();
  answer.tags();
  return { group, errorCode, offsets: topics.flat() };
}

/** Of partitions that the asked broker leads. */
export function listOffsets(
  topics: ReadonlyMap<string, readonly number[]>,
  at: typeof LATEST | typeof EARLIEST,
): Call<readonly PartitionOffset[]> {
  // As a client that is no replica, and without waiting for open transactions.
  const request = new RequestBytes().int32(-1).int8(0);
  request.array([...topics], ([topic, partitions]) =>
    request.string(topic).array(partitions, (partition) => request.int32(partition).int64(at)),
  );
  return {
    api: 2,
    version: 2,
    isFlexible: false,
    body: request.toBuffer(),
    read(answer) {
      answer.int32();
      const lists = answer.array(() => {
        const topic = answer.string();
        return answer.array((): PartitionOffset => {
          const partition = answer.int32();
          const errorCode = answer.int16();
          answer.int64();
          return { topic, partition, errorCode, offset: answer.int64() };
        });
      });
      return lists.flat();
    },
  };
}

function readNode(answer: AnswerBytes, readHost: () => string): Node {
  const id = answer.int32();
  const host = readHost();
  return { id, address: `${host.includes(':') ? `[${host}]` : host}:${answer.int32()}` };
}
