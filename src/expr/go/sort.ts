import { isLess } from '../operators/order.js';
import type { Run } from '../run.js';
import type { ExprValue } from '../values.js';

/** The items in the order of their values. */
export function sortValues(
  items: readonly ExprValue[],
  values: readonly ExprValue[],
  isDescending: boolean,
  run: Run,
): ExprValue[] {
  const order = items.map((_, index) => index);
  run.spendSteps(items.length * Math.ceil(Math.log2(items.length + 1)));
  order.sort((i, j) => {
    const a = values[i] ?? null;
    const b = values[j] ?? null;
    if (isDescending ? isLess(b, a) : isLess(a, b)) return -1;
    return (isDescending ? isLess(a, b) : isLess(b, a)) ? 1 : 0;
  });
  return order.map((index) => items[index] ?? null);
}
