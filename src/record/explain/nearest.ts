/** The nearest value of a metric at which something else would come out. */

export interface Turn {
  /** Where the result turns to another, going away from the present value. */
  readonly value: number;
  /** False: it is still the present result there, and another only beyond. */
  readonly isIncluded: boolean;
  readonly result: string;
}

export interface Turns {
  readonly below: Turn | null;
  readonly above: Turn | null;
}

/** Relative to the value; steps grow from the first to the last by the factor. */
const SEARCH = { first: 1e-3, last: 1e4, factor: 1.25 };
const BISECTIONS = 60;

/**
 * Looks in both directions, in steps that grow, and halves the step in which the result changes. A change that is undone
 * within one step is overlooked. `resultOf` must give the same for the same value.
 */
export function nearestTurns(value: number, resultOf: (value: number) => string): Turns {
  const present = resultOf(value);
  return {
    below: turn(value, -1, present, resultOf),
    above: turn(value, 1, present, resultOf),
  };
}

function turn(
  value: number,
  direction: 1 | -1,
  present: string,
  resultOf: (value: number) => string,
): Turn | null {
  const unit = Math.max(1, Math.abs(value));
  let same = value;
  for (let step = SEARCH.first; step <= SEARCH.last; step *= SEARCH.factor) {
    const other = value + direction * step * unit;
    if (resultOf(other) !== present) return narrowed(value, same, other, present, resultOf);
    same = other;
  }
  return null;
}

function narrowed(
  value: number,
  from: number,
  to: number,
  present: string,
  resultOf: (value: number) => string,
): Turn {
  let [same, other] = [from, to];
  for (let i = 0; i < BISECTIONS; i += 1) {
    const middle = same + (other - same) / 2;
    if (middle === same || middle === other) break;
    if (resultOf(middle) === present) same = middle;
    else other = middle;
  }
  const result = resultOf(other);
  // Whole numbers turn to whole numbers.
  const whole = other > value ? Math.ceil(other) : Math.floor(other);
  if (Number.isInteger(value) && resultOf(whole) === result) {
    return { value: whole, isIncluded: true, result };
  }
  const bound = shortest(other);
  return { value: bound, isIncluded: resultOf(bound) === result, result };
}

/** The shortest number that is as good as the same: 42.5 for 42.49999999999999. */
function shortest(exact: number): number {
  const tolerance = 1e-9 * Math.max(1, Math.abs(exact));
  for (let digits = 1; digits <= 15; digits += 1) {
    const short = Number(exact.toPrecision(digits));
    if (Math.abs(short - exact) <= tolerance) return short;
  }
  return exact;
}
