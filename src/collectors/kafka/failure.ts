import type { ErrorCode } from '../../core/model/errors.js';
import { BadAnswer } from './bytes.js';
import { ScramError } from './scram.js';

/** Codes that we act on (kafka.apache.org/protocol, "Error Codes"). */
export const UNKNOWN_TOPIC = 3;
export const LEADER_NOT_AVAILABLE = 5;
export const NOT_LEADER = 6;
export const BROKER_NOT_AVAILABLE = 8;
export const COORDINATOR_LOADING = 14;
export const COORDINATOR_NOT_AVAILABLE = 15;
export const NOT_COORDINATOR = 16;
export const UNSUPPORTED_VERSION = 35;

const NAMES: ReadonlyMap<number, string> = new Map([
  [UNKNOWN_TOPIC, 'no such topic'],
  [LEADER_NOT_AVAILABLE, 'a partition has no leader'],
  [NOT_LEADER, 'a partition has another leader now'],
  [BROKER_NOT_AVAILABLE, 'the broker does not know its cluster yet'],
  [COORDINATOR_LOADING, 'the coordinator of the group is loading'],
  [COORDINATOR_NOT_AVAILABLE, 'the coordinator of the group is not available'],
  [NOT_COORDINATOR, 'the group has another coordinator now'],
  [17, 'no topic can have this name'],
  [29, 'topic authorization failed'],
  [30, 'group authorization failed'],
  [31, 'cluster authorization failed'],
  [33, 'the broker does not know this mechanism of SASL'],
  [34, 'the broker does not want SASL now'],
  [UNSUPPORTED_VERSION, 'the broker is older than Kafka 3.0'],
  [58, 'SASL authentication failed'],
]);

const UNAUTHORIZED = new Set([29, 30, 31, 33, 34, 58]);
const INVALID = new Set([UNKNOWN_TOPIC, 17, 24, 35, 42, 69]);

/** What a broker refused. */
export class KafkaError extends Error {
  override readonly name = 'KafkaError';
  constructor(
    readonly errorCode: number,
    what: string,
  ) {
    const name = NAMES.get(errorCode) ?? `error ${errorCode}`;
    super(what === '' ? name : `${name}: ${what}`);
  }
}

export function meaningOf(error: unknown): { readonly code: ErrorCode; readonly hint: string } {
  if (error instanceof KafkaError) {
    if (UNAUTHORIZED.has(error.errorCode)) {
      return { code: 'source-unauthorized', hint: 'the credentials are refused' };
    }
    if (INVALID.has(error.errorCode)) return { code: 'source-query-invalid', hint: 'refused' };
    return { code: 'source-unavailable', hint: 'the cluster is in trouble' };
  }
  if (error instanceof ScramError) {
    return { code: 'source-unauthorized', hint: 'the login failed' };
  }
  if (error instanceof BadAnswer) {
    return { code: 'source-bad-answer', hint: 'the answer is not understood' };
  }
  return { code: 'source-unreachable', hint: 'the broker cannot be reached' };
}
