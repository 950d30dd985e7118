import { arrayOf, intNature, isInteger, mayFit } from '../check/nature.js';
import { toInt } from '../go/of.js';
import { intsType } from '../go/type.js';
import { List, wrapInt } from '../values.js';
import type { BinaryOperator } from './operator.js';

/** `from..to`, both ends included; empty where `to` is smaller. */
export const range: BinaryOperator = {
  symbols: ['..'],
  check(left, right) {
    const isFit = (isInteger(left) && isInteger(right)) || mayFit(left, right, isInteger);
    return isFit ? arrayOf(intNature) : undefined;
  },
  run(left, right, run) {
    const from = toInt(left);
    const size = wrapInt(toInt(right) - from + 1n);
    if (size <= 0n) return new List(intsType, []);
    run.allocate(Number(size));
    return new List(
      intsType,
      Array.from({ length: Number(size) }, (_, index) => from + BigInt(index)),
    );
  },
};
