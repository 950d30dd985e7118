import { ExprError } from './error.js';
import { formatFloat } from './go/float.js';
import { isNumeric, numericToFloat, typeName } from './go/of.js';
import type { ExprValue } from './values.js';

/** No fleet has more machines than this; a larger result is a mistake, not a wish. */
const mostMachines = 100_000;

/**
 * The number of machines that a result asks for: rounded, half away from zero, and 0 where it is
 * negative. Throws an `ExprError` for NaN, for infinity, for what is no number, and above 100,000.
 */
export function machineCount(value: ExprValue): number {
  if (!isNumeric(value)) throw new ExprError('run', `expected float64, but got ${typeName(value)}`);
  const number = numericToFloat(value);
  if (Number.isNaN(number)) throw new ExprError('run', 'expression returned NaN');
  if (!Number.isFinite(number)) throw new ExprError('run', 'expression returned Inf');
  const size = Math.abs(number);
  const whole = Math.floor(size);
  const rounded = size - whole < 0.5 ? whole : whole + 1;
  if (number < 0 || rounded === 0) return 0;
  if (rounded > mostMachines) {
    throw new ExprError(
      'run',
      `expression returned ${formatFloat(rounded)}, more than ${mostMachines} machines`,
    );
  }
  return rounded;
}
