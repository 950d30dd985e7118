/** Where two values differ in any bit. */
import { isProgram } from '../../core/model/program.js';

export interface Difference {
  /** Such as `proposal.created.wanted` or `plan.creates[2].region`; empty: the values themselves. */
  readonly path: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

/**
 * The first difference in the order of the expected value's keys; null when there is none. NaN is NaN, -0 is not 0,
 * and a key with undefined is not a key that is absent. The order of keys does not matter, that of a map does.
 */
export function firstDifference(expected: unknown, actual: unknown, path = ''): Difference | null {
  if (Object.is(expected, actual)) return null;
  const here = { path, expected, actual };
  if (!isObject(expected) || !isObject(actual)) return here;
  if (Array.isArray(expected) || Array.isArray(actual)) {
    if (!Array.isArray(expected) || !Array.isArray(actual)) return here;
    return inArrays(expected, actual, path);
  }
  if (expected instanceof Map || actual instanceof Map) {
    if (!(expected instanceof Map) || !(actual instanceof Map)) return here;
    return inArrays([...expected], [...actual], path);
  }
  if (expected instanceof Set || actual instanceof Set) {
    if (!(expected instanceof Set) || !(actual instanceof Set)) return here;
    return inArrays([...expected], [...actual], path);
  }
  if (isProgram(expected) && isProgram(actual)) {
    return expected.source === actual.source ? null : here;
  }
  return inRecords(expected, actual, path);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function inArrays(
  expected: readonly unknown[],
  actual: readonly unknown[],
  path: string,
): Difference | null {
  for (let i = 0; i < Math.min(expected.length, actual.length); i += 1) {
    const found = firstDifference(expected[i], actual[i], `${path}[${i}]`);
    if (found !== null) return found;
  }
  if (expected.length === actual.length) return null;
  return { path: under(path, 'length'), expected: expected.length, actual: actual.length };
}

function inRecords(
  expected: Readonly<Record<string, unknown>>,
  actual: Readonly<Record<string, unknown>>,
  path: string,
): Difference | null {
  for (const key of Object.keys(expected)) {
    const inner = under(path, key);
    if (!Object.hasOwn(actual, key)) {
      return { path: inner, expected: expected[key], actual: undefined };
    }
    const found = firstDifference(expected[key], actual[key], inner);
    if (found !== null) return found;
  }
  const added = Object.keys(actual).find((key) => !Object.hasOwn(expected, key));
  if (added === undefined) return null;
  return { path: under(path, added), expected: undefined, actual: actual[added] };
}

function under(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}
