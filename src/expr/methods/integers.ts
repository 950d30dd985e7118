import { formatInteger } from '../go/print.js';
import { durationType, floatType, int64Type, stringType } from '../go/type.js';
import { type ExprValue, GoInteger, wrapInt } from '../values.js';
import { method, type Method, type MethodTable } from './method.js';

const minDuration = -(2n ** 63n);
const maxDuration = 2n ** 63n - 1n;

/** Hours, minutes and seconds as Go adds them: the whole part, then the rest as a fraction. */
function inUnits(unit: bigint): Method<GoInteger> {
  return method([], floatType, ({ value }) => {
    const rest = Number(value % unit);
    return Number(value / unit) + rest / Number(unit);
  });
}

function whole(unit: bigint): Method<GoInteger> {
  return method([], int64Type, ({ value }) => new GoInteger(int64Type, value / unit));
}

function adjusted(adjust: (value: bigint, step: bigint) => bigint): Method<GoInteger> {
  return method([durationType], durationType, ({ value }, args: readonly ExprValue[]) => {
    const [step] = args;
    const size = step instanceof GoInteger ? step.value : 0n;
    return new GoInteger(durationType, size <= 0n ? value : adjust(value, size));
  });
}

function round(value: bigint, step: bigint): bigint {
  const rest = value % step;
  const size = rest < 0n ? -rest : rest;
  if (size + size < step) return value - rest;
  const rounded = value < 0n ? value - step + size : value + step - size;
  if (rounded === wrapInt(rounded)) return rounded;
  return value < 0n ? minDuration : maxDuration;
}

const string: Method<GoInteger> = method([], stringType, (integer) => formatInteger(integer));

/** The methods of `time.Duration`. */
export const durationMethods: MethodTable<GoInteger> = {
  Hours: inUnits(3_600_000_000_000n),
  Minutes: inUnits(60_000_000_000n),
  Seconds: inUnits(1_000_000_000n),
  Milliseconds: whole(1_000_000n),
  Microseconds: whole(1_000n),
  Nanoseconds: whole(1n),
  Abs: method([], durationType, ({ value }) => {
    const size = value < 0n ? -value : value;
    return new GoInteger(durationType, size > maxDuration ? maxDuration : size);
  }),
  Round: adjusted(round),
  Truncate: adjusted((value, step) => value - (value % step)),
  String: string,
};

/** The one method of `time.Month` and `time.Weekday`. */
export const nameMethods: MethodTable<GoInteger> = { String: string };
