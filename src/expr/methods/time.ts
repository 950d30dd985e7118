import { GoError } from '../error.js';
import { bytesList, bytesOf, textToBytes } from '../go/bytes.js';
import { monthNames } from '../go/civil.js';
import { formatRfc3339, formatTime, formatTimeString } from '../go/time-format.js';
import { Location, makeTime, Time, zeroTime } from '../go/time.js';
import {
  boolType,
  bytesType,
  durationType,
  errorType,
  int64Type,
  intType,
  locationType,
  monthType,
  stringType,
  timeType,
  weekdayType,
} from '../go/type.js';
import { utc } from '../go/zone.js';
import { type ExprValue, GoInteger, List, wrapInt } from '../values.js';
import { method, type Method, type MethodTable } from './method.js';

function int(value: number): bigint {
  return BigInt(value);
}

function int64(value: bigint): GoInteger {
  return new GoInteger(int64Type, wrapInt(value));
}

function timeAt(args: readonly ExprValue[]): Time {
  const [time] = args;
  return time instanceof Time ? time : zeroTime;
}

function nanosAt(args: readonly ExprValue[]): bigint {
  const [nanos] = args;
  return nanos instanceof GoInteger ? nanos.value : 0n;
}

function textAt(args: readonly ExprValue[], index: number): string {
  const text = args[index];
  return typeof text === 'string' ? text : '';
}

function numberAt(args: readonly ExprValue[], index: number): number {
  const value = args[index];
  return typeof value === 'bigint' ? Number(value) : 0;
}

/** Methods that take nothing and answer an int. */
function intOf(read: (time: Time) => number): Method<Time> {
  return method([], intType, (time) => int(read(time)));
}

function relation(test: (time: Time, other: Time) => boolean): Method<Time> {
  return method([timeType], boolType, (time, args) => test(time, timeAt(args)));
}

function moved(move: (time: Time, nanos: bigint) => Time): Method<Time> {
  return method([durationType], timeType, (time, args) => move(time, nanosAt(args)));
}

const several = new GoError('func returns more then two values');

/** The methods of Go 1.19's `time.Time`; of several results Expr takes the first. */
export const timeMethods: MethodTable<Time> = {
  Year: intOf((time) => time.date.year),
  Month: method([], monthType, (time) => new GoInteger(monthType, int(time.date.month))),
  Day: intOf((time) => time.date.day),
  Hour: intOf((time) => time.hour),
  Minute: intOf((time) => time.minute),
  Second: intOf((time) => time.second),
  Nanosecond: intOf((time) => time.nanos),
  Weekday: method([], weekdayType, (time) => new GoInteger(weekdayType, int(time.weekday))),
  YearDay: intOf((time) => time.yearDay),
  ISOWeek: method([], [intType, intType], (time) => int(time.isoYear)),
  Unix: method([], int64Type, (time) => int64(time.seconds)),
  UnixMilli: method([], int64Type, (time) => int64(time.unixNanos / 1_000_000n)),
  UnixMicro: method([], int64Type, (time) => int64(time.unixNanos / 1_000n)),
  UnixNano: method([], int64Type, (time) => int64(time.unixNanos)),
  Add: moved((time, nanos) => time.add(nanos)),
  Truncate: moved((time, nanos) => time.truncate(nanos)),
  Round: moved((time, nanos) => time.round(nanos)),
  AddDate: method([intType, intType, intType], timeType, (time, args) =>
    time.addDate(numberAt(args, 0), numberAt(args, 1), numberAt(args, 2)),
  ),
  Sub: method(
    [timeType],
    durationType,
    (time, args) => new GoInteger(durationType, time.subtract(timeAt(args))),
  ),
  After: relation((time, other) => other.isBefore(time)),
  Before: relation((time, other) => time.isBefore(other)),
  Equal: relation((time, other) => time.equals(other)),
  IsZero: method([], boolType, (time) => time.isZero),
  IsDST: method([], boolType, (time) => time.zone.isDst),
  In: method([locationType], timeType, (time, args) => {
    const [location] = args;
    if (location instanceof Location) return time.in(location);
    throw new GoError('time: missing Location in call to Time.In');
  }),
  UTC: method([], timeType, (time) => time.in(utc)),
  Local: method([], timeType, (time, _args, run) => time.in(run.local)),
  Location: method([], locationType, (time) => time.location),
  Zone: method([], [stringType, intType], (time) => time.zone.abbreviation),
  ZoneBounds: method([], [timeType, timeType], (time) => {
    const start = time.location.periodStart(time.seconds);
    return start === undefined ? zeroTime : new Time(start, 0, time.location);
  }),
  Date: method([], [intType, monthType, intType], () => {
    throw several;
  }),
  Clock: method([], [intType, intType, intType], () => {
    throw several;
  }),
  Format: method([stringType], stringType, (time, args, run) => {
    const layout = textAt(args, 0);
    run.allocateText(4 * layout.length);
    return formatTime(time, layout);
  }),
  AppendFormat: method([bytesType, stringType], bytesType, (time, args, run) => {
    const [prefix] = args;
    run.allocateText(16 * textAt(args, 1).length);
    const start = prefix instanceof List ? bytesOf(prefix) : [];
    const rest = bytesOf(textToBytes(formatTime(time, textAt(args, 1))));
    return bytesList(Uint8Array.from([...start, ...rest]));
  }),
  String: method([], stringType, formatTimeString),
  GoString: method([], stringType, goString),
  MarshalText: method([], [bytesType, errorType], (time) =>
    textToBytes(formatRfc3339(time, 'Time.MarshalText')),
  ),
  MarshalJSON: method([], [bytesType, errorType], (time) =>
    textToBytes(`"${formatRfc3339(time, 'Time.MarshalJSON')}"`),
  ),
  MarshalBinary: method([], [bytesType, errorType], marshalBinary),
  GobEncode: method([], [bytesType, errorType], marshalBinary),
};

/** The Go source that makes this time. */
function goString(time: Time): string {
  const { year, month, day } = time.date;
  const { name } = time.location;
  const location =
    name === 'UTC' || name === 'Local' ? `time.${name}` : `time.Location(${JSON.stringify(name)})`;
  const clock = `${time.hour}, ${time.minute}, ${time.second}, ${time.nanos}`;
  return `time.Date(${year}, time.${monthNames[month - 1] ?? ''}, ${day}, ${clock}, ${location})`;
}

/** Seconds since year 1, nanoseconds and offset, as Go's binary form has them. */
function marshalBinary(time: Time): List {
  const { offset } = time.zone;
  const hasSeconds = offset % 60 !== 0;
  const bytes = new Uint8Array(hasSeconds ? 16 : 15);
  const view = new DataView(bytes.buffer);
  const isUtc = time.location === utc;
  const minutes = isUtc ? -1 : Math.trunc(offset / 60);
  const year1 = makeTime({ year: 1, month: 1, day: 1 }, 0, 0, utc);
  view.setUint8(0, hasSeconds ? 2 : 1);
  view.setBigInt64(1, time.seconds - year1.seconds);
  view.setInt32(9, time.nanos);
  view.setInt16(13, minutes);
  if (hasSeconds) view.setInt8(15, offset % 60);
  return bytesList(bytes);
}
