import type { ErrorCode } from '../../../core/model/errors.js';
import type { Sample } from '../../../core/model/sample.js';

/** The source answered and has nothing: the collector's `default` if it has one. */
export function emptySample(defaultValue: number | undefined, atMs: number): Sample {
  if (defaultValue === undefined) return { kind: 'empty', atMs };
  return { kind: 'value', value: defaultValue, atMs, isDefault: true };
}

export function errorSample(code: ErrorCode, message: string, atMs: number): Sample {
  return { kind: 'error', code, message, atMs };
}
