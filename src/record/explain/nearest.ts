/** The nearest value of a metric at which something else would come out. */

export interface Turn {
  /** The first value, going away from the present one, that gives another result. */
  readonly value: number;
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
    if (resultOf(other) !== present) return narrowed(same, other, present, resultOf);
    same = other;
  }
  return null;
}

function narrowed(
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
  const value = shortest(from, other, present, resultOf);
  return { value, result: resultOf(value) };
}

/** Whole numbers turn to whole numbers; else the shortest number from which on the result is another. */
function shortest(
  from: number,
  turning: number,
  present: string,
  resultOf: (value: number) => string,
): number {
  const isUp = turning > from;
  const whole = isUp ? Math.ceil(turning) : Math.floor(turning);
  if (Number.isInteger(from) && resultOf(whole) !== present) return whole;
  const tolerance = 1e-9 * Math.max(1, Math.abs(turning));
  for (let digits = 1; digits <= 15; digits += 1) {
    const short = Number(turning.toPrecision(digits));
    if (Math.abs(short - turning) <= tolerance && resultOf(short) !== present) return short;
  }
  return turning;
}
