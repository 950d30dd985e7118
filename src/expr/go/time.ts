import { civilFromDays, daysFromCivil, weekdayOf, type CivilDate } from './civil.js';
import { type Location, utc, type ZoneInfo } from './zone.js';

export { Location, LocationStruct } from './zone.js';

const nanosPerSecond = 1_000_000_000n;
const maxInt64 = 2n ** 63n - 1n;
const minInt64 = -(2n ** 63n);
/** Unix seconds of 0001-01-01, Go's zero time. */
const zeroSeconds = -62_135_596_800n;

/** Go's `time.Time`, without the monotonic reading. */
export class Time {
  /** Unix seconds. */
  readonly seconds: bigint;
  /** 0 to 999,999,999. */
  readonly nanos: number;
  readonly location: Location;
  #zone: ZoneInfo | undefined;

  constructor(seconds: bigint, nanos: number, location: Location) {
    this.seconds = BigInt.asIntN(64, seconds);
    this.nanos = nanos;
    this.location = location;
  }

  static fromMillis(millis: number, location: Location): Time {
    const seconds = Math.floor(millis / 1000);
    const nanos = Math.min(999_999_999, Math.round((millis - seconds * 1000) * 1e6));
    return new Time(BigInt(seconds), nanos, location);
  }

  get zone(): ZoneInfo {
    this.#zone ??= this.location.at(this.seconds);
    return this.#zone;
  }

  /** Days since 1970-01-01 on the local calendar. */
  get days(): number {
    return Number(floorDivide(this.seconds + BigInt(this.zone.offset), 86_400n));
  }

  get secondOfDay(): number {
    const local = this.seconds + BigInt(this.zone.offset);
    return Number(local - floorDivide(local, 86_400n) * 86_400n);
  }

  get date(): CivilDate {
    return civilFromDays(this.days);
  }

  get hour(): number {
    return Math.floor(this.secondOfDay / 3600);
  }

  get minute(): number {
    return Math.floor((this.secondOfDay % 3600) / 60);
  }

  get second(): number {
    return this.secondOfDay % 60;
  }

  get weekday(): number {
    return weekdayOf(this.days);
  }

  get yearDay(): number {
    return this.days - daysFromCivil(this.date.year, 1, 1) + 1;
  }

  /** Nanoseconds since 1970, before Go's wrap to 64 bits. */
  get unixNanos(): bigint {
    return this.seconds * nanosPerSecond + BigInt(this.nanos);
  }

  get isZero(): boolean {
    return this.seconds === zeroSeconds && this.nanos === 0;
  }

  in(location: Location): Time {
    return new Time(this.seconds, this.nanos, location);
  }

  add(nanos: bigint): Time {
    const total = this.unixNanos + nanos;
    const seconds = floorDivide(total, nanosPerSecond);
    return new Time(seconds, Number(total - seconds * nanosPerSecond), this.location);
  }

  /** The difference in nanoseconds, held at the ends of Go's Duration. */
  subtract(other: Time): bigint {
    const difference = this.unixNanos - other.unixNanos;
    if (difference > maxInt64) return maxInt64;
    return difference < minInt64 ? minInt64 : difference;
  }

  equals(other: Time): boolean {
    return this.seconds === other.seconds && this.nanos === other.nanos;
  }

  isBefore(other: Time): boolean {
    return this.unixNanos < other.unixNanos;
  }

  addDate(years: number, months: number, days: number): Time {
    const { year, month, day } = this.date;
    return makeTime(
      { year: year + years, month: month + months, day: day + days },
      this.secondOfDay,
      this.nanos,
      this.location,
    );
  }

  /** The multiple of `step` since the zero time at or before this one. */
  truncate(step: bigint): Time {
    return step <= 0n ? this : this.add(-this.#remainder(step));
  }

  /** The nearest multiple of `step` since the zero time; half goes up. */
  round(step: bigint): Time {
    if (step <= 0n) return this;
    const rest = this.#remainder(step);
    return rest + rest < step ? this.add(-rest) : this.add(step - rest);
  }

  #remainder(step: bigint): bigint {
    const sinceZero = this.unixNanos - zeroSeconds * nanosPerSecond;
    return sinceZero - floorDivide(sinceZero, step) * step;
  }

  /** Year of the ISO 8601 week that this day lies in. */
  get isoYear(): number {
    // The Thursday of a week lies in the year that the week belongs to.
    const thursday = this.days + 3 - ((this.weekday + 6) % 7);
    return civilFromDays(thursday).year;
  }
}

export const zeroTime = new Time(zeroSeconds, 0, utc);

/** Go's `time.Date`: the instant that a clock on the wall of `location` shows. */
export function makeTime(
  date: CivilDate,
  secondOfDay: number,
  nanos: number,
  location: Location,
): Time {
  const days = daysFromCivil(date.year, date.month, date.day);
  const wall = BigInt(days) * 86_400n + BigInt(secondOfDay);
  const guess = location.at(wall).offset;
  if (guess === 0) return new Time(wall, nanos, location);
  const offset = location.at(wall - BigInt(guess)).offset;
  return new Time(wall - BigInt(offset), nanos, location);
}

function floorDivide(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return value < 0n && quotient * divisor !== value ? quotient - 1n : quotient;
}
