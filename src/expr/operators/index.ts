import { add, divide, multiply, power, remainder, subtract } from './arithmetic.js';
import { equal, notEqual } from './equality.js';
import { membership } from './membership.js';
import type { BinaryOperator } from './operator.js';
import { less, lessOrEqual, more, moreOrEqual } from './order.js';
import { range } from './range.js';
import { contains, endsWith, matches, startsWith } from './text.js';

/** All binary operators but those that may skip their right side; these are in logic.ts. */
export const binaryOperators: ReadonlyMap<string, BinaryOperator> = new Map(
  [
    add,
    subtract,
    multiply,
    divide,
    remainder,
    power,
    less,
    more,
    lessOrEqual,
    moreOrEqual,
    equal,
    notEqual,
    membership,
    range,
    contains,
    startsWith,
    endsWith,
    matches,
  ].flatMap((operator) => operator.symbols.map((symbol) => [symbol, operator])),
);
