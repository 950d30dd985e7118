/** The messages of KEDA's external scalers (github.com/kedacore/keda, pkg/scalers/externalscaler/externalscaler.proto). */
import {
  bytesField,
  bytesIn,
  readFields,
  textField,
  varintsIn,
  type WireField,
} from '../shared/grpc/protobuf.js';

const SERVICE = '/externalscaler.ExternalScaler';
export const IS_ACTIVE = `${SERVICE}/IsActive`;
export const GET_METRIC_SPEC = `${SERVICE}/GetMetricSpec`;
export const GET_METRICS = `${SERVICE}/GetMetrics`;

export interface ScaledObjectRef {
  readonly name: string;
  readonly namespace: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface MetricValue {
  readonly name: string;
  readonly value: number;
}

/** name = 1, namespace = 2, map scalerMetadata = 3 with key = 1 and value = 2. */
export function encodeRef({ name, namespace, metadata }: ScaledObjectRef): Buffer {
  const entries = Object.entries(metadata).map(([key, value]) =>
    bytesField(3, Buffer.concat([textField(1, key), textField(2, value)])),
  );
  return Buffer.concat([textField(1, name), textField(2, namespace), ...entries]);
}

/** GetMetricsRequest: scaledObjectRef = 1, metricName = 2. */
export function encodeMetricsRequest(ref: Buffer, metric: string): Buffer {
  return Buffer.concat([bytesField(1, ref), textField(2, metric)]);
}

/** IsActiveResponse: result = 1. This and what follows throw `RangeError` when the bytes are no such message. */
export function decodeIsActive(bytes: Uint8Array): boolean {
  return (varintsIn(readFields(bytes), 1).at(-1) ?? 0n) !== 0n;
}

/** GetMetricSpecResponse: repeated metricSpecs = 1 with metricName = 1. */
export function decodeSpecNames(bytes: Uint8Array): readonly string[] {
  return messages(bytes).map((spec) => textIn(spec, 1));
}

/** GetMetricsResponse: repeated metricValues = 1 with metricName = 1, metricValue = 2 (old), metricValueFloat = 3. */
export function decodeMetricValues(bytes: Uint8Array): readonly MetricValue[] {
  return messages(bytes).map((message) => {
    const fields = readFields(message);
    const whole = Number(BigInt.asIntN(64, varintsIn(fields, 2).at(-1) ?? 0n));
    if (!Number.isSafeInteger(whole)) throw new RangeError(`the value is ${whole}`);
    const last = fields.findLast(({ number }) => number === 3);
    const float = last === undefined ? 0 : doubleIn(last);
    // Scalers fill in one of the two, and zero is not written: as KEDA reads it.
    return { name: textIn(message, 1), value: float === 0 ? whole : float };
  });
}

function messages(bytes: Uint8Array): readonly Buffer[] {
  return bytesIn(readFields(bytes), 1);
}

function textIn(message: Buffer, wanted: number): string {
  return bytesIn(readFields(message), wanted).at(-1)?.toString() ?? '';
}

function doubleIn({ value, isSized }: WireField): number {
  if (typeof value !== 'bigint' && !isSized && value.length === 8) return value.readDoubleLE(0);
  throw new RangeError('the value is no double');
}
