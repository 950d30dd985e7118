import { computed, pickLabels, QueryError, signature } from './values.js';
import type { Evaluation, Sample, Value } from './values.js';

export interface BinaryOptions {
  readonly operator: string;
  readonly isBool: boolean;
  /** Which labels must agree; null: all of them. */
  readonly matching: { readonly isOn: boolean; readonly labels: readonly string[] } | null;
  /** Many to one: the side that may have several series for one of the other, and the labels that come from there. */
  readonly grouping: {
    readonly many: 'left' | 'right';
    readonly included: readonly string[];
  } | null;
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
    const apply = options.grouping === null ? applyVectors : applyGrouped;
    return { kind: 'vector', samples: apply(options, left.samples, right.samples, at) };
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

/** Many to one: the many lend their labels. */
function applyGrouped(
  options: BinaryOptions,
  left: readonly Sample[],
  right: readonly Sample[],
  at: Evaluation,
): readonly Sample[] {
  const { many = 'left', included = [] } = options.grouping ?? {};
  const isKept = isMatchedOn(options);
  const [severals, ones] = many === 'left' ? [left, right] : [right, left];
  const byKey = uniqueByKey(ones, isKept, many === 'left' ? 'right' : 'left');
  const seen = new Set<string>();
  return severals.flatMap((several) => {
    const one = byKey.get(signature(several.labels, isKept));
    if (one === undefined) return [];
    const [a, b] = many === 'left' ? [several, one] : [one, several];
    const labels = { ...several.labels };
    for (const label of included) {
      const brought = one.labels[label];
      if (brought === undefined) delete labels[label];
      else labels[label] = brought;
    }
    return combine(options, { ...a, name: several.name, labels }, a.value, b.value, at).map(
      (result) => {
        const key = signature(result.labels, () => true);
        if (seen.has(key))
          throw new QueryError(
            'multiple matches for labels: grouping labels must ensure unique matches',
          );
        seen.add(key);
        return result;
      },
    );
  });
}

function uniqueByKey(
  samples: readonly Sample[],
  isKept: (label: string) => boolean,
  side: 'left' | 'right',
): ReadonlyMap<string, Sample> {
  const byKey = new Map<string, Sample>();
  for (const sample of samples) {
    const key = signature(sample.labels, isKept);
    if (byKey.has(key)) throw new QueryError(`found duplicate series on the ${side} side`);
    byKey.set(key, sample);
  }
  return byKey;
}

/** One to one. */
function applyVectors(
  options: BinaryOptions,
  left: readonly Sample[],
  right: readonly Sample[],
  at: Evaluation,
): readonly Sample[] {
  const isKept = isMatchedOn(options);
  const byKey = uniqueByKey(right, isKept, 'right');
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
