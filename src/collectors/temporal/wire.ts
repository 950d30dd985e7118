/** The messages that are sent and read of Temporal's API (github.com/temporalio/api, temporal/api/workflowservice/v1). */
import {
  bytesField,
  bytesIn,
  numberField,
  readFields,
  textField,
  varintsIn,
} from '../shared/grpc/protobuf.js';

const SERVICE = '/temporal.api.workflowservice.v1.WorkflowService';
export const COUNT_METHOD = `${SERVICE}/CountWorkflowExecutions`;
export const DESCRIBE_QUEUE_METHOD = `${SERVICE}/DescribeTaskQueue`;

/** The enum TaskQueueType. */
const QUEUE_TYPES = { workflow: 1, activity: 2 } as const;

export type QueueType = keyof typeof QUEUE_TYPES;

/** CountWorkflowExecutionsRequest: namespace = 1, query = 2. */
export function encodeCountRequest(namespace: string, query: string): Buffer {
  return Buffer.concat([textField(1, namespace), textField(2, query)]);
}

/**
 * `count` = 1 of CountWorkflowExecutionsResponse. An absent field is 0, as proto3 writes it.
 * This and the next throw `RangeError` when the bytes are no such message.
 */
export function decodeCountResponse(bytes: Uint8Array): number {
  return countOf(bytes);
}

/**
 * DescribeTaskQueueRequest: namespace = 1, task_queue = 2 with name = 1, task_queue_type = 3, report_stats = 8.
 * Without an api_mode, so that the tasks of all versions of the workers count; the other mode is being retired.
 */
export function encodeDescribeQueueRequest(
  namespace: string,
  queue: string,
  type: QueueType,
): Buffer {
  return Buffer.concat([
    textField(1, namespace),
    bytesField(2, textField(1, queue)),
    numberField(3, QUEUE_TYPES[type]),
    numberField(8, 1),
  ]);
}

/** DescribeTaskQueueResponse: stats = 5 with approximate_backlog_count = 1. */
export function decodeBacklog(bytes: Uint8Array): number {
  const stats = bytesIn(readFields(bytes), 5).at(-1);
  if (stats === undefined) {
    throw new RangeError('it has no statistics of task queues: they came with Temporal 1.28');
  }
  return countOf(stats);
}

/** DescribeTaskQueueResponse: repeated pollers = 1. Whether somebody has asked the queue for tasks lately. */
export function hasPollers(bytes: Uint8Array): boolean {
  return bytesIn(readFields(bytes), 1).length > 0;
}

/** An int64 in field 1. One below 0 says of itself that it is wrong, and not that there is nothing. */
function countOf(bytes: Uint8Array): number {
  const count = BigInt.asIntN(64, varintsIn(readFields(bytes), 1).at(-1) ?? 0n);
  const value = Number(count);
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`the count is ${count}`);
  return value;
}
