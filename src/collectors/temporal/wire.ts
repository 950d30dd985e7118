/** The two messages of `CountWorkflowExecutions` (temporal/api/workflowservice/v1/request_response.proto). */
import { readFields, textField } from '../protobuf.js';

export const COUNT_METHOD =
  '/temporal.api.workflowservice.v1.WorkflowService/CountWorkflowExecutions';

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
  for (const { number, value } of readFields(bytes)) {
    if (number === 1 && typeof value === 'bigint') count = BigInt.asIntN(64, value);
  }
  const value = Number(count);
  if (value < 0 || !Number.isSafeInteger(value)) throw new RangeError(`the count is ${count}`);
  return value;
}
