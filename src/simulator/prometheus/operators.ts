import { computed, pickLabels, QueryError, signature } from './values.js';
import type { Evaluation, Sample, Value } from './values.js';

export interface BinaryOptions {
  readonly operator: string;
  readonly isBool: boolean;
  /** Which labels must agree; null: all of them. */
  readonly matching: { readonly isOn: boolean; readonly labels: readonly string[] } | null;
}

const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '^': (a, b) => a ** b,
  atan2: (a, b) => Math.atan2(a, b),
};

const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '>': (a, b) => a > b,
  '<': (a, b) => a < b,
  '>=': (a, b) => a >= b,
  '<=': (a, b) => a <= b,
};

export function applyBinary(
  options: BinaryOptions,
  left: Value,
  right: Value,
  at: Evaluation,
): Value {
  if (left.kind === 'range' || right.kind === 'range') {
    throw new QueryError(`the operator ${options.operator} does not take range vectors`);
  }
  if (['and', 'or', 'unless'].includes(options.operator)) {
    if (left.kind !== 'vector' || right.kind !== 'vector') {
      throw new QueryError(`the operator ${options.operator} wants instant vectors`);
    }
    return { kind: 'vector', samples: applySet(options, left.samples, right.samples) };
  }
  if (left.kind === 'scalar' && right.kind === 'scalar') {
    return { kind: 'scalar', value: applyScalars(options, left.value, right.value) };
  }
  if (left.kind === 'vector' && right.kind === 'vector') {
    return { kind: 'vector', samples: applyVectors(options, left.samples, right.samples, at) };
  }
  const samples =
    left.kind === 'vector'
      ? left.samples.flatMap((sample) =>
          combine(options, sample, sample.value, scalarOf(right), at),
        )
      : (right.kind === 'vector' ? right.samples : []).flatMap((sample) =>
          combine(options, sample, scalarOf(left), sample.value, at),
        );
  return { kind: 'vector', samples };
}

function scalarOf(value: Value): number {
  return value.kind === 'scalar' ? value.value : Number.NaN;
}

function applyScalars({ operator, isBool }: BinaryOptions, a: number, b: number): number {
  const arithmetic = ARITHMETIC[operator];
  if (arithmetic !== undefined) return arithmetic(a, b);
  if (!isBool) throw new QueryError('comparisons between scalars must use BOOL modifier');
  return COMPARISONS[operator]?.(a, b) === true ? 1 : 0;
}

/** `sample` lends its labels; a comparison without `bool` keeps it or drops it. */
function combine(
  { operator, isBool }: BinaryOptions,
  sample: Sample,
  a: number,
  b: number,
  at: Evaluation,
): Sample[] {
  const arithmetic = ARITHMETIC[operator];
  if (arithmetic !== undefined) return [computed(sample, arithmetic(a, b), at)];
  const isTrue = COMPARISONS[operator]?.(a, b) === true;
  if (isBool) return [computed(sample, isTrue ? 1 : 0, at)];
  return isTrue ? [sample] : [];
}

function isMatchedOn({ matching }: BinaryOptions): (label: string) => boolean {
  if (matching === null) return () => true;
  return (label) => matching.labels.includes(label) === matching.isOn;
}

function applySet(
  options: BinaryOptions,
  left: readonly Sample[],
  right: readonly Sample[],
): readonly Sample[] {
  const isKept = isMatchedOn(options);
  const keyOf = (sample: Sample): string => signature(sample.labels, isKept);
  const inLeft = new Set(left.map(keyOf));
  const inRight = new Set(right.map(keyOf));
  if (options.operator === 'and') return left.filter((sample) => inRight.has(keyOf(sample)));
  if (options.operator === 'unless') return left.filter((sample) => !inRight.has(keyOf(sample)));
  return [...left, ...right.filter((sample) => !inLeft.has(keyOf(sample)))];
}

/** One to one. */
function applyVectors(
  options: BinaryOptions,
  left: readonly Sample[],
  right: readonly Sample[],
  at: Evaluation,
): readonly Sample[] {
  const isKept = isMatchedOn(options);
  const byKey = new Map<string, Sample>();
  for (const sample of right) {
    const key = signature(sample.labels, isKept);
    if (byKey.has(key)) throw new QueryError('found duplicate series on the right side');
    byKey.set(key, sample);
  }
  const seen = new Set<string>();
  return left.flatMap((sample) => {
    const key = signature(sample.labels, isKept);
    const other = byKey.get(key);
    if (other === undefined) return [];
    if (seen.has(key)) throw new QueryError('found duplicate series on the left side');
    seen.add(key);
    const results = combine(options, sample, sample.value, other.value, at);
    // `on` keeps its own labels alone, so that the name goes too, even where a comparison merely filters.
    return results.map((result) => ({
      ...result,
      name: options.matching?.isOn === true ? '' : result.name,
      labels: pickLabels(result.labels, isKept),
    }));
  });
}
