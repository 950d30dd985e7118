import { isLess } from '../operators/order.js';
import type { Run } from '../run.js';
import type { ExprValue } from '../values.js';
import { pdqsort } from './pdqsort.js';

/** The items in the order of their values, as Go's `sort.Sort` leaves them. */
export function sortValues(
  items: readonly ExprValue[],
  values: readonly ExprValue[],
  isDescending: boolean,
  run: Run,
): ExprValue[] {
  const order = items.map((_, index) => index);
  const valueAt = (position: number): ExprValue => values[order[position] ?? 0] ?? null;
  pdqsort({
    length: order.length,
    isLess(i, j) {
      run.spendSteps(1);
      return isDescending ? isLess(valueAt(j), valueAt(i)) : isLess(valueAt(i), valueAt(j));
    },
    swap(i, j) {
      [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
    },
  });
  return order.map((index) => items[index] ?? null);
}
