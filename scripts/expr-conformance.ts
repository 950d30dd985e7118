import {
  compile,
  ExprError,
  formatValue,
  machineCount,
  typeName,
  type ExprValue,
} from '../src/expr/index.js';

/** What an implementation did with one expression, as the vector files record it. */
export interface Outcome {
  readonly type?: string;
  readonly value?: string;
  /** The machine count, or `ErrExprNaN` and `ErrExprInf`. */
  readonly evalInt?: string;
  readonly compile_error?: string;
  readonly run_error?: string;
}

/** One line of a vector file: a recorded result of Expr v1.17.8. */
export interface Vector {
  readonly expr: string;
  readonly env: Readonly<Record<string, number>>;
  readonly mode: 'f64' | 'any';
  readonly head: Outcome;
}

export interface Difference {
  readonly vector: Vector;
  readonly actual: Outcome;
  readonly isValue: boolean;
  readonly isMessage: boolean;
}

export interface Report {
  readonly total: number;
  /** How many have the same class of outcome (value, refused, failed), and the same value. */
  readonly sameValue: number;
  /** How many have the same error text; a value has none, so it counts as the same. */
  readonly sameMessage: number;
  readonly differences: readonly Difference[];
}

export function readVectors(text: string): Vector[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Vector);
}

export function evaluate(vector: Vector): Outcome {
  try {
    const program = compile(vector.expr, {
      variables: Object.keys(vector.env),
      asFloat64: vector.mode === 'f64',
    });
    const value = program.run(new Map(Object.entries(vector.env)), {
      now: () => 1_700_000_000_000,
      localZone: 'UTC',
    });
    return { type: typeName(value), value: printed(value), ...countOf(value) };
  } catch (error) {
    if (!(error instanceof ExprError)) throw error;
    return error.phase === 'compile'
      ? { compile_error: error.message }
      : { run_error: error.message };
  }
}

/** JSON holds no bytes that are not UTF-8; the recorded values have U+FFFD there. */
function printed(value: ExprValue): string {
  return formatValue(value).replaceAll(/\p{Surrogate}/gu, '\ufffd');
}

function countOf(value: ExprValue): { evalInt?: string } {
  if (typeof value !== 'number') return {};
  try {
    return { evalInt: String(machineCount(value)) };
  } catch (error) {
    if (!(error instanceof ExprError)) throw error;
    const known = {
      'expression returned NaN': 'ErrExprNaN',
      'expression returned Inf': 'ErrExprInf',
    };
    return {
      evalInt: Object.entries(known).find(([text]) => text === error.message)?.[1] ?? 'too large',
    };
  }
}

export function compare(vectors: readonly Vector[]): Report {
  const differences: Difference[] = [];
  let sameValue = 0;
  let sameMessage = 0;
  for (const vector of vectors) {
    const actual = evaluate(vector);
    const isValue = isSameValue(vector, actual);
    const isMessage =
      vector.head.compile_error === actual.compile_error &&
      vector.head.run_error === actual.run_error;
    if (isValue) sameValue++;
    if (isMessage) sameMessage++;
    if (!isValue || !isMessage) differences.push({ vector, actual, isValue, isMessage });
  }
  return { total: vectors.length, sameValue, sameMessage, differences };
}

function isSameValue(vector: Vector, actual: Outcome): boolean {
  const expected = vector.head;
  if (expected.compile_error !== undefined) return actual.compile_error !== undefined;
  if (expected.run_error !== undefined) return actual.run_error !== undefined;
  const isNumber = vector.mode === 'f64' && actual.evalInt !== undefined;
  if (isNumber && actual.evalInt !== expected.evalInt && !isTooLarge(expected, actual))
    return false;
  if (actual.type !== expected.type || actual.value === undefined) return false;
  if (actual.value === expected.value) return true;
  return /\*\*|\^/.test(vector.expr) && isNear(actual.value, expected.value ?? '');
}

/** Expr's user wraps a count that an int cannot hold; `machineCount` refuses all above 100,000. */
function isTooLarge(expected: Outcome, actual: Outcome): boolean {
  const count = BigInt(expected.evalInt ?? '0');
  return actual.evalInt === 'too large' && (count > 100_000n || count < 0n);
}

/** Within 4 units in the last place: what `**` with a fractional exponent may differ by. */
function isNear(actual: string, expected: string): boolean {
  const a = Number(actual);
  const b = Number(expected);
  return Math.abs(a - b) <= 4 * Math.abs(b) * Number.EPSILON;
}

export function printReport(report: Report): string {
  const lines = report.differences.map(({ vector, actual, isValue }) => {
    const kind = isValue ? 'message' : 'value';
    return `${kind}: ${JSON.stringify(vector.expr)} (${vector.mode})\n  expected ${JSON.stringify(vector.head)}\n  actual   ${JSON.stringify(actual)}`;
  });
  return [
    `class and value: ${report.sameValue}/${report.total}`,
    `message: ${report.sameMessage}/${report.total}`,
    `left: ${report.differences.length}`,
    ...lines,
  ].join('\n');
}
